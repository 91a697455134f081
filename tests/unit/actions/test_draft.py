"""Drafts: ids that are no secret and never the same, parameters that come back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivrhooks.actions.draft import dump_params, load_params, made_up_id, new_id
from ivrhooks.basics.phone import read_phone


def test_no_id_is_made_twice_and_none_looks_made_up() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert not any(entry_id.startswith("00000000-0000") for entry_id in ids)


def test_made_up_ids_are_known_by_their_form() -> None:
    assert made_up_id(2) == "00000000-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"json": {"a": [1, None, "é", 2.5]}},
        {"items": [{"phone": read_phone("+8613800000001")}]},
        {"n": 2**80},
        {"text": "\ud800"},
    ],
)
def test_parameters_come_back_as_they_were(params: dict[str, Any]) -> None:
    assert load_params(dump_params(params)) == params


def test_moments_are_kept_as_text() -> None:
    moment = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    assert load_params(dump_params({"at": moment})) == {
        "at": "2026-10-01T09:30:00+00:00"
    }
