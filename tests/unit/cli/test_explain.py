"""``ivrhooks explain``: each step, and every value's origin."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from support.stub_system import stub_system

Run = Callable[..., Result]


@pytest.fixture
def explain(run: Run, folder: Path) -> Run:
    def ask(*arguments: object) -> Result:
        return run("explain", *arguments, "--config", folder)

    return ask


def test_steps_and_origins_are_reported(explain: Run) -> None:
    done = explain("vip-routing", "tel=13800000001")
    assert done.exit_code == 0
    assert "vip-routing: 200 in " in done.stdout
    for step in ("contract", "outputs", "answer"):
        assert f"  {step}" in done.stdout
    route = next(line for line in done.stdout.splitlines() if line.startswith("desk "))
    assert '"vip"' in route
    assert "mock" in route
    assert done.stdout.splitlines()[-1] == '{"desk":"vip","isVip":1}'


def test_a_default_says_because_of_what(explain: Run) -> None:
    done = explain("vip-routing", "tel=13800000002")
    route = next(line for line in done.stdout.splitlines() if line.startswith("desk "))
    assert "default (no_value)" in route


def test_json_output_equals_the_consoles_answer(explain: Run) -> None:
    report = json.loads(explain("vip-routing", "tel=13800000001", "--json").stdout)
    assert {"success", "config", "elapsed_ms", "operations", "outputs"} <= set(report)
    assert report["success"] is True
    assert report["finalResult"]["status"] == 200
    assert report["finalResult"]["body"] == {"desk": "vip", "isVip": 1}
    assert {"name", "type", "value", "origin", "because", "source", "path"} <= set(
        report["outputs"][0]
    )
    assert {"step", "name", "success", "start_ms", "elapsed_ms", "result", "error"} <= (
        set(report["operations"][0])
    )


def test_a_source_that_is_down_is_reported_and_every_output_is_there(
    explain: Run, folder: Path
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        root = folder / "ivrhooks.yaml"
        url = f"127.0.0.1:{unheard.getsockname()[1]}"
        root.write_text(root.read_text().replace("127.0.0.1:9", url))
        report = json.loads(explain("system", "tel=13800000001", "--json").stdout)
    assert report["success"] is False
    assert report["finalResult"]["body"] == {
        "isVip": 2,
        "vipLevel": "",
        "userLabel": "",
        "isblack": 0,
    }
    assert {output["because"] for output in report["outputs"]} == {"error"}


def test_requests_and_responses_are_printed(explain: Run, folder: Path) -> None:
    body = b'{"retCode": "000000", "retMsg": "ok", "item": {"vipLevel": "3"}}'
    with stub_system(lambda seen: (200, {}, body)) as system:
        root = folder / "ivrhooks.yaml"
        root.write_text(root.read_text().replace("http://127.0.0.1:9", system.url))
        done = explain("system", "tel=13800000001")
        assert system.seen
    assert "  > GET http://" in done.stdout
    assert '  < 200 {"retCode": "000000"' in done.stdout
    assert "13800000001" not in done.stdout


def test_no_full_number_is_printed_unless_asked_for(explain: Run) -> None:
    masked = explain("callback", "tel=13912345678")
    shown = explain("callback", "tel=13912345678", "--show-personal")
    assert "13912345678" not in masked.output
    assert "13912345678" in shown.output


def test_a_refusal_is_explained_too(explain: Run) -> None:
    done = explain("callback", "count=x")
    report = json.loads(explain("callback", "count=x", "--json").stdout)
    assert done.exit_code == 1
    assert report["finalResult"]["status"] == 400
    assert report["finalResult"]["body"]["error"]["code"] == "invalid_input"


def test_the_secret_is_not_printed(explain: Run) -> None:
    done = explain("vip-routing", "tel=13800000001")
    assert "k-7" not in done.output


def test_a_wrong_secret_is_refused_here_as_at_the_server(explain: Run) -> None:
    arguments = ("vip-routing", "tel=138", "-H", "X-Api-Key=no", "--json")
    assert json.loads(explain(*arguments).stdout)["finalResult"]["status"] == 401


NOTE = """\
endpoint: note
path: /api/note
format: json
inputs: {tel: {type: string, format: phone}}
actions:
  note:
    source: crm
    request: {method: POST, path: /n, json: {tel: "{{ inputs.tel }}"}}
outputs:
  ticket: {type: string, value: "{{ actions.note.id }}", default: ""}
"""


def test_actions_are_listed_and_stored_only_on_request(run: Run, folder: Path) -> None:
    (folder / "endpoints" / "note.yaml").write_text(NOTE)

    def explained(*more: str) -> dict[str, Any]:
        arguments = ("note", "tel=13800000001", "--config", folder, "--json", *more)
        explanation: dict[str, Any] = json.loads(run("explain", *arguments).stdout)
        return explanation

    def stored() -> list[str]:
        text = run("outbox", "list", "--config", folder, "--json").stdout
        return [action["id"] for action in json.loads(text)["actions"]]

    named = explained()
    (action,) = named["actions"]
    assert (action["status"], action["params"]["json"]) == (
        "not_delivered",
        {"tel": "138****0001"},
    )
    assert named["outputs"][0]["value"] == "00000000-0000-4000-8000-000000000001"
    assert named["outputs"][0]["origin"] == "action"
    assert stored() == []
    (action,) = explained("--deliver")["actions"]
    assert action["status"] == "stored"
    assert stored() == [action["id"]]
    text = run("explain", "note", "tel=1", "--config", folder).stdout
    assert "crm.request" in text
