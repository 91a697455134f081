"""The outbox for the console: lists, one of them, and what is done to many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.interface import Filter
from ivrhooks.actions.query import StoredActions
from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.services import outbox
from ivrhooks.store.cipher import Cipher
from support.sample_outbox import fill_outbox

NOTHING = ConsoleContext(
    configuration=lambda: Configuration("", "a", "sobot", {}, {}, ConsoleSettings()),
    token=lambda: "",
    journal=lambda: None,
    workers=lambda: [],
    address=lambda: "",
    now=lambda: 0.0,
)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[ConsoleContext, list[str]]]:
    url, cipher = f"sqlite:///{tmp_path / 'outbox.db'}", Cipher([b"k" * 32])
    ids = fill_outbox(url, cipher)
    stored = StoredActions(url, lambda: cipher)
    yield replace(NOTHING, outbox=lambda: stored), ids
    stored.close()


def test_without_an_outbox_there_is_nothing() -> None:
    assert outbox.recent(NOTHING) == {
        "actions": [],
        "waiting": 0,
        "dead": 0,
        "oldest_s": 0.0,
    }
    with pytest.raises(ConsoleError):
        outbox.entry(NOTHING, "x")
    nobody = Filter(ids=("x",))
    assert outbox.change(NOTHING, "retry", nobody) == {"changed": 0, "missed": 1}
    assert outbox.count(NOTHING, nobody) == 0


def test_it_is_listed_by_state(filled: Any) -> None:
    context, ids = filled
    rows = outbox.recent(context, state="dead")
    assert [action["id"] for action in rows["actions"]] == [ids[0]]
    assert (rows["waiting"], rows["dead"]) == (2, 1)
    with pytest.raises(ConsoleError, match="waiting, delivering"):
        outbox.recent(context, state="done")


def test_one_is_shown_masked(filled: Any) -> None:
    context, ids = filled
    assert "13800000001" not in repr(outbox.entry(context, ids[0]))
    shown = outbox.entry(context, ids[0], show_personal=True)
    assert shown["request"] == {"json": {"tel": "13800000001"}}


def test_many_are_changed(filled: Any) -> None:
    context, ids = filled
    assert outbox.count(context, Filter("waiting")) == 2
    dropped = outbox.change(context, "drop", Filter("waiting"))
    assert dropped == {"changed": 2, "missed": 0}
    again = outbox.change(context, "retry", Filter(ids=(ids[0], "nobody")))
    assert again == {"changed": 1, "missed": 1}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ([], "send a JSON object"),
        ({"id": "x"}, "'id' is no key here"),
        ({"ids": "x"}, "ids: send a list"),
        ({}, "send ids, or all: true"),
        ({"ids": ["x"], "all": True}, "send ids, or all: true"),
        ({"all": True}, "state: send one of dead, waiting"),
        ({"all": True, "state": "delivered"}, "state: send one of"),
        ({"all": True, "state": "dead", "source": 1}, "source: send the name"),
    ],
)
def test_a_request_that_means_nothing_is_refused(request_: Any, words: str) -> None:
    with pytest.raises(ConsoleError, match=words):
        outbox.read_filter("retry", request_)


def test_a_request_is_read() -> None:
    assert outbox.read_filter("drop", {"ids": ["a"]}) == Filter(ids=("a",))
    wanted = {"all": True, "state": "dead", "source": "crm"}
    assert outbox.read_filter("retry", wanted) == Filter("dead", "crm")
