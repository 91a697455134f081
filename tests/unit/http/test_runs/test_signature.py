"""The one header of a test run, signed with the console's token."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from ivrhooks.http.test_runs.signature import LIVES, _serializer, sign, verify
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES, TestRun

NOW = 1_800_000_000.0
MOMENT = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


def check(text: str, **changes):
    facts = {"token": "t", "endpoint": "desk", "now": NOW, **changes}
    return verify(text, facts.pop("token"), **facts)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_what_is_signed_is_read_back(source, fault) -> None:
    test_run = TestRun(source, fault, 0.3, show_personal=True, now=MOMENT, case=3)
    signed = sign(test_run, "t", endpoint="desk", now=NOW)
    assert check(signed) == test_run
    assert signed.isascii() and "\n" not in signed


def test_it_is_good_for_one_endpoint_and_a_short_while() -> None:
    signed = sign(TestRun(), "t", endpoint="desk", now=NOW)
    assert check(signed, now=NOW + LIVES - 1) == TestRun()
    assert check(signed, now=NOW + LIVES + 1) is None
    assert check(signed, endpoint="other") is None
    assert check(signed, token="u") is None
    assert check(signed, token="") is None


def forged(**fields) -> str:
    whole = {
        "endpoint": "desk",
        "source": "mock",
        "fault": "",
        "deadline": None,
        "show_personal": False,
        "exp": NOW + 9,
        **fields,
    }
    return str(_serializer("t").dumps(whole))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.b",
        "ключ.ключ",
        "\udcff.\udcff",
        sign(TestRun(), "t", endpoint="desk", now=NOW)[:-1],
        base64.b64encode(b"{}").decode() + ".x",
        forged(source="elsewhere"),
        forged(fault="fire"),
        forged(exp="soon"),
        forged(deadline="soon"),
    ],
)
def test_anything_else_is_no_test_run(text) -> None:
    assert check(text) is None


def test_a_signature_without_its_fields_is_none() -> None:
    assert check(str(_serializer("t").dumps([]))) is None


def test_whether_actions_are_stored_is_signed_too() -> None:
    text = sign(TestRun(deliver=True), "t", endpoint="desk", now=NOW)
    assert check(text) == TestRun(deliver=True)
