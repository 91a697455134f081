"""A simulated call over scripted answers: what is sent, judged and added up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.simulate.call_file import read_call
from ivrhooks.authoring.simulate.run import CallResult, StepResult, run_call
from ivrhooks.basics.errors import ConfigError, SourceUnavailable
from ivrhooks.config.loader import load
from ivrhooks.sources.interface import Request, Response

ROOT = """\
version: 1
sources: {crm: {kind: http, base_url: "http://127.0.0.1:9"}}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
mode: mock
headers: {X-Api-Key: {secret: true, equals: k-7}}
inputs: {tel: {format: phone, required: true}, menu: {type: int}}
outputs:
  isVip: {type: int, default: 0}
  level: {type: string, default: ""}
mock: [{outputs: {isVip: 1}}]
"""
DESK = """\
endpoint: desk
path: /api/desk
format: json
mode: mock
inputs: {tel: {format: phone}, level: {}}
outputs: {desk: {type: string, default: general}}
mock: [{outputs: {desk: vip}}]
"""
CALL = """\
caller: "13800000001"
steps:
  - ask: vip
    inputs: {menu: 2}
    expect: {isVip: 1}
    within: 1s
  - ask: desk
    when: "{{ answers['vip'].isVip == 1 }}"
    inputs: {level: "{{ answers.vip.level }}"}
route: "{{ answers.desk.desk or 'general' }}"
expect_route: vip
"""

Answers = dict[str, Any]
Make = Callable[..., tuple[CallResult, list[Request]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    endpoints = tmp_path / "configs" / "endpoints"
    endpoints.mkdir(parents=True)
    (endpoints.parent / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    (endpoints / "vip.yaml").write_text(VIP, "utf-8")
    (endpoints / "desk.yaml").write_text(DESK, "utf-8")
    return endpoints.parent


@pytest.fixture
def make(folder: Path) -> Make:
    """Makes the call against a server that says ``answers``; each takes 0.25 s."""

    def made(text: str = CALL, **answers: Any) -> tuple[CallResult, list[Request]]:
        scripted: Answers = {
            "/api/vip": answers.get("vip", (200, {"isVip": 1, "level": "3"})),
            "/api/desk": answers.get("desk", (200, {"desk": "vip"})),
        }
        requests: list[Request] = []

        def send(request: Request) -> Response:
            requests.append(request)
            answer = scripted[request.url.removeprefix("http://ivr")]
            if isinstance(answer, Exception):
                raise answer
            status, body, *headers = answer
            text = body if isinstance(body, str) else json.dumps(body)
            return Response(status, *(headers or [{}]), text.encode())

        file = folder / "call.yaml"
        file.write_text(text, "utf-8")
        call = read_call(file, load(folder))
        return run_call(call, "http://ivr", send, clock()), requests

    return made


def clock() -> Callable[[], float]:
    times: Iterator[float] = (tick * 0.25 for tick in range(1000))
    return lambda: next(times)


def test_each_step_is_sent_as_the_flow_sends_it(make: Make) -> None:
    result, (vip, desk) = make()
    assert result.ok, result
    assert (vip.method, dict(vip.headers)["X-Api-Key"]) == ("POST", "k-7")
    assert (vip.body or b"").endswith(b"tel=13800000001&menu=2")
    assert json.loads(desk.body or b"") == {"tel": "13800000001", "level": "3"}
    assert (result.route, result.silent_seconds) == ("vip", 0.5)


def test_a_step_whose_when_is_false_is_not_asked(make: Make) -> None:
    result, requests = make(vip=(200, {"isVip": 0, "level": ""}))
    assert len(requests) == 1 and not result.steps[1].asked
    assert result.steps[0].problems == ("isVip: expected 1, came 0",)
    assert result.problems == ('route: expected "vip", came "general"',)
    assert not result.ok


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, {"isVip": "1"}), 'isVip: expected 1, came "1"'),
        ((200, {}), "isVip: expected 1, came left out"),
        ((200, {"isVip": True}), "isVip: expected 1, came true"),
        ((401, {"isVip": 1}), "status: expected 200, came 401"),
        (SourceUnavailable("refused"), "no answer: refused"),
    ],
)
def test_types_status_and_silence_count(make: Make, answer: Any, problem: str) -> None:
    result, _ = make(vip=answer)
    assert result.steps[0].problems == (problem,)


def test_an_output_that_is_expected_to_be_left_out(make: Make) -> None:
    text = CALL.replace("expect: {isVip: 1}", "expect: {level: null}")
    assert make(text, vip=(200, {"isVip": 1}))[0].ok
    assert not make(text)[0].ok


def test_a_step_that_takes_too_long_is_reported(make: Make) -> None:
    result, _ = make(CALL.replace("within: 1s", "within: 200ms"))
    assert result.steps[0].problems == ("within: expected 0.2 s, took 0.250 s",)


@pytest.mark.parametrize(
    ("was", "now", "line", "message"),
    [
        ("ask: vip", "ask: vipp", 3, "did you mean `vip`?"),
        ("menu: 2", "mneu: 2", 4, "did you mean `menu`?"),
        ("expect: {isVip", "expect: {isVIP", 5, "did you mean `isVip`?"),
        ("within: 1s", "whithin: 1s", 6, "did you mean `within`?"),
        ("route:", "rout:", 10, "did you mean `route`?"),
        ("answers['vip']", "answer['vip']", 8, "did you mean `answers`?"),
        ('caller: "13800000001"', "caller: 13800000001", 1, "write text in quotes"),
        ("within: 1s", "within: 1", 6, "1s"),
    ],
)  # fmt: skip
def test_a_typo_is_reported_with_its_line(
    make: Make, was: str, now: str, line: int, message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        make(CALL.replace(was, now, 1))
    (problem,) = raised.value.problems
    assert problem.line == line and message in problem.message, problem


def test_a_file_that_is_not_there_is_reported(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_call(folder / "none.yaml", load(folder))


@pytest.mark.parametrize(
    ("caller", "answer"),
    [
        ("connect", {"isVip": "1", "level": "3"}),
        (
            "retell",
            {"call_inbound": {"dynamic_variables": {"isVip": "1", "level": "3"}}},
        ),
        ("dialogflow", {"sessionInfo": {"parameters": {"isVip": 1, "level": "3"}}}),
    ],
)
def test_the_outputs_are_judged_as_declared_whatever_the_profile(
    make: Make, folder: Path, caller: str, answer: dict[str, Any]
) -> None:
    root = folder / "ivrhooks.yaml"
    root.write_text(f"{ROOT}caller: {caller}\n", "utf-8")
    text = CALL.partition("  - ask: desk")[0]
    result, _ = make(text, vip=(200, answer))
    assert result.ok, result.steps[0].problems
    assert result.steps[0].answer == {"isVip": 1, "level": "3"}


def test_a_step_shows_its_result(make: Make) -> None:
    degraded = {"x-ivrhooks-degraded": "customer=timeout"}
    result, _ = make(vip=(200, {"isVip": 0, "level": "3"}, degraded))
    vip, desk = result.steps
    assert vip == StepResult(
        "vip",
        True,
        200,
        0.25,
        {"isVip": 0, "level": "3"},
        "customer=timeout",
        ("isVip: expected 1, came 0",),
    )
    assert desk == StepResult("desk", False, None, 0.0, None, "", ())
    unanswered = make(vip=SourceUnavailable("refused"))[0].steps[0]
    assert unanswered == StepResult(
        "vip", True, None, 0.25, None, "", ("no answer: refused",)
    )


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("no JSON", {}),
        ("[1]", {}),
        ('"isVip"', {}),
        ('{"isVip": 1, "more": 2}', {"isVip": 1}),
        ('{"isVip": "1"}', {"isVip": "1"}),
    ],
)
def test_only_declared_outputs_of_an_object_are_an_answer(
    make: Make, body: str, answer: dict[str, Any]
) -> None:
    assert make(vip=(200, body))[0].steps[0].answer == answer


def test_a_number_that_is_none_stays_text(make: Make, folder: Path) -> None:
    root = folder / "ivrhooks.yaml"
    root.write_text(f"{ROOT}caller: connect\n", "utf-8")
    text = CALL.partition("  - ask: desk")[0]
    assert make(text, vip=(200, {"isVip": "one"}))[0].steps[0].problems == (
        'isVip: expected 1, came "one"',
    )


def test_each_step_takes_just_what_it_may(make: Make) -> None:
    result, _ = make(CALL.replace("within: 1s", "within: 250ms"))
    assert result.ok, result


def test_the_caller_is_in_telephone_inputs_alone_and_in_templates(make: Make) -> None:
    text = CALL.replace("inputs: {menu: 2}", 'inputs: {menu: "{{ caller[-1:] }}"}')
    _, (vip, _) = make(text)
    assert (vip.body or b"").endswith(b"tel=13800000001&menu=1")
    _, (bare, _) = make(CALL.replace("    inputs: {menu: 2}\n", ""))
    assert b"menu" not in (bare.body or b"")
    own = CALL.replace("inputs: {menu: 2}", 'inputs: {tel: "555"}')
    assert (make(own)[1][0].body or b"").endswith(b"tel=555")


def test_an_unexpected_route_is_shown_and_not_checked(make: Make) -> None:
    result, _ = make(CALL.replace("expect_route: vip\n", ""))
    assert (result.ok, result.route) == (True, "vip")
    none = make(CALL.partition("route:")[0])[0]
    assert (none.ok, none.route) == (True, None)
    wrong = make(CALL.replace("expect_route: vip", "expect_route: nhà"))[0]
    assert wrong.problems == ('route: expected "nhà", came "vip"',)
    assert not wrong.ok and not any(step.problems for step in wrong.steps)


def test_a_template_that_fails_is_a_problem(make: Make) -> None:
    result, _ = make(CALL.replace("answers.desk.desk or", "1 // 0 or"))
    assert any("gave no value" in problem for problem in result.problems), result


def test_an_unanswered_step_has_no_answers(make: Make) -> None:
    result, requests = make(vip=SourceUnavailable("refused"))
    assert len(requests) == 1 and not result.steps[1].asked
