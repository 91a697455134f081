"""``ivrhooks outbox``: list, show, retry, drop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.leasing import Lane, TryResult, claim, finish
from ivrhooks.actions.service import outbox_of
from ivrhooks.config.loader import load

Run = Callable[..., Result]


@pytest.fixture
def ids(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A dead one and one that waits."""
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(folder))
    outbox = outbox_of(load(folder))
    params = {"json": {"tel": "13800000001"}}

    async def fill() -> list[str]:
        drafts = [
            Draft("vip", "note", "crm", "request", params),
            Draft("vip", "order", "crm", "request", params),
        ]
        accepted = await outbox.store(drafts)
        lane = Lane("crm", 1, 40.0)
        (held,), _ = await outbox.run(lambda c, now: claim(c, [lane], now))
        refused = TryResult(held, "dead", status=422, error="refused")
        await outbox.run(lambda c, now: finish(c, refused, now))
        return [action.id for action in accepted]

    stored = asyncio.run(fill())
    outbox.close()
    return stored


def data(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_they_are_listed(run: Run, ids: list[str]) -> None:
    text = run("outbox", "list").stdout
    assert "1 waiting" in text
    assert "1 dead" in text
    assert ids[0] in text
    listed = data(run("outbox", "list", "--json"))
    assert [action["state"] for action in listed["actions"]] == ["waiting", "dead"]
    dead = data(run("outbox", "list", "--state", "dead", "--source", "crm", "--json"))
    assert [action["id"] for action in dead["actions"]] == [ids[0]]


def test_one_is_shown_masked(run: Run, ids: list[str]) -> None:
    text = run("outbox", "show", ids[0]).stdout
    assert "138****0001" in text
    assert "13800000001" not in text
    assert "\nrequest:\n  json:\n    tel: 138****0001\n" in text
    shown = data(run("outbox", "show", ids[0], "--show-personal", "--json"))
    assert shown["request"] == {"json": {"tel": "13800000001"}}
    assert run("outbox", "show", "nobody").exit_code == 1


def test_dead_ones_are_tried_again(run: Run, ids: list[str]) -> None:
    result = run("outbox", "retry", "--all", "--state", "dead")
    assert "1 action will be tried again." in result.output
    states = data(run("outbox", "list", "--json"))["actions"]
    assert [state["state"] for state in states] == ["waiting", "waiting"]


def test_an_unknown_action_is_reported(run: Run, ids: list[str]) -> None:
    result = run("outbox", "retry", ids[0], "nobody", "--json")
    assert json.loads(result.stdout) == {"ok": False, "changed": 1, "missed": 1}
    assert result.exit_code == 1


def test_many_are_dropped_after_a_question(run: Run, ids: list[str]) -> None:
    words = ("outbox", "drop", "--all", "--state", "waiting")
    assert run(*words, input="n\n").exit_code == 1
    assert data(run(*words, "--yes", "--json"))["changed"] == 1
    states = data(run("outbox", "list", "--json"))["actions"]
    assert [state["state"] for state in states] == ["dropped", "dead"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("retry",), "Name the actions by their ids, or say --all."),
        (("retry", "--all"), "Beside --all say which"),
        (("retry", "--all", "--state", "delivered"), "That can be done to"),
        (("retyr",), "Did you mean 'retry'?"),
        (("list", "--state", "done"), "Invalid value"),
    ],
)
def test_an_impossible_option_is_a_usage_error(
    run: Run, ids: list[str], words: tuple[str, ...], message: str
) -> None:
    result = run("outbox", *words)
    assert result.exit_code == 2
    assert message in result.output


def test_a_store_that_fails_is_reported_in_words(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "outbox.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    result = run("outbox", "list", "--config", folder)
    assert result.exit_code == 1
    assert "The outbox cannot be read: DatabaseError." in result.output
