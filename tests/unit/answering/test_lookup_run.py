from __future__ import annotations

import pytest

from ivrhooks.answering.lookup_run import Chain
from ivrhooks.sources.interface import Outcome


@pytest.fixture
def chain(build):
    """A chain of as many links as outcomes, each heard; "skip" is not asked."""

    def run(*outcomes):
        links = [build.link(f"s{number}") for number in range(len(outcomes))]
        chain = Chain(build.lookup("contact", *links))
        heard = 0
        for link, outcome in zip(links, outcomes, strict=True):
            heard += 1
            if outcome != "skip" and chain.take(link, Outcome(outcome, link.source)):
                break
        assert chain.ended is (outcome in ("ok", "stale"))
        chain.close()
        return chain.run, heard

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
def test_a_chain_says_its_first_hit_else_first_failure_else_not_found(
    chain, outcomes, status, source, heard
):
    run, was_heard = chain(*outcomes)
    assert (run.status, run.source, was_heard) == (status, source, heard)


def test_only_what_was_found_or_missed_leaves_a_record(chain):
    assert chain("not_found", "ok")[0].record == "s1"
    assert chain("not_found", "not_found")[0].record == "s0"
    assert chain("not_found", "error")[0].record is None


def test_a_chain_that_has_ended_is_not_judged_again(build):
    chain = Chain(build.lookup())
    chain.take(build.link(), Outcome("ok", "r"))
    chain.fail(build.link(), Outcome("timeout"))
    chain.close()
    assert (chain.run.status, chain.run.record) == ("ok", "r")
