"""Of several entries the one that ``pick:`` names."""

from __future__ import annotations

import pytest

from ivrhooks.sources.picking import pick_entry

ENTRIES = [
    {"id": "10", "made": None, "risk": 0},
    {"id": "9", "made": 5.0, "risk": 1},
    {"id": "8", "made": 5.0, "risk": 2},
    {"id": "7", "made": 4.0, "risk": 2},
]


def picked(pick, entries=ENTRIES):
    return pick_entry(
        entries,
        pick,
        identity=lambda entry: entry["id"],
        created=lambda entry: entry["made"],
        risk=lambda entry: entry["risk"],
    )["id"]


@pytest.mark.parametrize(
    ("pick", "wanted"), [("first", "10"), ("newest", "9"), ("risk_first", "7")]
)
def test_each_pick_names_one(pick, wanted):
    assert picked(pick) == wanted


def test_without_dates_the_newest_has_the_highest_id_as_text():
    assert picked("newest", [entry | {"made": None} for entry in ENTRIES]) == "9"


def test_without_risk_the_lowest_id_as_text_comes():
    assert picked("risk_first", [entry | {"risk": 0} for entry in ENTRIES]) == "10"
