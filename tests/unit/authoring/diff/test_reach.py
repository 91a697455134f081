"""Which endpoints and IVR variables a change reaches, by what they read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ivrhooks.authoring.diff.changes import Change
from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.sides import Side, read_side

GOOD = Path(__file__).parents[3] / "edits" / "good"
ROOT, ORDER, DESK = "ivrhooks.yaml", "endpoints/order-status.yaml", "vip-desk"
MAIN = "Main IVR / node 4"
OF_CUSTOMER = {"isVip", "vipLevel", "orderText", "crmState", "desk"}
SYSTEM = {"isVip", "vipLevel", "userLabel", "isblack"}
ALL_OF_DESK = {"level", "known", "note"}

Edited = Callable[[str, str, str], Change]


@pytest.fixture(scope="module")
def good() -> Side:
    return read_side(GOOD, "old", {})


@pytest.fixture
def edited(tmp_path: Path, good: Side) -> Edited:
    """The one change that an edit of the good configuration makes."""

    def compared(file: str, was: str, now: str) -> Change:
        shutil.copytree(GOOD, tmp_path / "new")
        text = (tmp_path / "new" / file).read_text("utf-8")
        assert was in text
        (tmp_path / "new" / file).write_text(text.replace(was, now, 1), "utf-8")
        (change,) = compare(good, read_side(tmp_path / "new", "new", {}))
        return change

    return compared


REACHED = [
    (ROOT, "timeout: 800ms", "timeout: 900ms",
     {"order-status": OF_CUSTOMER | {"tag"}, "system": SYSTEM}),
    (ROOT, "max_response: 1MB", "max_response: 2MB", {"order-status": {"orderText"}}),
    (ROOT, "/v2/contact", "/v3/contact", {"order-status": {"tag"}}),
    (ROOT, "22:00-06:00", "23:00-06:00", {"order-status": {"open"}}),
    (ROOT, "key: {phone: phone,", "key: {phone: text,", {DESK: ALL_OF_DESK}),
    ("vips.csv", "silver", "gold", {DESK: ALL_OF_DESK}),
    (ROOT, "timezone: Asia/Shanghai", "timezone: Asia/Tokyo",
     {"order-status": {"orderText", "open"}}),
    (ROOT, "region: CN", "region: VN",
     {"order-status": OF_CUSTOMER | {"tag", "ticket"}, DESK: ALL_OF_DESK,
      "system": SYSTEM}),
    (ROOT, "deadline: 2s", "deadline: 3s",
     {"order-status": OF_CUSTOMER | {"tag", "ticket"}, "system": SYSTEM}),
    (ORDER, "pick: risk_first", "pick: first", {"order-status": OF_CUSTOMER}),
    (ORDER, "default: zh}", "default: en}", {"order-status": set()}),
    (ORDER, "delay: 5s", "delay: 6s", {"order-status": {"ticket"}}),
    (ORDER, "max: 999999", "max: 99",
     {"order-status": OF_CUSTOMER | {"tag", "open", "ticket"}}),
    (ORDER, 'map: {"1": 1, "2": 0}', 'map: {"1": 0}', {"order-status": {"isVip"}}),
    (ROOT, "enabled: false", "enabled: true", {}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "was", "now", "reached"), REACHED)
def test_a_change_reaches_the_outputs_that_read_what_it_changes(
    edited: Edited, file: str, was: str, now: str, reached: dict[str, set[str]]
) -> None:
    outputs = {
        affected.endpoint: set(affected.outputs)
        for affected in edited(file, was, now).affects
    }
    assert outputs == reached


def test_who_uses_the_endpoints_is_named(edited: Edited) -> None:
    change = edited(ROOT, "region: CN", "region: VN")
    assert change.used_by == (MAIN, "VIP line")
    users = {affected.endpoint: affected.used_by for affected in change.affects}
    assert users == {"order-status": (MAIN,), DESK: ("VIP line",), "system": ()}


def test_an_action_is_reached_as_well(edited: Edited) -> None:
    change = edited(ROOT, "/v2/contact", "/v3/contact")
    assert [affected.actions for affected in change.affects] == [("note",)]


def test_a_change_of_the_shared_signature_names_each_endpoint(
    tmp_path: Path, good: Side
) -> None:
    shutil.copytree(GOOD, tmp_path / "new")
    text = (GOOD / ROOT).read_text("utf-8")
    signed = (
        "max_body: 64KB\n  twilio: {auth_token: '${T}', url: https://i.example.com}"
    )
    (tmp_path / "new" / ROOT).write_text(
        text.replace("max_body: 64KB", signed), "utf-8"
    )
    changes = compare(good, read_side(tmp_path / "new", "new", {}))
    assert {change.verdict for change in changes} == {"breaks"}
    named = {change.endpoint: change.used_by for change in changes}
    assert named["order-status"] == (MAIN,)
    assert set(named) == {"order-status", DESK, "agent-hook", "system"}
