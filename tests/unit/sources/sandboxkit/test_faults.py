"""The fault dial: what can be set, and which request gets it."""

from __future__ import annotations

import json

import pytest

from ivrhooks.sources.sandboxkit.faults import (
    NAMES,
    Fault,
    FaultError,
    Faults,
    canned,
)


@pytest.fixture
def faults():
    return Faults(("sobot", "omicrm"))


def take_all(faults, times, system="sobot"):
    faults_taken = [faults.take(system) for _ in range(times)]
    return [fault.name if fault else "-" for fault in faults_taken]


def test_every_fault_of_the_configuration_page_is_known():
    wanted = (
        "refuse hang slow drip reset truncate 500 503 429 401 html bad_json "
        "wrong_shape huge empty"
    )
    assert list(NAMES) == wanted.split()


def test_without_count_it_stays_until_it_is_taken_off(faults):
    faults.put({"sobot": {"fault": "hang"}})
    assert take_all(faults, 3) == ["hang", "hang", "hang"]
    faults.clear()
    assert take_all(faults, 1) == ["-"]


def test_after_lets_so_many_requests_by_and_count_ends_it(faults):
    faults.put({"sobot": {"fault": "500", "after": 2, "count": 2}})
    assert take_all(faults, 6) == ["-", "-", "500", "500", "-", "-"]
    assert faults.to_json() == {}


def test_a_fault_shows_how_often_it_is_left(faults):
    faults.put({"sobot": {"fault": "slow", "after": 1, "count": 3, "ms": 20}})
    faults.take("sobot")
    faults.take("sobot")
    shown = {"fault": "slow", "after": 0, "count": 2, "ms": 20}
    assert faults.to_json() == {"sobot": shown}


def test_a_fault_shows_only_its_set_fields(faults):
    faults.put({"sobot": "slow", "omicrm": {"fault": "slow", "after": 0, "ms": 0}})
    assert faults.to_json() == {
        "sobot": {"fault": "slow", "after": 0},
        "omicrm": {"fault": "slow", "after": 0, "ms": 0},
    }
    faults.put({"sobot": {"fault": "500", "count": 1}})
    assert take_all(faults, 2) == ["500", "-"]


def test_which_faults_need_an_answer_of_the_system():
    needing = {name for name in NAMES if not Fault(name).alone}
    assert needing == {"slow", "drip", "reset", "truncate"}
    assert {name for name in NAMES if Fault(name).silent} == {"refuse", "hang"}


def test_systems_have_dials_of_their_own(faults):
    faults.put({"sobot": {"fault": "hang"}})
    faults.put({"omicrm": {"fault": "500"}})
    assert take_all(faults, 1, "omicrm") == ["500"]
    assert take_all(faults, 1) == ["hang"]


def test_a_fault_may_be_written_as_its_name_and_taken_off_with_null(faults):
    faults.put({"sobot": "html", "omicrm": 500})
    assert take_all(faults, 1) == ["html"]
    assert take_all(faults, 1, "omicrm") == ["500"]
    faults.put({"sobot": None})
    assert list(faults.to_json()) == ["omicrm"]
    faults.put({})
    assert faults.to_json() == {}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([], "write {"),
        (None, "write {"),
        ({"sobto": {"fault": "hang"}}, "sobot, omicrm"),
        ({"sobot": {"fault": "hangs"}}, "did you mean 'hang'?"),
        ({"sobot": {}}, "one of refuse"),
        ({"sobot": {"fault": "hang", "times": 3}}, "'times'"),
        ({"sobot": {"fault": "hang", "count": 0}}, "count must be"),
        ({"sobot": {"fault": "hang", "count": True}}, "count must be"),
        ({"sobot": {"fault": "hang", "after": -1}}, "after must be"),
        ({"sobot": {"fault": "slow", "ms": "50"}}, "ms must be"),
        ({"sobot": {"fault": "slow", "ms": -1}}, "ms must be"),
    ],
)
def test_an_invalid_fault_is_refused_with_its_reason(faults, wanted, words):
    faults.put({"omicrm": {"fault": "401"}})
    with pytest.raises(FaultError, match=words.replace("{", r"\{").replace("?", r"\?")):
        faults.put(wanted)
    assert list(faults.to_json()) == ["omicrm"]


def test_times_have_defaults():
    assert Fault("slow").seconds == 1.5
    assert Fault("slow", ms=20).seconds == 0.02
    assert Fault("drip").seconds == 0.1


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("500", 500),
        ("503", 503),
        ("429", 429),
        ("401", 401),
        ("html", 200),
        ("bad_json", 200),
        ("wrong_shape", 200),
        ("huge", 200),
        ("empty", 200),
    ],
)
def test_canned_answers_have_their_status(name, status):
    assert canned(Fault(name))[0] == status


def test_canned_bodies_match_their_names():
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(canned(Fault("bad_json"))[2])
    assert canned(Fault("empty"))[2] == b""
    assert len(canned(Fault("huge"))[2]) > 50_000_000
    assert not isinstance(json.loads(canned(Fault("wrong_shape"))[2]), dict)
    assert canned(Fault("html"))[1].startswith("text/html")
