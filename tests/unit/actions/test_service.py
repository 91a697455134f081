"""The outbox of a process: opened where it is needed, followed through reloads."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.alerting import alert_draft
from ivrhooks.actions.draft import NotStored
from ivrhooks.actions.interface import FILE, DeadAction, Filter
from ivrhooks.actions.service import ActionService, outbox_of, stored_of
from ivrhooks.config.plan import ActionPlan, Configuration, ConsoleSettings, Plan
from ivrhooks.sources.interface import Outcome, SourceSettings


class System:
    """A source that answers at once."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.queries: list[Any] = []

    async def ask(self, query: Any, deadline: Any) -> Outcome:
        self.queries.append(query)
        return self.outcome


@pytest.fixture
def plan(build: Any) -> Plan:
    made: Plan = build.plan(actions=(ActionPlan("note", build.source_call()),))
    return made


def configured(*plans: Plan, store: str = "") -> Configuration:
    sources = {"crm": SourceSettings("crm", "http", "http://127.0.0.1:9")}
    return Configuration(
        "",
        "abc",
        "sobot",
        {plan.path: plan for plan in plans},
        sources,
        ConsoleSettings(),
        store=store,
    )


def service(tmp_path: Path, **more: Any) -> ActionService:
    return ActionService(folder=lambda: tmp_path, **more)


def test_without_actions_nothing_is_opened(tmp_path: Path, plan: Plan) -> None:
    made = service(tmp_path)
    assert made.outbox(configured(replace(plan, actions=()))) is None
    assert made.health().store == "unused"
    assert made.summary() is None
    made.close()
    assert [*tmp_path.iterdir()] == []


def test_earlier_actions_are_delivered_by_a_plan_without_actions(
    tmp_path: Path, plan: Plan
) -> None:
    (tmp_path / FILE).touch()
    made = service(tmp_path)
    assert made.outbox(configured(replace(plan, actions=()))) is not None
    made.close()


def test_a_reload_keeps_the_outbox(tmp_path: Path, plan: Plan) -> None:
    made = service(tmp_path)
    first = made.outbox(configured(plan))
    assert made.outbox(configured(plan)) is first
    assert made.outbox(configured(replace(plan, actions=()))) is first
    other = made.outbox(configured(plan, store=f"sqlite:///{tmp_path}/other.db"))
    assert other is not first
    made.close()


def test_the_service_delivers_only_where_configured(
    tmp_path: Path, plan: Plan, draft: Any, run: Any
) -> None:
    async def work() -> System:
        made, system = service(tmp_path, delivers=True), System(Outcome("ok"))
        outbox = made.outbox(configured(plan))
        assert outbox is not None
        made.follow(configured(plan), {"crm": system})
        await outbox.store([draft()])
        while not system.queries:
            await asyncio.sleep(0.005)  # between looks at another thread
        await made.stop()
        made.close()
        return system

    assert len(run(work()).queries) == 1


def test_else_it_only_stores(tmp_path: Path, plan: Plan, draft: Any, run: Any) -> None:
    async def work() -> Any:
        made, system = service(tmp_path), System(Outcome("ok"))
        outbox = made.outbox(configured(plan))
        assert outbox is not None
        made.follow(configured(plan), {"crm": system})
        await outbox.store([draft()])
        health = made.health()
        await made.stop()
        made.close()
        return health, system.queries

    health, queries = run(work())
    assert (health.store, health.waiting, health.dead) == ("ok", 1, 0)
    assert queries == []


def test_alerts_are_stored_and_delivered_by_every_process(
    tmp_path: Path, plan: Plan, draft: Any, run: Any, free_port: Any
) -> None:
    """By one that delivers no actions too, and where no endpoint has any."""
    url = f"http://127.0.0.1:{free_port()}/hook"
    alerting = replace(configured(replace(plan, actions=())), alerts=url)

    async def work() -> list[tuple[str, int]]:
        made, results = service(tmp_path), list[bool]()
        made.store(draft(), results.append)  # nothing is open yet
        assert made.outbox(alerting) is not None
        system = System(Outcome("ok"))
        made.follow(alerting, {"crm": system})
        made.store(draft(), results.append)
        made.store(alert_draft("a", {"cause": "a"}), results.append)
        stored = made.stored
        assert stored is not None
        rows: list[dict[str, Any]] = []
        while not any(row["tries"] for row in rows):
            await asyncio.sleep(0.005)  # between looks at another thread
            rows = stored.recent(Filter())
        made.follow(replace(alerting, alerts=""), {"crm": system})
        await made.stop()
        made.close()
        assert (results, system.queries) == ([False, True, True], [])
        return [(row["source"], row["tries"]) for row in rows]

    assert dict(run(work())) == {"(alerts)": 1, "crm": 0}


def test_a_dead_one_is_reported(
    tmp_path: Path, plan: Plan, draft: Any, run: Any
) -> None:
    async def work() -> list[DeadAction]:
        dead: list[DeadAction] = []
        made = service(tmp_path, delivers=True)
        made.on_dead = dead.append
        outbox = made.outbox(configured(plan))
        assert outbox is not None
        made.follow(configured(plan), {"crm": System(Outcome("not_found"))})
        await outbox.store([draft()])
        while not dead:
            await asyncio.sleep(0.005)  # between looks at another thread
        await made.stop()
        made.close()
        return dead

    assert run(work())[0].action == "note"


def test_a_store_that_is_down_is_reported(
    tmp_path: Path, plan: Plan, draft: Any, run: Any
) -> None:
    async def work() -> str:
        made = service(tmp_path)
        url = f"sqlite:///{tmp_path}/no/outbox.db"
        outbox = made.outbox(configured(plan, store=url))
        assert outbox is not None
        with pytest.raises(NotStored):
            await outbox.store([draft()])
        health = made.health().store
        made.close()
        return health

    assert run(work()) == "down"


def test_a_data_folder_that_fails_is_no_end(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    def fails() -> Path:
        (tmp_path / "file" / "data").mkdir()
        raise AssertionError

    made = ActionService(folder=fails)
    assert made.outbox(configured(replace(plan, actions=()))) is None
    assert made.outbox(configured(plan)) is not None
    assert made.health().store == "down"
    made.close()


def test_the_command_line_opens_the_same(
    tmp_path: Path, plan: Plan, draft: Any, run: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path))
    outbox, stored = outbox_of(configured(plan)), stored_of(configured(plan))

    async def work() -> None:
        await outbox.store([draft()])

    run(work())
    outbox.close()
    assert stored.summary().totals["waiting"] == 1
    stored.close()
    assert (tmp_path / FILE).exists()
