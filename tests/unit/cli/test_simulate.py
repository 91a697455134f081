"""``ivrhooks simulate`` against a real server: exit status, text and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
CALL = """\
caller: "13800000001"
steps:
  - {ask: vip-routing, inputs: {order_no: 7}, expect: {isVip: 1}}
  - {ask: callback, when: "{{ answers['vip-routing'].isVip == 0 }}"}
route: "{{ 'vip' if answers['vip-routing'].isVip == 1 else 'general' }}"
expect_route: vip
"""


@pytest.fixture
def call(tmp_path: Path) -> Path:
    file = tmp_path / "call.yaml"
    file.write_text(CALL, "utf-8")
    return file


def test_a_call_as_expected(run: Run, folder: Path, server: Any, call: Path) -> None:
    done = run("simulate", call, "--url", server.url, "--config", folder)
    assert done.exit_code == 0, done.output
    assert "order_no=7" in server.requests[0]["body"]
    assert "ok   vip-routing: 200 in 0." in done.output
    assert "-    callback: not asked, `when` is false" in done.output
    assert done.output.splitlines()[-1] == "As expected."


def test_another_route_ends_with_one(
    run: Run, folder: Path, server: Any, call: Path
) -> None:
    server.body = {"isVip": 0}
    call.write_text(f"url: {server.url}\n{CALL}", "utf-8")
    done = run("simulate", call, "--config", folder, "--json")
    report = json.loads(done.output)
    assert done.exit_code == 1
    assert list(report) == [
        "ok",
        "answers",
        "route",
        "silent_seconds",
        "steps",
        "problems",
    ]
    assert report["answers"]["vip-routing"] == {"isVip": 0}
    assert (report["ok"], report["route"]) == (False, "general")
    assert [step["asked"] for step in report["steps"]] == [True, True]


def test_a_server_that_is_not_there_is_reported(
    run: Run, folder: Path, call: Path
) -> None:
    done = run("simulate", call, "--url", "http://127.0.0.1:9", "--config", folder)
    assert done.exit_code == 1
    assert "no answer" in done.output


def test_a_typo_in_the_file_is_reported_with_its_line(
    run: Run, folder: Path, call: Path
) -> None:
    call.write_text(CALL.replace("expect_route", "expects_route"), "utf-8")
    done = run("simulate", call, "--config", folder)
    assert done.exit_code == 1
    assert f"{call}:6:1" in done.output and "`expect_route`" in done.output
