# ruff: noqa: E501 - a case stands on one line
"""The keys of ``ivrhooks.yaml``: what is taken for an absent one, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.root import AlertsEntry, RootEntry, SystemApiEntry

EMPTY = "this is empty; write a text"
MAPPING = "write a mapping, `name: value`"


def test_an_empty_root_file_has_the_defaults_of_the_format(entry_of: Any) -> None:
    """docs/reference/settings.md."""
    root = entry_of(RootEntry, {})
    assert (root.version, root.caller, root.deadline, root.mode) == (
        1, "sobot", 2.0, "real",
    )  # fmt: skip
    assert (root.region, root.timezone, root.include) == (None, "UTC", ())
    assert (root.store, root.shared_cache, root.alerts.url) == ("", "", "")
    assert (root.console.enabled, root.console.allow_remote) == (False, False)
    journal = root.journal
    assert (journal.enabled, journal.keep, journal.answers) == (False, None, True)
    assert journal.max_entries == 1_000_000
    assert root.system_api is None
    assert (root.sources, root.calendars) == ({}, {})


def test_the_system_api_has_defaults_of_its_own(entry_of: Any) -> None:
    api = entry_of(SystemApiEntry, {"source": "crm"})
    assert (api.path, api.source) == ("/api/system/customer", "crm")
    assert (api.operation, api.params, api.request) == (Absent, Absent, Absent)
    assert (api.pick, api.unset, api.cache, api.mode) == (None, None, None, None)
    assert (api.deadline, api.on_invalid, api.allow_withheld) == (None, None, False)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ({"version": 2}, {"version": "this is 2; write 1"}),
        ({"mode": "test"}, {"mode": "this is 'test'; write real or mock"}),
        ({"timezone": " "}, {"timezone": EMPTY}),
        ({"deadline": "0s"}, {"deadline": "this is zero; write more than nothing"}),
        ({"alerts": {}}, {"alerts.url": 'is missing; write url: "${ALERT_URL}"'}),
        ({"alerts": {"url": ""}}, {"alerts.url": EMPTY}),
        ({"alerts": None}, {"alerts.url": 'is missing; write url: "${ALERT_URL}"'}),
        ({"alerts": "https://x"}, {"alerts": 'this is \'https://x\'; write a mapping, {url: "${ALERT_URL}"}'}),
        ({"journal": {"keep": 7}}, {"journal.keep": "a duration needs a unit: write 7d, not 7"}),
        ({"journal": {"max_entries": 0}}, {"journal.max_entries": "0 is too small; write 1 or more"}),
        ({"console": {"journal": 2}}, {"console.journal": "a duration needs a unit: write 2d, not 2"}),
        ({"console": {"enabled": "yes"}}, {"console.enabled": "this is 'yes'; write true or false"}),
        ({"calendars": ["office"]}, {"calendars": f"this is a list; {MAPPING}"}),
        ({"include": [1]}, {"include.0": "this is 1; write text, in quotes"}),
        ({"include": {}}, {"include": "this is a mapping; write a list of texts, [a, b]"}),
        ({"sources": ["crm"]}, {"sources": "this is a list; write a mapping, `crm: {…}`"}),
        ({"sources": 5}, {"sources": "this is 5; write a mapping, `name: {…}`"}),
        ({"system_api": {}}, {"system_api.source": "is missing; write source: the name of one under `sources` in ivrhooks.yaml"}),
        ({"system_api": {"source": "c", "path": ""}}, {"system_api.path": EMPTY}),
        ({"system_api": {"source": "c", "unset": "null"}}, {"system_api.unset": "this is 'null'; write omit or default"}),
        ({"system_api": {"source": "c", "on_invalid": 404}}, {"system_api.on_invalid": "this is 404; write 400, 200 or ignore"}),
        ({"system_api": {"source": "c", "inputs": {}}}, {"system_api.inputs": "unknown key `inputs`; the System API has one input, `tel`"}),
    ],
)  # fmt: skip
def test_a_value_that_the_root_file_cannot_have(
    refusals: Any, root: dict[str, Any], expected: dict[str, str]
) -> None:
    assert refusals(RootEntry, root) == expected


@pytest.mark.parametrize("key", ["include"])
def test_one_text_stands_for_a_list_of_one(entry_of: Any, key: str) -> None:
    assert getattr(entry_of(RootEntry, {key: "more"}), key) == ("more",)


def test_null_is_an_empty_section_or_an_empty_list(
    entry_of: Any, refusals: Any
) -> None:
    nothing = {"sources": None, "calendars": None, "console": None, "journal": None}
    assert refusals(RootEntry, nothing) == {}
    assert entry_of(RootEntry, nothing) == entry_of(RootEntry, {})
    api = {"source": "crm", "mock": None, "tests": None, "outputs": None}
    assert entry_of(SystemApiEntry, api) == entry_of(SystemApiEntry, {"source": "crm"})


def test_the_address_of_alerts_is_not_printed() -> None:
    assert "token=hush" not in repr(AlertsEntry("https://x.example.com?token=hush"))


def test_one_user_of_the_system_api_needs_no_list(entry_of: Any) -> None:
    entry = entry_of(SystemApiEntry, {"source": "crm", "used_by": "IVR 1"})
    assert entry.used_by == ("IVR 1",)
