"""What somebody asks of the API test, judged before anything is sent."""

from __future__ import annotations

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.test_request import read_request
from ivrhooks.http.test_runs.test_run import TestRun


def test_all_but_the_endpoint_may_be_left_out(configuration) -> None:
    wanted = read_request(configuration, {"endpoint": "desk"})
    assert (wanted.plan.endpoint, wanted.test_run) == ("desk", TestRun())
    assert wanted.seconds == wanted.plan.deadline


def test_everything_is_read(configuration) -> None:
    wanted = read_request(
        configuration,
        {
            "endpoint": "system",
            "inputs": {"tel": 13800000001, "x": None},
            "headers": {"X-Shop": "south", "X-None": None, "X-Number": 7},
            "source": "sandbox",
            "fault": 500,
            "deadline_ms": 250,
            "show_personal": True,
        },
    )
    assert wanted.test_run == TestRun("sandbox", "500", 0.25, show_personal=True)
    assert wanted.inputs == {"tel": 13800000001, "x": None}
    assert wanted.headers == {"X-Shop": "south", "X-Number": "7"}
    assert wanted.seconds == 0.25


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpoint": ""}, "endpoint: "),
        ({"endpoint": 7}, "endpoint: "),
        ({"input": {}}, "'input' is no key"),
        ({"source": "real"}, "source: send one of configured, sandbox, mock"),
        ({"fault": "fire"}, "fault: send one of hang"),
        ({"fault": True}, "fault: "),
        ({"deadline_ms": 0}, "deadline_ms: "),
        ({"deadline_ms": 60_001}, "deadline_ms: "),
        ({"deadline_ms": "300"}, "deadline_ms: "),
        ({"deadline_ms": True}, "deadline_ms: "),
        ({"show_personal": "yes"}, "show_personal: "),
        ({"now": "soon"}, "now: send a moment"),
        ({"now": 7}, "now: send a moment"),
        ({"source": "test"}, "test: send the number of a test"),
        ({"source": "test", "test": 1}, "this endpoint has 1"),
        ({"source": "test", "test": True}, "test: send the number of a test"),
        ({"inputs": "tel=1"}, "inputs: "),
        ({"headers": []}, "headers: "),
        ({"headers": {"X-A": {}}}, "headers: "),
        ({"headers": {"X A": "b"}}, "headers: "),
        ({"headers": {"X-A": "b\r\nX-B: c"}}, "headers: "),
        ({"headers": {"Content-Type": "text/plain"}}, "is set by the test itself"),
        ({"headers": {"X-Ivrhooks-Test": "x"}}, "is set by the test itself"),
    ],
)
def test_an_entry_that_cannot_be_sent_is_reported(
    configuration, changes, message
) -> None:
    with pytest.raises(ConsoleError, match=message) as refused:
        read_request(configuration, {"endpoint": "desk", **changes})
    assert (refused.value.status, refused.value.code) == (400, "invalid_request")


def test_an_unknown_endpoint_is_a_404_that_names_the_known(configuration) -> None:
    with pytest.raises(ConsoleError, match="there are: system, desk") as refused:
        read_request(configuration, {"endpoint": "dsk"})
    assert refused.value.status == 404


def test_a_moment_and_a_test_are_read(configuration) -> None:
    request = {"endpoint": "desk", "source": "test", "test": 0, "now": "2026-10-01"}
    run = read_request(configuration, request).test_run
    assert (run.source, run.case) == ("test", 0)
    assert run.now is not None and run.now.isoformat() == "2026-10-01T00:00:00+00:00"
    alone = read_request(configuration, {"endpoint": "desk", "test": 0}).test_run
    assert (alone.now, alone.case) == (None, None)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"deadline_ms": 1}, 0.001),
        ({"deadline_ms": 60_000}, 60.0),
        ({"deadline_ms": 1.5}, 0.0015),
        ({"deadline_ms": None}, None),
        ({"deadline_ms": ""}, None),
    ],
)
def test_a_deadline_between_a_millisecond_and_a_minute(
    configuration, changes, seconds
) -> None:
    wanted = read_request(configuration, {"endpoint": "desk", **changes})
    assert wanted.test_run.deadline == seconds
    assert wanted.seconds == (seconds or wanted.plan.deadline)


@pytest.mark.parametrize("empty", [None, ""])
def test_empty_fields_are_left_out(configuration, empty) -> None:
    keys = ("source", "fault", "now")
    request = {"endpoint": "desk", **dict.fromkeys(keys, empty), "inputs": None}
    wanted = read_request(configuration, {**request, "headers": None})
    assert wanted.test_run == TestRun()
    assert (wanted.inputs, wanted.headers) == ({}, {})


@pytest.mark.parametrize("request_", [None, [], "desk", 7])
def test_a_body_that_is_no_object_is_refused(configuration, request_) -> None:
    with pytest.raises(ConsoleError) as refused:
        read_request(configuration, request_)
    assert refused.value.code == "invalid_request"


def test_a_header_that_is_true_or_false_is_no_text(configuration) -> None:
    for value in (True, 1.5, [], {}):
        with pytest.raises(ConsoleError, match="headers: "):
            read_request(configuration, {"endpoint": "desk", "headers": {"X-A": value}})
