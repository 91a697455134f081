"""The API test: what the IVR would send, over HTTP, to the running server."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services import test_runs as probe
from ivrhooks.console.services.test_runs import curl, link, read_link, run_test

KEY = "k-5e8d2f91"
VIP = "13800000001"
CLOCK = """\
endpoint: desk
path: /api/desk
format: form
outputs: {hour: {type: int, value: "{{ now.hour }}", default: 0}}
tests: [{name: in the evening, now: 2026-10-01T17:00, expect: {hour: 17}}]
"""
MOCK = {"endpoint": "desk", "source": "mock", "inputs": {"tel": VIP}}


def test_a_run_tells_the_answer_as_the_ivr_gets_it(served) -> None:
    run = run_test(served.context, MOCK)
    answer = run["answer"]
    assert answer["status"] == 200
    assert answer["text"] == '{"isVip":1,"back":"138****0001","shop":""}'
    assert answer["bytes"] == len(answer["text"])
    assert (answer["fits"], answer["fits_because"]) == (True, "")
    assert answer["deadline_ms"] == 2000
    assert "application/json" in answer["headers"]["content-type"]
    assert not [name for name in answer["headers"] if "trace" in name]
    assert run["result"]["finalResult"]["text"] == answer["text"]
    assert run["detail"]["isVip"]["map"] == {"1": 1, "2": 0}


def test_numbers_are_shown_in_full_on_request(served) -> None:
    run = run_test(served.context, {**MOCK, "show_personal": True})
    assert run["answer"]["text"] == f'{{"isVip":1,"back":"{VIP}","shop":""}}'
    assert run["result"]["finalResult"]["body"]["back"] == VIP
    assert VIP in run["curl"]


def test_an_answer_that_the_caller_cannot_take_does_not_fit(serve) -> None:
    served = serve()
    late = {**MOCK, "source": "configured", "fault": "hang", "deadline_ms": 50}
    answer = run_test(served.context, late)["answer"]
    assert answer["degraded"] == "customer=timeout"
    assert answer["server_ms"] <= answer["time_ms"] + 0.1
    assert answer["fits"] is (answer["server_ms"] <= 50)
    assert answer["fits_because"] == ("" if answer["fits"] else "too_late")


def test_a_refused_test_run_matches_no_entry(served) -> None:
    answer = run_test(served.context, {**MOCK, "inputs": {}})["answer"]
    assert (answer["status"], answer["fits"]) == (400, False)
    assert answer["fits_because"] == "refused"


def test_a_run_is_asked_at_another_moment_out_of_a_test(serve) -> None:
    served = serve(route=CLOCK)
    run = run_test(served.context, {"endpoint": "desk", "now": "2026-10-01T09:30"})
    assert run["answer"]["text"] == '{"hour":9}'
    run = run_test(served.context, {"endpoint": "desk", "source": "test", "test": 0})
    assert run["answer"]["text"] == '{"hour":17}'
    address = link(served.context, {"endpoint": "desk", "now": "2026-10-01T09:30"})
    assert read_link("desk", address)["now"] == "2026-10-01T09:30:00+00:00"


def test_the_way_there_and_back_is_not_the_answers_time(served, monkeypatch) -> None:
    moments = iter((0.0, 60.0))  # a machine that is busy with other things
    clock = SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr(probe, "time", clock)
    answer = run_test(served.context, MOCK)["answer"]
    assert answer["time_ms"] == 60_000 > answer["server_ms"]
    assert (answer["fits"], answer["fits_because"]) == (True, "")


def test_a_run_without_trace_is_described_by_its_answer(served) -> None:
    stranger = replace(served.context, token=lambda: "another-servers-token")
    report = run_test(stranger, {**MOCK, "inputs": {}})["result"]
    assert (report["success"], report["operations"], report["outputs"]) == (
        False,
        [],
        [],
    )
    assert report["finalResult"]["status"] == 400
    assert report["finalResult"]["body"]["error"]["code"] == "invalid_input"


def test_a_server_that_is_not_there_is_reported(served) -> None:
    nowhere = replace(served.context, address=lambda: "http://127.0.0.1:9")
    with pytest.raises(ConsoleError, match="did not answer") as refused:
        run_test(nowhere, MOCK)
    assert refused.value.status == 502


def test_curl_asks_the_same_and_shows_no_secret(served) -> None:
    line = curl(served.context, MOCK)
    assert line.startswith('curl -H "X-Api-Key: $DESK_KEY" -d ')
    assert line.endswith(f"tel='<number> {served.url}/api/desk")
    assert "0001" not in line
    shown = curl(served.context, {**MOCK, "show_personal": True})
    assert VIP in shown and KEY not in shown


def test_a_copied_command_runs_or_is_refused_by_the_shell(served, tmp_path) -> None:
    def run(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", f"{line} --silent"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environ},
            check=False,
        )

    refused = run(curl(served.context, MOCK), DESK_KEY=KEY)
    assert (refused.returncode != 0, refused.stdout) == (True, "")
    whole = curl(served.context, {**MOCK, "show_personal": True})
    answered = run(whole, DESK_KEY=KEY)
    assert json.loads(answered.stdout)["back"] == VIP, answered
    assert json.loads(run(whole).stdout)["error"]["code"] == "unauthorized"


def test_a_link_restores_a_run_without_personal_data(served) -> None:
    request = {
        **MOCK,
        "inputs": {"tel": VIP, "note": "two words"},
        "headers": {"X-Shop": "south", "X-Api-Key": KEY},
        "fault": "slow",
        "deadline_ms": 900,
    }
    parameters = link(served.context, request)
    assert parameters == {
        "i.note": "two words",
        "h.X-Shop": "south",
        "source": "mock",
        "fault": "slow",
        "deadline_ms": "900",
    }
    restored = read_link("desk", {**parameters, "lang": "zh"})
    assert restored["inputs"] == {"note": "two words"}
    assert (restored["source"], restored["deadline_ms"]) == ("mock", 900)
    shown = link(served.context, {**request, "show_personal": True})
    assert shown["i.tel"] == VIP
    assert KEY not in str(shown)
