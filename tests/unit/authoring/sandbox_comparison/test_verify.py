"""A real system beside its sandbox: true to it, lying in shape, dead, unknown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from ivrhooks.authoring.sandbox_comparison.reads import READS
from ivrhooks.authoring.sandbox_comparison.verify import (
    KNOWN,
    ReadComparison,
    compare_source,
)
from ivrhooks.config.loader import load
from ivrhooks.sources.interface import SourceSettings
from support.stub_system import Answer, ReceivedRequest, stub_system

AUTH = {
    "sobot": '{app_id: "1", app_key: "2"}',
    "omicrm": "{api_key: k}",
    "bangwo8": "{account: a@example.com, password: p}",
    "meiqia": "{access_token: t}",
}
OWN = {"asset_rows": [{"tableName": "assets", "cPara": "model:company_price"}]}
KIND_OF_LIE = Callable[[Any], Any]


def settings(folder: Path, kind: str, url: str) -> SourceSettings:
    folder.mkdir(exist_ok=True)
    (folder / "ivrhooks.yaml").write_text(
        f"version: 1\nregion: CN\nsources:\n"
        f"  real: {{kind: {kind}, base_url: '{url}', auth: {AUTH[kind]}}}\n",
        "utf-8",
    )
    return load(folder).sources["real"]


def compare(
    source: SourceSettings, sandbox: str, *numbers: str
) -> dict[str, ReadComparison]:
    result = asyncio.run(compare_source(source, sandbox, numbers or KNOWN, own=OWN))
    by_operation: dict[str, ReadComparison] = {}
    for compared in result.reads:
        if compared.operation not in by_operation or not compared.same:
            by_operation[compared.operation] = compared
    return by_operation


def lying(sandbox: str, kind: str, word: str, lie: KIND_OF_LIE) -> Callable[..., Any]:
    """A system that answers as the sandbox, but for paths that hold ``word``."""

    def answer(request: ReceivedRequest) -> Answer:
        names = ("authorization", "token", "content-type")
        sent = {k: v for k, v in request.headers.items() if k in names}
        url = f"{sandbox}/{kind}{request.path}?{urlencode(request.query)}"
        forwarded = Request(url, request.body or None, sent, method=request.method)
        with urlopen(forwarded) as response:
            body = response.read()
        if word in request.path:
            body = json.dumps(lie(json.loads(body))).encode()
        return 200, {"Content-Type": "application/json"}, body

    return answer


@pytest.mark.parametrize("kind", READS)
def test_the_sandbox_beside_itself_has_no_difference(
    tmp_path: Path, sandbox: str, kind: str
) -> None:
    compared = compare(settings(tmp_path, kind, f"{sandbox}/{kind}"), sandbox)
    assert {name: comparison.differences for name, comparison in compared.items()} == {
        read.operation: () for read in READS[kind]
    }
    assert all(
        comparison.same and not comparison.problem for comparison in compared.values()
    ), compared


def renamed(old: str, new: str) -> KIND_OF_LIE:
    """An answer in which a field has another name, wherever it stands."""

    def lie(value: Any) -> Any:
        if isinstance(value, dict):
            return {new if k == old else k: lie(v) for k, v in value.items()}
        return [lie(item) for item in value] if isinstance(value, list) else value

    return lie


def retyped(name: str, make: KIND_OF_LIE) -> KIND_OF_LIE:
    """An answer in which a field has another type, wherever it stands."""

    def lie(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: make(v) if k == name else lie(v) for k, v in value.items()}
        return [lie(item) for item in value] if isinstance(value, list) else value

    return lie


@pytest.mark.parametrize(
    ("kind", "word", "lie", "operation", "difference"),
    [
        ("sobot", "customer", retyped("isblack", int), "query_customer",
         "item.isblack: int / string"),
        ("sobot", "customer", renamed("isVip", "is_vip"), "query_customer",
         "item.is_vip: string / not there"),
        ("sobot", "customer", renamed("nick", "nickname"), "query_customer",
         "item.nick: not there / string"),
        ("omicrm", "list", retyped("created_date", str), "list_contacts",
         "payload.items[].created_date: string / int"),
        ("omicrm", "layout", lambda whole: {**whole, "payload": {"fields": []}},
         "contact_layout", "payload: object / list"),
        ("bangwo8", "companies.json", retyped("uId", int), "list_companies",
         "companies[].uId: int / string"),
        ("meiqia", "record", retyped("duration", str), "list_records",
         "data[].duration: string / int"),
        ("meiqia", "sip", lambda whole: {"data": whole}, "list_sips", ""),
    ],
)  # fmt: skip
def test_a_system_that_answers_in_another_shape_is_reported(
    tmp_path: Path, sandbox: str, kind: str, word: str, lie: KIND_OF_LIE,
    operation: str, difference: str,
) -> None:  # fmt: skip
    with stub_system(lying(sandbox, kind, word, lie)) as real:
        compared = compare(settings(tmp_path, kind, real.url), sandbox)
    assert not compared[operation].same
    differences = [
        f"{item.path}: {item.real} / {item.sandbox}"
        for item in compared[operation].differences
        if item.level == "differs"
    ]
    matching = [text for text in differences if text.endswith(difference)] or [
        compared[operation].problem
    ]
    assert matching[0], compared[operation]
    others = [comparison for name, comparison in compared.items() if name != operation]
    assert any(comparison.same for comparison in others) or kind == "sobot"


def test_a_system_that_is_not_there_is_reported(tmp_path: Path, sandbox: str) -> None:
    dead = settings(tmp_path, "meiqia", "http://127.0.0.1:9")
    compared = compare(dead, sandbox)
    assert all(
        comparison.failed and not comparison.same for comparison in compared.values()
    )
    assert "refused" in compared["list_sips"].problem.lower()


def test_a_page_of_html_is_no_answer(tmp_path: Path, sandbox: str) -> None:
    page = (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")
    with stub_system(lambda request: page) as real:
        compared = compare(settings(tmp_path, "meiqia", real.url), sandbox)
    assert not compared["list_sips"].same


def test_without_a_known_number_its_reads_are_not_asked(
    tmp_path: Path, sandbox: str
) -> None:
    source = settings(tmp_path, "sobot", f"{sandbox}/sobot")
    result = asyncio.run(compare_source(source, sandbox, ()))
    first, second = result.reads
    assert "--number" in first.problem and first.same
    assert not second.problem


def test_a_table_that_no_lookup_names_is_not_asked(
    tmp_path: Path, sandbox: str
) -> None:
    source = settings(tmp_path, "bangwo8", f"{sandbox}/bangwo8")
    result = asyncio.run(compare_source(source, sandbox, ()))
    (comparison,) = [
        compared for compared in result.reads if compared.operation == "asset_rows"
    ]
    assert comparison.same and "no lookup of the configuration" in comparison.problem


def test_an_unknown_number_compares_nothing(tmp_path: Path, sandbox: str) -> None:
    source = settings(tmp_path, "sobot", f"{sandbox}/sobot")
    result = asyncio.run(compare_source(source, sandbox, ["13944440000"]))
    assert result.reads[0].problem == "not compared: it found nothing"
