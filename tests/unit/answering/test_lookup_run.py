from __future__ import annotations

import pytest

from ivrhooks.answering.lookup_run import RunningLookup
from ivrhooks.sources.interface import Outcome


@pytest.fixture
def heard_of(build):
    """A lookup of as many sources as outcomes, each heard; "skip" is not asked."""

    def run(*outcomes):
        calls = [build.source_call(f"s{number}") for number in range(len(outcomes))]
        lookup = RunningLookup(build.lookup("contact", *calls))
        heard = 0
        for call, outcome in zip(calls, outcomes, strict=True):
            heard += 1
            if outcome != "skip" and lookup.take(call, Outcome(outcome, call.source)):
                break
        assert lookup.has_ended is (outcome in ("ok", "stale"))
        lookup.close()
        return lookup, heard

    return run


@pytest.mark.parametrize(
    ("outcomes", "status", "source", "heard"),
    [
        (("ok", "ok"), "ok", "s0", 1),
        (("not_found", "ok"), "ok", "s1", 2),
        (("timeout", "ok"), "ok", "s1", 2),
        (("skip", "ok"), "ok", "s1", 2),
        (("error", "stale"), "stale", "s1", 2),
        (("not_found", "not_found"), "not_found", "s0", 2),
        (("not_found", "timeout"), "timeout", "s1", 2),
        (("timeout", "not_found"), "timeout", "s0", 2),
        (("open", "timeout", "error"), "open", "s0", 3),
        (("skip", "not_found"), "not_found", "s1", 2),
        (("skip", "busy"), "busy", "s1", 2),
        (("skip", "skip"), "skipped", "", 2),
        (("skip",), "skipped", "", 1),
    ],
)
def test_fallbacks_give_the_first_hit_or_failure_or_not_found(
    heard_of, outcomes, status, source, heard
):
    run, was_heard = heard_of(*outcomes)
    assert (run.status, run.source, was_heard) == (status, source, heard)


def test_only_ok_and_not_found_leave_a_record(heard_of):
    assert heard_of("not_found", "ok")[0].record == "s1"
    assert heard_of("not_found", "not_found")[0].record == "s0"
    assert heard_of("not_found", "error")[0].record is None


def test_a_closed_lookup_run_keeps_its_status(build):
    lookup = RunningLookup(build.lookup())
    lookup.take(build.source_call(), Outcome("ok", "r"))
    lookup.fail(build.source_call(), Outcome("timeout"))
    lookup.close()
    assert (lookup.status, lookup.record) == ("ok", "r")
