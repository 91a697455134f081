"""Delivery: each action by its source, with its key, in its lane, until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ivrhooks.actions.delivery import Delivery
from ivrhooks.actions.draft import NotStored
from ivrhooks.actions.interface import DeadAction
from ivrhooks.actions.storing import unseal_answer
from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.sources.interface import Outcome, Query, SourceSettings
from ivrhooks.store.cipher import Cipher


class System:
    """A source that answers in turn what it is given, and notes what it was asked."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.queries: list[Query] = []
        self.holding: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def ask(self, query: Query, deadline: Any) -> Outcome:
        self.queries.append(query)
        self.entered.set()
        if self.holding is not None:
            await self.holding.wait()
        return self.outcomes.pop(0) if self.outcomes else Outcome("ok", http=200)

    @property
    def texts(self) -> list[str]:
        return [query.params["json"]["text"] for query in self.queries]


def settings(*names: str) -> Mapping[str, SourceSettings]:
    return {name: SourceSettings(name, "http", "http://127.0.0.1:9") for name in names}


def configured(*names: str) -> Configuration:
    return Configuration("", "abc", "sobot", {}, settings(*names), ConsoleSettings())


def delivering(outbox: Any, systems: Mapping[str, System], **more: Any) -> Delivery:
    delivery = Delivery(outbox, chance=lambda: 0.5, **more)
    delivery.follow(configured(*systems), systems)
    outbox.on_stored = delivery.wake
    delivery.start()
    return delivery


async def reached(store: Any, *states: str) -> None:
    """Returns once the actions are in these states."""
    while await asyncio.to_thread(store.states) != list(states):
        await asyncio.sleep(0.005)  # between looks at another thread


def test_a_stored_action_is_delivered_with_its_id_as_key(
    store: Any, draft: Any, run: Any
) -> None:
    async def work() -> Any:
        system, outbox = System(), store.outbox()
        delivery = delivering(outbox, {"crm": system})
        accepted = await outbox.store([draft("a"), draft("b")])
        await reached(store, "delivered", "delivered")
        await delivery.stop(1.0)
        return accepted, system

    accepted, system = run(work())
    assert [action.idempotency_key for action in system.queries] == [
        action.id for action in accepted
    ]
    assert system.texts == ["a", "b"]


def test_a_failure_is_tried_again_later_with_the_same_key(
    store: Any, draft: Any, run: Any
) -> None:
    async def work() -> System:
        system = System(Outcome("error", code="unavailable", http=503, tries=1))
        outbox = store.outbox()
        delivery = delivering(outbox, {"crm": system})
        await outbox.store([draft("a")])
        await system.entered.wait()
        await reached(store, "waiting")
        assert store.rows()[0].tries == 1
        store.clock.now += 1.0
        delivery.wake()
        await reached(store, "delivered")
        await delivery.stop(1.0)
        return system

    system = run(work())
    first, second = system.queries
    assert first.idempotency_key == second.idempotency_key


def test_a_permanent_refusal_is_dead_and_reported(
    store: Any, draft: Any, cipher: Cipher, run: Any
) -> None:
    alerts: list[DeadAction] = []

    async def work() -> None:
        refused = Outcome(
            "error", code="rejected", http=422, message="no", tries=1, answer=b"<no>"
        )
        outbox = store.outbox()
        delivery = delivering(outbox, {"crm": System(refused)}, on_dead=alerts.append)
        await outbox.store([draft("a")])
        await reached(store, "dead")
        await delivery.stop(1.0)

    run(work())
    ((dead),) = alerts
    assert (dead.endpoint, dead.action, dead.error) == ("vip", "a", "no")
    sealed = store.rows()[0].answer
    assert b"<no>" not in sealed
    assert unseal_answer(cipher, dead.id, sealed) == "<no>"


def test_an_expired_action_is_reported(store: Any, draft: Any, run: Any) -> None:
    dead: list[DeadAction] = []

    async def work() -> None:
        outbox = store.outbox()
        await outbox.store([draft("a", give_up=60.0, delay=30.0)])
        store.clock.now += 60.0
        delivery = delivering(outbox, {"crm": System()}, on_dead=dead.append)
        await reached(store, "dead")
        await delivery.stop(1.0)

    run(work())
    assert [action.error for action in dead] == [
        "given up: it was not delivered in time"
    ]


def test_a_hanging_source_delays_no_other(store: Any, draft: Any, run: Any) -> None:
    async def work() -> None:
        hanging, quick, outbox = System(), System(), store.outbox()
        hanging.holding = asyncio.Event()
        systems = {"crm": hanging, "shop": quick}
        delivery = delivering(outbox, systems, concurrency=1)
        await outbox.store([draft("a"), draft("b"), draft("c", source="shop")])
        await reached(store, "delivering", "waiting", "delivered")
        hanging.holding.set()
        await reached(store, "delivered", "delivered", "delivered")
        await delivery.stop(1.0)

    run(work())


def test_a_source_with_an_open_breaker_is_not_called(
    store: Any, draft: Any, run: Any
) -> None:
    class State:
        breaker = "open"

    async def work() -> None:
        closed, quick, outbox = System(), System(), store.outbox()
        closed.state = State()  # type: ignore[attr-defined]
        delivery = delivering(outbox, {"crm": closed, "shop": quick})
        await outbox.store([draft("a"), draft("b", source="shop")])
        await reached(store, "waiting", "delivered")
        assert closed.queries == []
        State.breaker = "half_open"
        delivery.wake()
        await reached(store, "delivered", "delivered")
        await delivery.stop(1.0)

    run(work())


def test_the_end_waits_for_tries_under_way(store: Any, draft: Any, run: Any) -> None:
    async def work() -> None:
        system, outbox = System(), store.outbox()
        system.holding = asyncio.Event()
        delivery = delivering(outbox, {"crm": system})
        await outbox.store([draft("a")])
        await system.entered.wait()
        ending = asyncio.create_task(delivery.stop(30.0))
        system.holding.set()
        await ending

    run(work())
    assert store.states() == ["delivered"]


def test_the_end_releases_unfinished_actions(store: Any, draft: Any, run: Any) -> None:
    async def work() -> None:
        system, outbox = System(), store.outbox()
        system.holding = asyncio.Event()
        delivery = delivering(outbox, {"crm": system})
        await outbox.store([draft("a")])
        await system.entered.wait()
        await delivery.stop(0.0)

    run(work())
    (row,) = store.rows()
    assert (row.state, row.lease, row.tries) == ("waiting", None, 0)


def test_a_result_is_written_when_the_store_is_back(
    file_store: Any, draft: Any, run: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ivrhooks.actions.delivery.AGAIN_SECONDS", 0.01)

    async def work() -> None:
        system, outbox = System(), file_store.outbox()
        system.holding = asyncio.Event()
        delivery = delivering(outbox, {"crm": system})
        await outbox.store([draft("a")])
        await system.entered.wait()
        inner, failures = outbox.run, iter(range(3))

        def failing(work: Any, **more: Any) -> Any:
            if next(failures, None) is None:
                return inner(work, **more)
            future = asyncio.get_running_loop().create_future()
            future.set_exception(NotStored("gone"))
            return future

        outbox.run = failing
        system.holding.set()
        await reached(file_store, "delivered")
        await delivery.stop(1.0)
        assert len(system.queries) == 1

    run(work())


def test_undecryptable_actions_wait_for_a_worker_with_the_key(
    file_store: Any, draft: Any, run: Any
) -> None:
    async def work() -> None:
        await file_store.outbox().store([draft("a")])
        system, other = System(), file_store.outbox()
        other._open_cipher = lambda: Cipher([b"o" * 32])
        delivery = delivering(other, {"crm": system})
        while not (row := file_store.rows()[0]).error:
            await asyncio.sleep(0.005)  # between looks at another thread
        assert (row.state, row.tries) == ("waiting", 0)
        assert "a key that is not here" in row.error
        await delivery.stop(1.0)

    run(work())


def test_an_operation_that_is_no_more_is_dead(
    file_store: Any, draft: Any, run: Any
) -> None:
    async def work() -> None:
        outbox = file_store.outbox()
        delivery = delivering(outbox, {"crm": System()})
        await outbox.store([draft("a", operation="add_note")])
        await reached(file_store, "dead")
        await delivery.stop(1.0)

    run(work())
    assert "no operation add_note any more" in file_store.rows()[0].error


def test_a_source_that_raises_costs_a_try(
    file_store: Any, draft: Any, run: Any, caplog: Any
) -> None:
    class Broken(System):
        async def ask(self, query: Query, deadline: Any) -> Outcome:
            raise RuntimeError("a mistake")

    async def work() -> None:
        outbox = file_store.outbox()
        delivery = delivering(outbox, {"crm": Broken()})
        await outbox.store([draft("a")])
        while not file_store.rows()[0].tries:
            await asyncio.sleep(0.005)  # between looks at another thread
        await delivery.stop(1.0)

    run(work())


@pytest.mark.parametrize("workers", [1, 2])
def test_each_is_delivered_once_and_in_order(
    store: Any, draft: Any, run: Any, workers: int
) -> None:
    async def work() -> list[str]:
        system = System()
        outboxes = [store.outbox() for _ in range(workers)]
        deliveries = [delivering(outbox, {"crm": system}) for outbox in outboxes]
        drafts = [
            draft(f"{caller}-{number}", order=f"caller {caller}")
            for number in range(5)
            for caller in range(6)
        ]
        await outboxes[0].store(drafts)
        await reached(store, *["delivered"] * len(drafts))
        for outbox in deliveries:
            await outbox.stop(1.0)
        return system.texts

    texts = run(work())
    assert len(texts) == len(set(texts)) == 30
    for caller in range(6):
        own = [text for text in texts if text.startswith(f"{caller}-")]
        assert own == sorted(own)
