"""Save as test: shown first, then written beside the endpoint."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from ivrhooks.authoring.tests.runner import run_tests
from ivrhooks.config.loader import load
from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.saved_tests import save

KEY = "k-5e8d2f91"
VIP = "13800000001"
MADE_UP = "13123456789"  # the region's example of a mobile number
MOCK = {"name": "A VIP", "source": "mock", "inputs": {"tel": VIP}}


def route(served):
    return served.folder / "endpoints" / "desk.yaml"


def test_it_is_shown_with_made_up_people_before_anything_is_written(served) -> None:
    before = route(served).read_text()
    shown = save(served.context, "desk", MOCK)
    assert shown["yaml"].startswith('  - name: "A VIP"\n')
    assert MADE_UP in shown["yaml"] and "0001" not in shown["yaml"]
    assert (shown["file"], shown["writable"], shown["written"]) == (
        "desk.yaml",
        True,
        False,
    )
    assert route(served).read_text() == before
    full = save(served.context, "desk", {**MOCK, "show_personal": True})
    assert VIP in full["yaml"]


def test_a_saved_test_loads(served, monkeypatch) -> None:
    before = route(served).read_text()
    shown = save(served.context, "desk", MOCK)
    assert save(served.context, "desk", MOCK, write=True)["yaml"] == shown["yaml"]
    text = route(served).read_text()
    assert text == before + shown["yaml"]
    assert KEY not in text
    configuration = load(str(served.folder))
    written = configuration.plans["/api/desk"].tests[-1]
    assert (written.name, written.mode) == ("A VIP", "mock")
    assert dict(written.inputs) == {"tel": MADE_UP}
    assert written.expect["isVip"] == 0  # nobody's number is no VIP's
    assert all(case.passed for case in run_tests(configuration)[1].cases)


def test_with_the_box_ticked_it_is_written_as_it_came(served) -> None:
    save(served.context, "desk", {**MOCK, "show_personal": True}, write=True)
    written = load(str(served.folder)).plans["/api/desk"].tests[-1]
    assert dict(written.inputs) == {"tel": VIP}
    assert written.expect["isVip"] == 1


def test_a_secret_that_is_typed_is_not_written(served) -> None:
    headers = {"X-Api-Key": "another-secret"}
    shown = save(served.context, "desk", {**MOCK, "headers": headers})
    assert "another-secret" not in shown["yaml"]
    assert "status: 401" in shown["yaml"]
    shown = save(served.context, "desk", {**MOCK, "headers": {"X-Api-Key": KEY}})
    assert "X-Api-Key" not in shown["yaml"]


def test_a_failed_lookup_stands_in_it_as_it_failed(served) -> None:
    request = {"inputs": {"tel": VIP}, "fault": "500", "name": ""}
    shown = save(served.context, "desk", request)
    assert shown["name"] == "desk 2"
    assert '"customer": {"fail": "error"}' in shown["yaml"]


def test_a_refusal_is_a_test_too(served) -> None:
    shown = save(served.context, "desk", {"inputs": {}, "source": "mock"})
    assert "status: 400" in shown["yaml"]
    assert 'error: "invalid_input"' in shown["yaml"]
    assert "expect" not in shown["yaml"]


def test_a_text_that_looks_like_a_setting_stays_a_text(served) -> None:
    request = {**MOCK, "inputs": {"tel": VIP, "note": "${HOME}"}}
    save(served.context, "desk", request, write=True)
    written = load(str(served.folder)).plans["/api/desk"].tests[-1]
    assert written.inputs["note"] == "${HOME}"


def test_the_system_api_has_its_tests_in_the_root(served) -> None:
    shown = save(served.context, "system", {**MOCK, "name": "x"}, write=True)
    assert shown["file"] == "ivrhooks.yaml"
    plan = load(str(served.folder)).by_name("system")
    assert plan is not None and [test.name for test in plan.tests] == ["x"]


@pytest.mark.parametrize(
    ("name", "request_", "status"),
    [
        ("nix", MOCK, 404),
        ("desk", [], 400),
        ("desk", {**MOCK, "name": 7}, 400),
        ("desk", {**MOCK, "name": "x" * 999}, 400),
    ],
)
def test_an_entry_that_cannot_be_saved_is_reported(
    served, name, request_, status
) -> None:
    with pytest.raises(ConsoleError) as refused:
        save(served.context, name, request_)
    assert refused.value.status == status


def test_a_file_that_may_not_be_written_is_reported(served, monkeypatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    shown = save(served.context, "desk", MOCK)
    assert (shown["writable"], "copy the text" in shown["reason"]) == (False, True)
    with pytest.raises(ConsoleError, match="cannot be written"):
        save(served.context, "desk", MOCK, write=True)


def test_a_file_that_would_be_refused_stays_as_it_was(served) -> None:
    broken = route(served).read_text().replace("format: form", "format: qery")
    route(served).write_text(broken)
    with pytest.raises(ConsoleError, match="would be refused"):
        save(served.context, "desk", MOCK, write=True)
    assert route(served).read_text() == broken
    assert [file.name for file in route(served).parent.iterdir()] == ["desk.yaml"]


CLOCK = """\
endpoint: desk
path: /api/desk
format: form
outputs: {hour: {type: int, value: "{{ now.hour }}", default: 24}}
tests:
  - {name: in the evening, now: 2026-10-01T17:00, expect: {hour: 17}}
"""


@pytest.mark.parametrize(
    ("condition", "now"),
    [
        ({}, "2027-01-15T08:00:00+00:00"),
        ({"now": "2026-10-01T09:30"}, "2026-10-01T09:30"),
        ({"source": "test", "test": 0}, "2026-10-01T17:00"),
    ],
)
def test_where_a_template_looks_at_the_clock_the_moment_is_written(
    serve, condition, now
) -> None:
    served = serve(route=CLOCK)
    context = replace(served.context, now=lambda: 1_800_000_000.0)
    served.recorder.now = context.now
    saved = save(context, "desk", {"name": "Then", **condition}, write=True)
    assert saved["now"] == now and f'now: "{now}"' in saved["yaml"]
    configuration = load(str(served.folder))
    cases = run_tests(configuration)[1].cases
    assert len(cases) == 2 and all(case.passed for case in cases)


def test_where_none_does_no_moment_is_written(served) -> None:
    assert "now:" not in save(served.context, "desk", MOCK)["yaml"]


LISTED = """\
endpoint: desk
path: /api/desk
format: json
mode: mock
inputs:
  tel: {type: string, format: phone}
  count: {type: int, default: 1}
headers: {X-Count: {type: int}, X-Text: {type: string}}
outputs:
  many: {type: int, value: "{{ inputs.count }}", default: 0}
  text: {type: string, value: "{{ headers['X-Text'] }}", default: ""}
mock: [{outputs: {many: 2}}]
"""


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"inputs": {"count": "7"}}, 'inputs: {"count": 7}'),
        ({"inputs": {"count": 7}}, 'inputs: {"count": 7}'),
        ({"inputs": {"count": "seven"}}, 'inputs: {"count": "seven"}'),
        ({"inputs": {"tel": "7"}}, 'inputs: {"tel": "7"}'),
        ({"inputs": {"x": ["${A}", {"b": "${B}"}]}}, '"$${A}", {"b": "$${B}"}'),
        ({"headers": {"x-count": "7"}}, 'headers: {"x-count": 7}'),
        ({"headers": {"X-Text": "7"}}, 'headers: {"X-Text": "7"}'),
        ({"headers": {"X-Text": "***"}}, "expect:"),
        ({"source": "configured"}, "expect:"),
        ({"name": "  two   words "}, 'name: "two words"'),
    ],
)
def test_typed_values_are_saved_with_their_declared_type(
    serve, request_, line: str
) -> None:
    shown = save(serve(route=LISTED).context, "desk", request_)["yaml"]
    assert line in shown
    assert "mode:" not in shown and "***" not in shown


def test_the_file_keeps_its_rights(served) -> None:
    route(served).chmod(0o640)
    save(served.context, "desk", MOCK, write=True)
    assert route(served).stat().st_mode & 0o777 == 0o640
    assert [file.name for file in route(served).parent.iterdir()] == ["desk.yaml"]
