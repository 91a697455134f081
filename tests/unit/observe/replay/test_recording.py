"""A recorded data request with the agreed values of the configuration of now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.loader import load
from ivrhooks.config.plan import Plan
from ivrhooks.observe.replay.recording import (
    data_request,
    is_complete,
    is_hidden,
    moment,
)

ENDPOINT = """\
endpoint: desk
path: /api/desk
format: {format}
headers: {{X-Key: {{secret: true, equals: "${{KEY}}"}}}}
inputs:
  tel: {{}}
  key: {{secret: true, equals: "${{KEY}}", name: "api key", path: auth.key}}
  shop: {{enum: ["${{NORTH}}", "${{SOUTH}}"]}}
outputs: {{said: {{type: string, value: "{{{{ inputs.tel }}}}", default: ""}}}}
"""
ENVIRON = {"KEY": "open-sesame", "NORTH": "n-7", "SOUTH": "s-7"}


def plan_of(folder: Path, form: str) -> Plan:
    (folder / "endpoints").mkdir()
    (folder / "ivrhooks.yaml").write_text("version: 1\n", "utf-8")
    text = ENDPOINT.format(format=form)
    (folder / "endpoints" / "desk.yaml").write_text(text, "utf-8")
    plan = load(folder, environ=ENVIRON).by_name("desk")
    assert plan is not None
    return plan


def entry(line: bytes, body: bytes = b"", **more: Any) -> dict[str, Any]:
    head = line + b" HTTP/1.1\r\nX-Key: ***\r\nX-Other: o"
    return {"head": head, "body": body, "peer": "", "body_bytes": len(body), **more}


def test_an_agreed_input_stands_where_its_caller_puts_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "form")
    request = data_request(plan, entry(b"POST /api/desk", b"tel=1&api+key=***"))
    assert request.body == {"tel": "1", "api key": "open-sesame"}
    assert (
        request.headers["x-key"] == "open-sesame" and request.headers["x-other"] == "o"
    )


def test_an_answer_of_an_overloaded_process_is_none_of_the_endpoints() -> None:
    assert is_complete(entry(b"GET /a", degraded="customer=timeout"))
    for mark in ("answer=overload", "answer=error"):
        assert not is_complete(entry(b"GET /a", degraded=mark))


def test_templates_see_the_moment_and_the_id_of_then(tmp_path: Path) -> None:
    kept = entry(b"POST /api/desk", at=99.0, now=7.000123, request_id="r-7")
    assert moment(kept).timestamp() == 7.000123
    assert moment({**kept, "now": 0.0}).timestamp() == 99.0  # of an earlier version
    assert data_request(plan_of(tmp_path, "form"), kept).request_id == "r-7"


def test_an_agreed_input_of_a_json_body_stands_at_its_path(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "json")
    body = b'{"tel": "1", "auth": {"key": "***", "who": "ivr"}}'
    request = data_request(plan, entry(b"POST /api/desk", body))
    assert request.body["auth"] == {"key": "open-sesame", "who": "ivr"}


def test_an_agreed_input_of_a_query(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "query")
    request = data_request(plan, entry(b"GET /api/desk?tel=1&api+key=***"))
    assert request.query == {"tel": "1", "api key": "open-sesame"}


@pytest.mark.parametrize(
    ("body", "hidden"), [(b"tel=1&shop=***", True), (b"tel=***", False)]
)
def test_one_of_several_agreed_values_is_missed(
    tmp_path: Path, body: bytes, hidden: bool
) -> None:
    plan = plan_of(tmp_path, "form")
    request = data_request(plan, entry(b"POST /api/desk", body))
    assert is_hidden(plan, request) is hidden


def test_a_body_that_was_cut_is_not_whole() -> None:
    assert is_complete(entry(b"POST /", b"x"))
    assert not is_complete(entry(b"POST /", b"x", body_bytes=20_000))
