"""Which endpoints and IVR variables a change reaches, by what they read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ivrhooks.authoring.diff.changes import Change
from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.reach import EndpointReach, RootReach, root_reads
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
def test_a_change_reaches_the_outputs_that_read_it(
    edited: Edited, file: str, was: str, now: str, reached: dict[str, set[str]]
) -> None:
    outputs = {
        affected.endpoint: set(affected.outputs)
        for affected in edited(file, was, now).affects
    }
    assert outputs == reached


def test_users_of_the_endpoints_are_named(edited: Edited) -> None:
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


WIDE_ROOT = """\
version: 1
region: CN
calendars:
  office: {mon: ["09:00-18:00"], holidays: [{file: closed.csv}]}
  abroad: {timezone: Asia/Tokyo, mon: ["09:00-18:00"]}
sources:
  vips: {kind: table, file: vips.csv, key: {phone: phone}}
  kept: {kind: http, base_url: "https://a.example.com", cache: {fresh: 5s}}
  plain: {kind: http, base_url: "https://b.example.com"}
  signed:
    kind: http
    base_url: "https://c.example.com"
    sign: {with: md5, secret: "${S}", of: "{{ secret }}", name: sign, in: query}
"""
WIDE = """\
endpoint: wide
path: /wide
format: form
deadline: 1s
headers: {X-Lang: {}}
inputs: {tel: {format: phone}, cal: {}}
lookups:
  vip: {source: vips, params: {phone: "{{ inputs.tel }}"}}
  kept: {source: kept, request: {path: "/x"}}
  own: {source: plain, request: {path: "/{{ inputs.cal }}"}, cache: {fresh: 1s}}
  after: {source: plain, request: {path: "/{{ kept.id }}"}}
  signed: {source: signed, request: {path: "/x"}}
actions:
  note: {source: plain, request: {method: POST, path: "/{{ vip.level }}"}}
outputs:
  vip: {type: string, value: "{{ vip.level }}", default: ""}
  kept: {type: string, value: "{{ kept.x }}", default: ""}
  own: {type: string, value: "{{ own.x }}", default: ""}
  after: {type: string, value: "{{ after.x }}", default: ""}
  signed: {type: string, value: "{{ signed.x }}", default: ""}
  any: {type: int, value: "{{ now | in_hours(inputs.cal) }}", default: 0}
  lang: {type: string, value: "{{ headers['X-LANG'] }}", default: ""}
  next: {type: string, value: "{{ 'office' | opens_at }}", default: ""}
  there: {type: int, value: "{{ now | in_hours('abroad') }}", default: 0}
  hour: {type: int, value: "{{ (inputs.cal | to_datetime).hour }}", default: 0}
  tel: {type: string, value: "{{ inputs.tel | phone('e164') }}", default: ""}
  ticket: {type: string, value: "{{ actions.note.id }}", default: ""}
  text: {type: string, value: plain, default: ""}
"""


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> EndpointReach:
    folder = tmp_path_factory.mktemp("wide")
    (folder / "endpoints").mkdir()
    (folder / "ivrhooks.yaml").write_text(WIDE_ROOT)
    (folder / "endpoints/wide.yaml").write_text(WIDE)
    (folder / "closed.csv").write_text("date\n2026-10-01\n")
    (folder / "vips.csv").write_text("phone,level\n13800000001,3\n")
    side = read_side(folder, "new", {})
    reads = root_reads(side.root), side.endpoints[0]
    return EndpointReach(reads, reads)


@pytest.mark.parametrize(
    ("path", "outputs"),
    [
        (("files", "vips.csv"), "vip ticket"),
        (("files", "closed.csv"), "next any"),
        (("sources", "vips"), "vip ticket"),
        (("sources", "kept"), "kept after"),
        (("sources", "plain"), "own after"),
        (("calendars", "office"), "next any"),
        (("calendars", "abroad"), "there any"),
        (("region",), "vip tel ticket"),
        (("timezone",), "signed next there any hour"),
        (("shared_cache",), "kept own after"),
        (("store",), "ticket"),
        (("deadline",), ""),
        (("mode",), "ALL"),
        (("caller",), "ALL"),
        ((), "ALL"),
    ],
)
def test_a_key_of_the_root_reaches_its_readers(
    wide: EndpointReach, path: tuple[str, ...], outputs: str
) -> None:
    entry = wide.new[1].entry
    expected = [*entry.outputs] if outputs == "ALL" else outputs.split()
    affected = RootReach((wide,)).of(path)
    assert [set(each.outputs) for each in affected] == (
        [set(expected)] if expected else []
    )


@pytest.mark.parametrize(
    ("path", "breaks", "outputs", "actions"),
    [
        (("outputs", "vip", "value"), False, "vip", ""),
        (("actions", "note", "delay"), False, "ticket", "note"),
        (("lookups", "vip", "source"), False, "vip ticket", "note"),
        (("lookups", "kept"), False, "kept after", ""),
        (("inputs", "cal"), False, "own any hour", ""),
        (("headers", "X-Lang"), False, "lang", ""),
        (("headers", "x-lang", "enum"), False, "lang", ""),
        (("inputs", "tel"), True, "ALL", "note"),
        (("inputs",), False, "ALL", "note"),
        (("outputs",), False, "ALL", "note"),
        (("actions",), False, "ALL", "note"),
        (("mock",), False, "ALL", "note"),
        ((), False, "ALL", "note"),
    ],
)
def test_a_key_of_an_endpoint_reaches_its_readers(
    wide: EndpointReach, path: tuple[str, ...], breaks: bool, outputs: str, actions: str
) -> None:
    (affected,) = wide.of(path, breaks=breaks)
    everything = wide.new[1].entry.outputs
    assert set(affected.outputs) == (
        {*everything} if outputs == "ALL" else {*outputs.split()}
    )
    assert affected.actions == tuple(actions.split())
