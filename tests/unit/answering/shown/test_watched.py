"""A watched data request is answered like any other, with its exchanges noted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import open_engine
from ivrhooks.answering.shown.description import describe
from ivrhooks.answering.shown.watched import answer_watched, moment_teller
from ivrhooks.config.loader import load
from ivrhooks.resilience.deadline import Deadline
from support.stub_system import Answer as Sent
from support.stub_system import ReceivedRequest, stub_system

ROOT = """\
version: 1
sources:
  shop:
    kind: http
    base_url: "{url}"
    auth: {{bearer: "${{SHOP_TOKEN}}"}}
    timeout: 700ms
    phone: digits
    cache: {{fresh: 1m}}
    pii: {{phone: phone, state: none, at: none}}
  vips:
    kind: table
    file: vips.csv
    key: {{phone: phone}}
    pii: {{desk: none, phone: phone}}
"""
DESK = """\
endpoint: desk
path: /desk
format: form
inputs: {tel: {format: phone, required: true}}
lookups:
  order: {source: shop, request: {path: /o, query: {phone: "{{ inputs.tel }}"}}}
  known: {source: vips, params: {phone: "{{ inputs.tel }}"}}
outputs:
  state: {type: string, value: "{{ order.state }}", default: ""}
  desk: {type: string, value: "{{ known.desk }}", default: ""}
  hour: {type: int, value: "{{ now.hour }}", default: 0}
"""
TEL = "13800000001"


def answered(seen: ReceivedRequest) -> Sent:
    body = b'{"state": "paid", "phone": "13800000001", "echo": "sh0p-t0ken"}'
    return 200, {"Content-Type": "application/json"}, body


def look(folder: Path, url: str, times: int = 1, **how: Any) -> list[dict[str, Any]]:
    """What is told of data requests that are watched, one after the other."""
    (folder / "endpoints").mkdir()
    (folder / "ivrhooks.yaml").write_text(ROOT.format(url=url))
    (folder / "endpoints/desk.yaml").write_text(DESK)
    (folder / "vips.csv").write_text(f"phone,desk\n{TEL},gold\n")
    configuration = load(str(folder), environ={"SHOP_TOKEN": "sh0p-t0ken"})
    plan = configuration.plans["/desk"]
    request = DataRequest("POST", "/desk", "r-1", body={"tel": TEL}, body_kind="form")

    async def go() -> list[dict[str, Any]]:
        engine = await open_engine(configuration)
        clock = asyncio.get_running_loop().time
        results = []
        try:
            for _ in range(times):
                until = Deadline.after(5.0, clock)
                answer = await answer_watched(engine, plan, request, until, **how)
                assert answer.trace is not None
                results.append(describe(answer.trace, answer, configuration))
        finally:
            await engine.close()
        return results

    return asyncio.run(go())


def test_a_lookup_step_shows_its_masked_request_and_response(
    tmp_path: Path,
) -> None:
    with stub_system(answered) as system:
        first, second = look(tmp_path, system.url, times=2)
        url = system.url
    order, known = first["operations"][1:3]
    assert order["request"]["method"] == "GET"
    assert order["request"]["url"] == f"{url}/o?phone=138****0001"
    assert order["request"]["headers"]["Authorization"] == "***"
    assert order["response"]["status"] == 200
    assert order["response"]["body"] == (
        '{"state":"paid","phone":"138****0001","echo":"***"}'
    )
    assert list(order["response"]["ms"]) == ["connect", "first_byte", "body", "total"]
    assert order["timeout_ms"] == 700
    assert known["request"] == {"params": {"phone": "138****0001"}}
    assert known["response"] is None
    assert TEL not in str(first)
    assert "sh0p-t0ken" not in str((order["request"], order["response"]))
    kept = second["operations"][1]  # the same source, so the same cache
    assert (kept["request"], kept["response"]) == (None, None)
    assert second["outputs"][0]["origin"] == "cache"
    assert len(system.seen) == 1


def test_a_watched_request_runs_at_the_chosen_time(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    with stub_system(answered) as system:
        page = look(tmp_path, system.url, now=moment_teller(moment))
    assert page[0]["finalResult"]["body"]["hour"] == 9
    assert page[0]["outputs"][2]["origin"] == "clock"


@pytest.mark.parametrize("status", [204, 500])
def test_an_empty_response_of_a_source_is_shown(tmp_path: Path, status: int) -> None:
    with stub_system(lambda seen: (status, {}, b"")) as system:
        step = look(tmp_path, system.url)[0]["operations"][1]
    assert step["response"]["status"] == status
    assert step["cause"] == ("error_answer" if status == 500 else "")
