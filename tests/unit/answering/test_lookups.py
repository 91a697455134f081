from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from ivrhooks.answering.lookups import ANSWER_MARGIN, SOURCE_MARGIN, Lookups, start_of
from ivrhooks.answering.scope import RequestScope
from ivrhooks.basics.errors import SourceRejected, SourceTimeout
from ivrhooks.config.plan import Skip
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.resilience.single_flight import InFlight, SingleFlight
from ivrhooks.sources.interface import Outcome

FAILED = ["timeout", "error", "open", "busy"]


async def finished(lookups):
    """The runs of all lookups, once they have ended."""
    ended = asyncio.get_running_loop().create_future()
    if not lookups.begin(lambda: ended.set_result(None)):
        try:
            await ended
        except asyncio.CancelledError:
            lookups.cancel()
            raise
    return lookups.runs


def starts(sources):
    return {name: start_of(source) for name, source in sources.items()}


@pytest.fixture
def look(build):
    """Runs a plan's lookups; gives the runs by name, and how long it took."""

    def run(plan, sources, *, inputs=None, seconds=1.0):
        async def work():
            clock = asyncio.get_running_loop().time
            now = datetime.now(UTC)
            scope = RequestScope(inputs or {}, {}, now, "r-1", [])
            deadline = Deadline.after(seconds, clock)
            lookups = Lookups(plan, scope, starts(sources), deadline)
            started = clock()
            runs = await finished(lookups)
            return {run.name: run for run in runs}, clock() - started, scope

        return build.run(work())

    return run


def ok(record="r", **more):
    return Outcome("ok", record, **more)


# ------------------------------------------------------------------ one lookup


@pytest.mark.parametrize("count", [1, 2])
def test_templates_can_read_a_result(build, look, count):
    names = ["customer", "other"][:count]
    plan = build.plan(*map(build.lookup, names))
    runs, _, scope = look(plan, {"crm": build.FakeSource(ok({"id": 1}))})
    assert [run.status for run in runs.values()] == ["ok"] * count
    assert scope.values["customer"] == {"id": 1}
    assert scope.values["lookups"]["customer"] == {"status": "ok"}
    assert (runs["customer"].source, runs["customer"].operation) == (
        "crm",
        "query_customer",
    )
    assert runs["customer"].asked


def test_templates_can_read_an_empty_list_that_is_not_found(build, look):
    plan = build.plan(build.lookup())
    empty = Outcome("not_found", {"items": []})
    runs, _, scope = look(plan, {"crm": build.FakeSource(empty)})
    assert runs["customer"].status == "not_found"
    assert scope.values["customer"] == {"items": []}


@pytest.mark.parametrize("status", FAILED)
def test_a_failed_lookup_has_no_result(build, look, status):
    plan = build.plan(build.lookup())
    runs, _, scope = look(plan, {"crm": build.FakeSource(Outcome(status, {"half": 1}))})
    assert runs["customer"].status == status
    assert scope.values["customer"] is None


@pytest.mark.parametrize("count", [1, 2])
def test_lookups_pending_at_the_deadline_are_timeouts(build, look, count):
    plan = build.plan(*map(build.lookup, ["customer", "other"][:count]))
    source = build.FakeSource(ok(), after=60)
    runs, took, _ = look(plan, {"crm": source}, seconds=0.3)
    assert {run.status for run in runs.values()} == {"timeout"}
    assert all(run.asked for run in runs.values())
    assert 0.295 < took < 0.3
    assert source.cancelled


def test_a_source_gets_a_little_less_time_than_the_answer(build, look):
    source = build.FakeSource(ok())
    look(build.plan(build.lookup()), {"crm": source}, seconds=1.0)
    queried_at, _, deadline = source.queries[0]
    assert 0.98 < deadline.at - queried_at < 1.0


def test_a_source_that_resists_cancellation_delays_no_answer(build, look):
    async def stubborn(query, deadline):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)
        return ok()

    plan = build.plan(
        build.lookup("customer"), build.lookup("shop", build.source_call("shop"))
    )
    sources = {"crm": build.FakeSource(stubborn), "shop": build.FakeSource(ok())}
    runs, took, _ = look(plan, sources, seconds=0.3)
    assert runs["customer"].status == "timeout"
    assert runs["shop"].status == "ok"
    assert took == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (ValueError("a mistake"), "error"),
        (TimeoutError(), "timeout"),
        (SourceTimeout("late"), "timeout"),
        (SourceRejected("no"), "error"),
        (asyncio.CancelledError(), "error"),
        (RecursionError(), "error"),
    ],
)
def test_a_source_that_raises_fails_its_lookup(build, look, raised, status, count):
    plan = build.plan(*map(build.lookup, ["customer", "other"][:count]))
    runs, took, _ = look(plan, {"crm": build.FakeSource(raised)})
    assert runs["customer"].status == status
    assert took == 0


@pytest.mark.parametrize("nonsense", [None, "ok", {"status": "ok"}, Outcome("fine")])
def test_a_source_without_an_outcome_fails_its_lookup(build, look, nonsense):
    runs, _, _ = look(build.plan(build.lookup()), {"crm": build.FakeSource(nonsense)})
    assert runs["customer"].status == "error"


def test_a_missing_source_fails_its_lookup(build, look):
    runs, _, _ = look(build.plan(build.lookup()), {})
    assert runs["customer"].status == "error"


def test_cancelling_the_answer_cancels_its_lookups(build):
    source = build.FakeSource(ok(), after=60)

    async def work(plan):
        clock = asyncio.get_running_loop().time
        scope = RequestScope({}, {}, datetime.now(UTC), "r-1", [])
        sources = starts({"crm": source})
        lookups = Lookups(plan, scope, sources, Deadline.after(9, clock))
        task = asyncio.create_task(finished(lookups))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        return source.cancelled

    assert build.run(work(build.plan(build.lookup())))
    source.cancelled = False
    assert build.run(work(build.plan(build.lookup("a"), build.lookup("b"))))


class Joined(InFlight):
    """A request in flight that never ends; ``moments``: when its caller's time was
    over."""

    def __init__(self, clock):
        super().__init__(SingleFlight(FairScheduler()), None, clock)
        self.moments = []

    def abort(self):
        pass

    def late(self):
        self.moments.append(self.clock())

    def late_result(self):
        return Outcome("timeout", code="deadline", tries=1)


def test_a_source_times_out_before_the_deadline_of_the_lookups(build, look):
    flights = []

    class Joining:
        def start(self, query, deadline, heard, watched):
            flights.append(Joined(asyncio.get_running_loop().time))
            return flights[-1].join(heard, deadline, watched=watched)

    plan = build.plan(build.lookup("a"), build.lookup("b"))
    runs, took, _ = look(plan, {"crm": Joining()})
    assert {run.status for run in runs.values()} == {"timeout"}
    assert {run.outcome.tries for run in runs.values()} == {1}
    assert round(took, 4) == 1 - SOURCE_MARGIN
    assert [len(flight.moments) for flight in flights] == [1, 1]


def test_a_wait_without_its_own_timeout_ends_at_the_deadline(build, look):
    class Deaf:
        def start(self, query, deadline, heard, watched):
            flight = Joined(asyncio.get_running_loop().time)
            flight.flights.scheduler.later = lambda work: None
            return flight.join(heard, deadline, watched=watched)

    runs, took, _ = look(build.plan(build.lookup("a")), {"crm": Deaf()})
    assert (runs["a"].status, runs["a"].outcome.tries) == ("timeout", 0)
    assert round(took, 4) == 1 - ANSWER_MARGIN


# ---------------------------------------------------------------- side by side


def test_independent_lookups_run_concurrently(build, look):
    names = ["a", "b", "c"]
    plan = build.plan(*map(build.lookup, names))
    source = build.FakeSource(ok(), after=0.1)
    _, took, _ = look(plan, {"crm": source})
    assert took == pytest.approx(0.1)
    assert len(source.queries) == 3


def test_a_lookup_waits_only_for_the_lookups_it_references(build, look):
    plan = build.plan(
        build.lookup("last", build.source_call("fast", names=("first",))),
        build.lookup("first", build.source_call("fast")),
        build.lookup("slow", build.source_call("slow")),
        order=("first", "last", "slow"),
    )
    fast = build.FakeSource(ok(), after=0.1)
    slow = build.FakeSource(ok(), after=0.5)
    runs, took, _ = look(plan, {"fast": fast, "slow": slow})
    assert took == pytest.approx(0.5)
    assert runs["last"].started - runs["first"].started == pytest.approx(0.1)
    assert list(runs) == ["last", "first", "slow"]


def test_a_slow_source_does_not_affect_the_others(build, look):
    plan = build.plan(build.lookup("a"), build.lookup("b", build.source_call("hung")))
    sources = {"crm": build.FakeSource(ok()), "hung": build.FakeSource(ok(), after=60)}
    runs, _, _ = look(plan, sources, seconds=0.5)
    assert (runs["a"].status, runs["b"].status) == ("ok", "timeout")


def test_a_lookup_that_references_a_late_one_takes_its_status(build, look):
    plan = build.plan(
        build.lookup("first"),
        build.lookup("second", build.source_call("shop", names=("first",))),
    )
    shop = build.FakeSource(ok())
    sources = {"crm": build.FakeSource(ok(), after=60), "shop": shop}
    runs, _, _ = look(plan, sources)
    assert (runs["second"].status, runs["second"].asked) == ("timeout", False)
    assert not shop.queries


def test_a_lookup_that_waits_for_a_late_status_times_out(build, look):
    plan = build.plan(
        build.lookup("first"),
        build.lookup(
            "second", build.source_call("shop"), when=build.status_of("first")
        ),
    )
    sources = {"crm": build.FakeSource(ok(), after=60), "shop": build.FakeSource(ok())}
    runs, _, _ = look(plan, sources)
    assert (runs["second"].status, runs["second"].asked) == ("timeout", False)


# ------------------------------------------------------------- when and failure


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}])
def test_a_false_when_skips_the_lookup(build, look, value):
    source = build.FakeSource(ok())
    plan = build.plan(build.lookup(when=build.constant(value)))
    runs, _, _ = look(plan, {"crm": source})
    assert (runs["customer"].status, runs["customer"].asked) == ("skipped", False)
    assert not source.queries


@pytest.mark.parametrize("value", [True, 1, "0", "false", " ", [0]])
def test_a_truthy_when_asks_the_source(build, look, value):
    plan = build.plan(build.lookup(when=build.constant(value)))
    runs, _, _ = look(plan, {"crm": build.FakeSource(ok())})
    assert runs["customer"].status == "ok"


def test_a_when_that_raises_is_false_with_a_note(build, look):
    def broken(scope):
        raise ZeroDivisionError("division by zero")

    plan = build.plan(build.lookup(when=build.expression(broken)))
    runs, _, scope = look(plan, {"crm": build.FakeSource(ok())})
    assert runs["customer"].status == "skipped"
    assert scope.notes


@pytest.mark.parametrize("status", FAILED)
def test_a_lookup_with_parameters_of_a_failed_one_takes_its_status(build, look, status):
    plan = build.plan(
        build.lookup("first"),
        build.lookup("second", build.source_call("shop", names=("first",))),
        build.lookup("third", build.source_call("shop", names=("second",))),
    )
    shop = build.FakeSource(ok())
    runs, _, _ = look(plan, {"crm": build.FakeSource(Outcome(status)), "shop": shop})
    assert [run.status for run in runs.values()] == [status] * 3
    assert [run.asked for run in runs.values()] == [True, False, False]
    assert not shop.queries


def test_a_false_when_that_names_a_failed_result_takes_its_status(build, look):
    plan = build.plan(
        build.lookup("first"),
        build.lookup("second", build.source_call("shop"), when=build.field("first")),
    )
    sources = {"crm": build.FakeSource(Outcome("open")), "shop": build.FakeSource(ok())}
    runs, _, _ = look(plan, sources)
    assert (runs["second"].status, runs["second"].asked) == ("open", False)


def test_a_true_when_that_names_a_failed_result_is_asked(build, look):
    when = build.expression(lambda scope: not scope.values["first"], "first")
    plan = build.plan(
        build.lookup("first"),
        build.lookup("second", build.source_call("shop"), when=when),
    )
    sources = {"crm": build.FakeSource(Outcome("open")), "shop": build.FakeSource(ok())}
    runs, _, _ = look(plan, sources)
    assert runs["second"].status == "ok"


def test_a_false_when_that_names_only_a_status_skips(build, look):
    def healthy(scope):
        return scope.values["lookups"]["first"]["status"] == "ok"

    when = build.expression(healthy)
    second = build.lookup(
        "second", build.source_call("shop"), when=when, waits=("first",)
    )
    plan = build.plan(build.lookup("first"), second)
    sources = {
        "crm": build.FakeSource(Outcome("error")),
        "shop": build.FakeSource(ok()),
    }
    runs, _, _ = look(plan, sources)
    assert runs["second"].status == "skipped"


@pytest.mark.parametrize("status", ["not_found", "stale", "ok"])
def test_an_empty_result_does_not_fail_dependent_lookups(build, look, status):
    plan = build.plan(
        build.lookup("first"),
        build.lookup("second", build.source_call("shop", names=("first",))),
    )
    sources = {
        "crm": build.FakeSource(Outcome(status, {})),
        "shop": build.FakeSource(ok()),
    }
    runs, _, _ = look(plan, sources)
    assert [run.status for run in runs.values()] == [status, "ok"]


def test_unbound_parameters_skip_the_lookup(build, look):
    link = build.source_call(params=lambda scope: Skip("withheld"))
    runs, _, _ = look(build.plan(build.lookup("customer", link)), {})
    run = runs["customer"]
    assert (run.status, run.asked, run.message) == ("skipped", False, "withheld")


def test_an_exception_in_parameters_fails_the_lookup(build, look):
    def broken(scope):
        raise KeyError("a mistake of ours")

    plan = build.plan(build.lookup("customer", build.source_call(params=broken)))
    runs, _, _ = look(plan, {})
    assert (runs["customer"].status, runs["customer"].asked) == ("error", False)


# ---------------------------------------------------------------------- chains


def test_fallbacks_cut_by_the_deadline_keep_the_first_failure(build, look):
    plan = build.plan(
        build.lookup("contact", build.source_call("a"), build.source_call("b"))
    )
    hung = build.FakeSource(ok(), after=60)
    runs, _, _ = look(plan, {"a": build.FakeSource(Outcome("error")), "b": hung})
    assert (runs["contact"].status, runs["contact"].source) == ("error", "a")
    runs, _, _ = look(plan, {"a": build.FakeSource(Outcome("not_found")), "b": hung})
    assert (runs["contact"].status, runs["contact"].source) == ("timeout", "b")


def test_a_fallback_is_asked_if_the_first_references_a_failed_lookup(build, look):
    links = (build.source_call("a", names=("first",)), build.source_call("b"))
    plan = build.plan(build.lookup("first"), build.lookup("second", *links))
    a, b = build.FakeSource(ok("a")), build.FakeSource(ok("b"))
    sources = {"crm": build.FakeSource(Outcome("busy")), "a": a, "b": b}
    runs, _, _ = look(plan, sources)
    assert (runs["second"].status, runs["second"].record) == ("ok", "b")
    assert not a.queries
    b.answer = Outcome("not_found")
    runs, _, _ = look(plan, sources)
    assert (runs["second"].status, runs["second"].asked) == ("busy", True)
