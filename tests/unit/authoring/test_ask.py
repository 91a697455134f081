"""One question to one source: sent, answered, timed and judged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.ask import Answer, CannotAsk, ask, query_of
from ivrhooks.sources.interface import SourceSettings
from support.stub_system import Answer as Sent
from support.stub_system import ReceivedRequest, StubSystem, stub_system

JSON = {"Content-Type": "application/json"}
LOGIN = """
    kind: http
    base_url: "{url}"
    headers: {{X-Key: "${{S}}"}}
    auth:
      login:
        request: {{path: /login, json: {{password: "${{S}}"}}}}
        token: "{{{{ response.json.token }}}}"
        header: {{name: X-Token, value: "{{{{ token }}}}"}}
"""


def answered(request: ReceivedRequest) -> Sent:
    if request.path == "/login":
        return 200, JSON, b'{"token": "t0ken-of-today"}'
    if request.headers.get("x-token") != "t0ken-of-today":
        return 401, JSON, b"{}"
    if request.path == "/none":
        return 200, JSON, b"[]"
    if request.path == "/broken":
        return 503, {}, b"down"
    echoed = {"key": request.headers["x-key"], "tel": request.query.get("tel")}
    return 200, JSON, json.dumps(echoed).encode()


@pytest.fixture
def system() -> Iterator[StubSystem]:
    with stub_system(answered) as system:
        yield system


def put(settings: SourceSettings, folder: Path, **question: Any) -> Answer:
    operation = question.pop("operation", None)
    query = query_of(settings, operation, question.pop("params", {}), **question)
    return asyncio.run(ask(settings, query, folder))


@pytest.fixture
def shop(compiled: Any, system: StubSystem) -> SourceSettings:
    settings: SourceSettings = compiled.source(LOGIN.format(url=system.url))
    return settings


def test_the_request_and_its_answer_are_shown(
    shop: SourceSettings, tmp_path: Path
) -> None:
    answer = put(shop, tmp_path, path="/find", query={"tel": "138 0"})
    shown = answer.shown()
    assert (answer.status, shown["ok"], shown["error"]) == ("ok", True, None)
    assert shown["record"] == {"key": "***", "tel": "138 0"}
    assert shown["request"]["method"] == "GET"
    assert shown["request"]["url"].endswith("/find?tel=138%200")
    assert shown["request"]["headers"]["X-Token"] == "***"
    assert shown["request"]["headers"]["X-Key"] == "***"
    assert shown["response"]["status"] == 200
    assert json.loads(shown["response"]["body"])["key"] == "***"
    assert list(shown["response"]["ms"]) == ["connect", "first_byte", "body", "total"]
    assert "t0ken" not in json.dumps(shown["request"])


def test_params_of_an_http_source_go_into_the_query(
    shop: SourceSettings, system: StubSystem, tmp_path: Path
) -> None:
    put(shop, tmp_path, path="/find", params={"tel": "1"})
    assert system.last.query == {"tel": "1"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/none", "not_found", None), ("/broken", "failed", "unavailable")],
)
def test_the_three_ends(
    shop: SourceSettings, tmp_path: Path, path: str, status: str, code: str | None
) -> None:
    answer = put(shop, tmp_path, path=path)
    assert answer.status == status
    assert (answer.error or {}).get("code") == code


def test_a_system_that_cannot_be_reached_says_why(
    compiled: Any, tmp_path: Path
) -> None:
    with stub_system(answered) as system:
        url = system.url
    settings = compiled.source(f"{{kind: http, base_url: '{url}'}}")
    answer = put(settings, tmp_path, path="/x")
    assert answer.status == "failed" and answer.error is not None
    assert "no connection" in answer.error["message"]
    assert answer.response is not None and "status" not in answer.response


def test_it_takes_the_way_of_the_source(compiled: Any, tmp_path: Path) -> None:
    source = (
        "{kind: http, base_url: 'https://crm.example', proxy: 'http://127.0.0.1:9'}"
    )
    answer = put(compiled.source(source), tmp_path, path="/x")
    assert answer.error is not None
    assert "no connection to the proxy 127.0.0.1 port 9" in answer.error["message"]


def test_a_table_is_asked_as_well(compiled: Any, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("phone,a\n138,1\n")
    made, problems = compiled.examine(
        "{kind: table, file: t.csv, key: {phone: text}}", "params: {phone: x}"
    )
    assert made is not None, problems
    answer = put(made.sources["s"], tmp_path, params={"phone": "138"})
    assert (answer.status, answer.record) == ("ok", {"phone": "138", "a": "1"})
    assert answer.request == {"params": {"phone": "138"}}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({}, "--path"),
        ({"operation": "find", "path": "/x"}, "no operation find"),
    ],
)
def test_a_question_that_cannot_be_asked(
    shop: SourceSettings, question: dict[str, Any], words: str
) -> None:
    operation = question.pop("operation", None)
    with pytest.raises(CannotAsk, match=words):
        query_of(shop, operation, {}, **question)


def test_operations_of_vendors_are_judged_by_their_descriptions(compiled: Any) -> None:
    settings = compiled.source(
        "{kind: omicrm, base_url: sandbox, auth: {api_key: '${S}'}}",
        lookup="params: {phone: '{{ inputs.tel }}'}",
    )
    assert query_of(settings, None, {"phone": "1"}).operation.name == "get_contact"
    for operation, params, words in (
        ("add_note", {}, "writes"),
        ("get_contact", {"fone": "1"}, "no parameter fone"),
        ("get_contact", {}, "needs"),
    ):
        with pytest.raises(CannotAsk, match=words):
            query_of(settings, operation, params)
    with pytest.raises(CannotAsk, match="for kind http"):
        query_of(settings, None, {"phone": "1"}, path="/x")
