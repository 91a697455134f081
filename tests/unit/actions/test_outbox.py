"""The writer: stored before it says so, never in the way when the store fails."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from ivrhooks.actions.delivery import Delivery
from ivrhooks.actions.draft import NotStored
from ivrhooks.actions.outbox import Outbox
from ivrhooks.actions.query import StoredActions
from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.sources.interface import Outcome, SourceSettings


async def healthy(outbox: Outbox) -> None:
    """Returns once the store can be written again."""
    while outbox.trouble:
        await asyncio.sleep(0.005)  # between looks at another thread


def test_a_stored_action_is_in_the_database(store: Any, draft: Any, run: Any) -> None:
    async def work() -> Any:
        return await store.outbox().store([draft("a"), draft("b")])

    accepted = run(work())
    assert [row.id for row in store.rows()] == [action.id for action in accepted]


def test_many_callers_share_commits(file_store: Any, draft: Any, run: Any) -> None:
    commits: list[int] = []

    async def work() -> None:
        outbox = file_store.outbox()
        await outbox.store([draft("first")])
        inner = outbox._run_transaction

        def counted(jobs: Any) -> None:
            commits.append(len(jobs))
            inner(jobs)

        outbox._run_transaction = counted  # type: ignore[method-assign]
        await asyncio.gather(*(outbox.store([draft(f"a{n}")]) for n in range(200)))

    run(work())
    assert sum(commits) == 200
    assert len(commits) < 50


def test_work_is_done_in_the_writers_transaction(store: Any, run: Any) -> None:
    async def work() -> Any:
        return await store.outbox().run(lambda connection, now: now)

    assert run(work()) == store.clock.now


def test_without_a_clock_the_store_knows_the_time(store: Any, run: Any) -> None:
    async def work() -> Any:
        return await store.outbox(clock=None).run(lambda connection, now: now)

    assert run(work()) > 1_700_000_000


def test_a_cancelled_wait_stores_nothing(store: Any, draft: Any, run: Any) -> None:
    async def work() -> None:
        outbox = store.outbox()
        held, go = threading.Event(), threading.Event()

        def hold(connection: Any, now: float) -> None:
            held.set()
            go.wait(30)

        holding = outbox.run(hold)
        await asyncio.to_thread(held.wait, 30)
        early, kept = outbox.store([draft("early")]), outbox.store([draft("kept")])
        early.cancel()
        go.set()
        await holding
        await kept

    run(work())
    assert [row.action for row in store.rows()] == ["kept"]


def test_a_wait_cancelled_during_the_commit_is_withdrawn(
    store: Any, draft: Any, run: Any
) -> None:
    async def work() -> None:
        outbox = store.outbox()
        await outbox.store([draft("first")])
        inner, loop = outbox._report_done, asyncio.get_running_loop()
        written = asyncio.Event()
        late: Any = None

        def after_commit(jobs: Any) -> None:
            loop.call_soon_threadsafe(late.cancel)
            inner(jobs)
            loop.call_soon_threadsafe(written.set)

        outbox._report_done = after_commit
        late = outbox.store([draft("late")])
        await written.wait()
        outbox._report_done = inner
        await outbox.run(lambda connection, now: None)

    run(work())
    assert [row.action for row in store.rows()] == ["first"]


def test_a_store_that_cannot_be_opened_is_reported_at_once(
    tmp_path: Path, draft: Any, cipher: Any, run: Any, caplog: Any
) -> None:
    outbox = Outbox(f"sqlite:///{tmp_path}/no/outbox.db", lambda: cipher, look=0.01)

    async def work() -> None:
        outbox.start()
        with pytest.raises(NotStored):
            await outbox.store([draft()])
        with pytest.raises(NotStored, match="the store cannot be written"):
            await outbox.store([draft()])
        (tmp_path / "no").mkdir()
        await healthy(outbox)
        await outbox.store([draft()])

    run(work())
    outbox.close()
    assert "the outbox can be written again" in caplog.text


def test_a_full_disk_costs_the_actions_and_nothing_else(
    file_store: Any, draft: Any, run: Any
) -> None:
    def full(connection: Any, now: float) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    async def work() -> str:
        outbox = file_store.outbox(look=60.0)
        await outbox.run(full)
        with pytest.raises(NotStored) as why:
            await outbox.store([draft(params={"text": "x" * 200_000})])
        return str(why.value)

    assert run(work()) == "the store cannot be written: the disk is full"
    assert file_store.rows() == []


def test_a_file_that_can_only_be_read(
    file_store: Any, draft: Any, cipher: Any, run: Any
) -> None:
    file = file_store.url.removeprefix("sqlite:///")
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    outbox = Outbox(url, lambda: cipher)

    async def work() -> None:
        with pytest.raises(NotStored, match="it can only be read"):
            await outbox.store([draft()])

    run(work())
    outbox.close()


def test_another_process_that_holds_the_file_is_waited_for(
    file_store: Any, draft: Any, run: Any
) -> None:
    file = file_store.url.removeprefix("sqlite:///")

    async def work() -> None:
        outbox = file_store.outbox()
        await outbox.store([draft("a")])
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = outbox.store([draft("b")])
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        other.execute("ROLLBACK")
        other.close()
        await waiting

    run(work())
    assert len(file_store.rows()) == 2


def test_a_stalled_store_delays_no_later_action(
    file_store: Any, draft: Any, run: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ivrhooks.actions.outbox.STALL_SECONDS", 0.01)

    async def work() -> None:
        outbox = file_store.outbox()
        go = threading.Event()
        holding = outbox.run(lambda connection, now: go.wait(30))
        while not outbox.trouble:
            await asyncio.sleep(0.005)  # between looks at another thread
        with pytest.raises(NotStored, match="does not answer"):
            await outbox.store([draft()])
        go.set()
        await holding
        await healthy(outbox)
        await outbox.store([draft()])

    run(work())


def test_work_that_is_mistaken_costs_that_work_alone(
    store: Any, draft: Any, run: Any, caplog: Any
) -> None:
    def wrong(connection: Any, now: float) -> None:
        raise ValueError("a mistake")

    async def work() -> list[Any]:
        outbox = store.outbox()
        await outbox.store([draft("a")])
        jobs = (outbox.run(wrong), outbox.run(lambda connection, now: 7))
        return await asyncio.gather(*jobs, return_exceptions=True)

    mistaken, fine = run(work())
    assert isinstance(mistaken, NotStored)
    assert fine == 7


def test_postgresql_that_ends_and_comes_back(
    postgresql: Any, draft: Any, cipher: Any, run: Any
) -> None:
    outbox = Outbox(postgresql.url, lambda: cipher, look=0.05)

    async def work() -> Any:
        await outbox.store([draft("before")])
        await asyncio.to_thread(postgresql.stop)
        with pytest.raises(NotStored):
            await outbox.store([draft("lost")])
        await asyncio.to_thread(postgresql.start)
        await healthy(outbox)
        return await outbox.store([draft("after")])

    (accepted,) = run(work())
    outbox.close()
    assert not accepted.repeated


def test_waiting_actions_are_written_at_the_end(
    file_store: Any, draft: Any, run: Any
) -> None:
    outbox = file_store.outbox()

    async def work() -> Any:
        waiting = outbox.store([draft("a")])
        await asyncio.to_thread(outbox.close)
        return await waiting

    assert len(run(work())) == 1


def test_a_mistake_in_telling_a_loop_that_has_ended_is_none(
    file_store: Any, draft: Any, run: Any
) -> None:
    outbox = file_store.outbox()
    go = threading.Event()

    async def work() -> None:
        outbox.run(lambda connection, now: go.wait(30))
        outbox.store([draft("a")])

    run(work())
    go.set()
    outbox.close()
    assert [row.action for row in file_store.rows()] == ["a"]


def test_stored_actions_go_first_and_groups_do_not_mix(
    file_store: Any, draft: Any, run: Any
) -> None:
    done: list[list[str]] = []

    async def work() -> None:
        outbox = file_store.outbox()
        await outbox.store([draft("first")])
        go, held = threading.Event(), threading.Event()

        def hold(connection: Any, now: float) -> None:
            held.set()
            go.wait(30)

        holding = outbox.run(hold)
        await asyncio.to_thread(held.wait, 30)
        inner = outbox._run_transaction

        def noted(jobs: Any) -> None:
            done.append([job.group + job.order for job in jobs])
            inner(jobs)

        outbox._run_transaction = noted  # type: ignore[method-assign]
        nothing = lambda connection, now: None  # noqa: E731
        waiting = [
            outbox.run(nothing, group="finish", order="b"),
            outbox.run(nothing, group="claim"),
            outbox.run(nothing, group="finish", order="a"),
            outbox.store([draft("second")]),
        ]
        go.set()
        await asyncio.gather(holding, *waiting)

    run(work())
    assert done == [[""], ["claim"], ["finisha", "finishb"]]


def test_two_processes_never_wait_for_each_other(
    store: Any, draft: Any, cipher: Any, run: Any, caplog: Any
) -> None:
    """Tries of two sources end in two processes at the same time, while both claim."""

    async def work() -> None:
        outboxes = [store.outbox() for _ in range(3)]
        drafts = [
            draft(f"a{n}", source=("shop", "crm")[n % 2], order=f"o{n % 7}")
            for n in range(200)
        ]
        await outboxes[0].store(drafts)
        deliveries = [delivering(outbox) for outbox in outboxes]
        stored = StoredActions(store.url, lambda: cipher)
        while (await asyncio.to_thread(stored.summary)).totals["waiting"]:
            await asyncio.sleep(0.05)  # between looks at another thread
        for delivery in deliveries:
            await delivery.stop(1.0)
        stored.close()

    run(work())
    assert "their actions are not stored" not in caplog.text


def delivering(outbox: Outbox) -> Delivery:
    class Quick:
        async def ask(self, query: Any, deadline: Any) -> Outcome:
            return Outcome("ok", http=200)

    names = ("crm", "shop")
    sources = {
        name: SourceSettings(name, "http", "http://127.0.0.1:9") for name in names
    }
    settings = ConsoleSettings()
    configuration = Configuration("", "abc", "sobot", {}, sources, settings)
    delivery = Delivery(outbox)
    delivery.follow(configuration, dict.fromkeys(names, Quick()))
    delivery.start()
    return delivery


def test_a_commit_with_a_lost_reply_is_made_once(
    store: Any, draft: Any, run: Any
) -> None:
    """It was kept, and the connection broke before that was told."""

    async def work() -> Any:
        outbox = store.outbox()
        await outbox.store([draft("first")])
        inner, broken = outbox._run_transaction, iter([True])

        def breaking(jobs: Any) -> None:
            inner(jobs)
            if next(broken, False):
                raise DBAPIError("COMMIT", {}, Exception(), connection_invalidated=True)

        outbox._run_transaction = breaking  # type: ignore[method-assign]
        return await outbox.store([draft("a", key="k")])

    (accepted,) = run(work())
    first, once = store.rows()
    assert (first.action, once.id) == ("first", accepted.id)
    assert not accepted.repeated


def test_actions_reported_as_not_stored_are_removed(
    store: Any, draft: Any, run: Any
) -> None:
    async def work() -> None:
        outbox = store.outbox()
        await outbox.store([draft("first")])
        inner = outbox._run_transaction

        def breaking(jobs: Any) -> None:
            inner(jobs)
            outbox._run_transaction = inner  # type: ignore[method-assign]
            raise DBAPIError("COMMIT", {}, OSError("the server has gone"))

        outbox._run_transaction = breaking  # type: ignore[method-assign]
        with pytest.raises(NotStored):
            await outbox.store([draft("a")])
        await healthy(outbox)
        await outbox.store([draft("b")])

    run(work())
    assert [row.action for row in store.rows()] == ["first", "b"]
