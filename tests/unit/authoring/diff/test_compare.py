# ruff: noqa: E501 - a case stands on one line
"""Single edits of a good configuration, and what each means for the IVR."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivrhooks.authoring.diff.changes import Change, worst
from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.sides import read_side
from ivrhooks.basics.errors import ConfigError

ROOT = """\
version: 1
region: CN
calendars:
  office: {mon: ["09:00-18:00"]}
sources:
  crm: {kind: sobot, base_url: "${SOBOT_URL}", auth: {app_id: "1", app_key: "${KEY}"}}
  shop: {kind: http, base_url: "https://shop.example.com/api", timeout: 800ms}
system_api: {path: /api/system/customer, source: crm}
security: {allow_ips: [10.0.0.0/8], max_body: 64KB, rate_limit: 200/s}
console: {enabled: false}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
used_by: [Main IVR / node 4]
description: Finds the queue.
headers:
  X-Api-Key: {secret: true, equals: "${VIP_KEY}"}
inputs:
  tel: {format: phone, required: true}
  order_no: {type: int, min: 1, max: 90}
  shop: {enum: [north, south], max_length: 9, pattern: "^[a-z]+$"}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  order: {source: shop, request: {path: "/o/{{ inputs.order_no }}"}, when: "{{ inputs.order_no }}"}
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", map: {"1": 1, "2": 0}, default: 0}
  shop: {type: string, value: "{{ inputs.shop }}", default: ""}
  state: {type: string, value: "{{ order.state }}", default: "", max_length: 20}
mock:
  - {outputs: {isVip: 1}}
tests:
  - {name: a VIP, inputs: {tel: "138"}, sources: {customer: {isVip: "1"}}, expect: {isVip: 1}}
"""
ROOT_FILE, VIP_FILE = "ivrhooks.yaml", "endpoints/vip.yaml"

Diff = Callable[..., tuple[Change, ...]]


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """The changes from the configuration above to the same with one text replaced."""

    def compared(
        *edits: tuple[str, str, str], back: bool = False
    ) -> tuple[Change, ...]:
        texts = {ROOT_FILE: ROOT, VIP_FILE: VIP}
        write(tmp_path / "old", texts)
        for file, was, now in edits:
            assert was in texts[file]
            texts[file] = texts[file].replace(was, now, 1)
        write(tmp_path / "new", texts)
        sides = [read_side(tmp_path / name, name, {}) for name in ("old", "new")]
        return compare(*(reversed(sides) if back else sides))

    return compared


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


BREAKING = [
    (VIP_FILE, "path: /api/vip", "path: /api/vips", "path"),
    (VIP_FILE, "format: form", "format: query", "method"),
    (VIP_FILE, "format: form", "format: json\nstrict_format: true", "format"),
    (VIP_FILE, "format: form", "format: form\nstrict_format: true", "strict_format"),
    (VIP_FILE, '  shop: {type: string, value: "{{ inputs.shop }}", default: ""}\n', "", "shop"),
    (VIP_FILE, "{type: int, value: \"{{ customer.isVip }}\", map: {\"1\": 1, \"2\": 0}, default: 0}",
     '{type: string, value: "{{ customer.isVip }}", default: ""}', "isVip"),
    (VIP_FILE, "  isVip: {type: int, value", "  isVIP: {type: int, value", "isVip"),
    (VIP_FILE, "order_no: {type: int,", "order_no: {type: int, required: true,", "order_no"),
    (VIP_FILE, "min: 1", "min: 2", "order_no"),
    (VIP_FILE, "max: 90", "max: 80", "order_no"),
    (VIP_FILE, "max_length: 9,", "max_length: 8,", "shop"),
    (VIP_FILE, "enum: [north, south]", "enum: [north]", "shop"),
    (VIP_FILE, "enum: [north, south]", "enum: [north, west]", "shop"),
    (VIP_FILE, "^[a-z]+$", "^[a-m]+$", "shop"),
    (VIP_FILE, "${VIP_KEY}", "${OTHER_KEY}", "x-api-key"),
    (VIP_FILE, "  shop: {enum", "  branch: {name: store, enum", "shop"),
    (VIP_FILE, "  order_no: {type: int, min", "  number: {required: true}\n  order_no: {type: int, min", "number"),
    (ROOT_FILE, "10.0.0.0/8", "10.1.0.0/16", "security.allow_ips"),
    (ROOT_FILE, "max_body: 64KB", "max_body: 8KB", "security.max_body"),
    (ROOT_FILE, "version: 1", "version: 1\ncaller: asterisk", "caller"),
    (ROOT_FILE, "path: /api/system/customer", "path: /api/customer", "path"),
    (ROOT_FILE, "system_api: {path: /api/system/customer, source: crm}\n", "", "system"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "was", "now", "name"), BREAKING)
def test_changes_to_ivr_variables_and_requests_break(
    diff: Diff, file: str, was: str, now: str, name: str
) -> None:
    if name == "shop" and now.startswith("  branch"):
        now = now.replace("name: store, ", "")
        edits = [(file, was, now), (file, "inputs.shop", "inputs.branch")]
    elif was.startswith("  isVip"):
        edits = [(file, was, now), (file, "outputs: {isVip", "outputs: {isVIP"), (file, "expect: {isVip", "expect: {isVIP")]  # fmt: skip
    elif "type: string" in now and name == "isVip":
        edits = [(file, was, now), (file, "{isVip: 1}", '{isVip: "1"}'), (file, "expect: {isVip: 1", 'expect: {isVip: "1"')]  # fmt: skip
    else:
        edits = [(file, was, now)]
    changes = diff(*edits)
    assert worst(changes) == "breaks"
    assert name in {change.name for change in changes if change.verdict == "breaks"}


MAY = [
    (VIP_FILE, "{{ customer.isVip }}", "{{ customer.isblack }}", "isVip"),
    (VIP_FILE, '"2": 0', '"2": 1', "isVip"),
    (VIP_FILE, "default: 0", "default: 1", "isVip"),
    (VIP_FILE, "max_length: 20", "max_length: 10", "state"),
    (VIP_FILE, 'default: "", max_length', 'optional: true, default: "", max_length', "state"),
    (VIP_FILE, "{source: crm, params", "{source: crm, pick: none, params", "customer"),
    (VIP_FILE, 'when: "{{ inputs.order_no }}"', 'when: "{{ inputs.shop }}"', "order"),
    (VIP_FILE, "outputs: {isVip: 1}", "outputs: {isVip: 0}", "mock"),
    (VIP_FILE, "format: form", "format: form\nmode: mock", "mode"),
    (VIP_FILE, "format: form", "format: form\ndeadline: 1s", "deadline"),
    (VIP_FILE, "format: form", "format: form\non_invalid: 200", "on_invalid"),
    (VIP_FILE, "max_length: 9,", "max_length: 9, default: south,", "shop"),
    (ROOT_FILE, "timeout: 800ms", "timeout: 900ms", "shop"),
    (ROOT_FILE, "timeout: 800ms", "timeout: 800ms, cache: {fresh: 5s}", "shop"),
    (ROOT_FILE, "09:00", "08:00", "office"),
    (ROOT_FILE, "region: CN", "region: VN", "region"),
    (ROOT_FILE, "rate_limit: 200/s", "rate_limit: 100/s", "security.rate_limit"),
    (ROOT_FILE, "source: crm}", "source: crm, unset: default}", "isVip"),
    (ROOT_FILE, "version: 1", "version: 1\ndeadline: 3s", "deadline"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "was", "now", "name"), MAY)
def test_changes_that_may_route_callers_differently(
    diff: Diff, file: str, was: str, now: str, name: str
) -> None:
    changes = diff((file, was, now))
    assert worst(changes) == "may_route_differently"
    assert name in {change.name for change in changes}


SAFE = [
    (VIP_FILE, "endpoint: vip\n", "endpoint: vip-desk\n"),
    (VIP_FILE, "format: form", "format: json"),
    (VIP_FILE, "description: Finds", "description: Looks for"),
    (VIP_FILE, "[Main IVR / node 4]", "[Main IVR / node 5]"),
    (VIP_FILE, "mock:\n", "# a comment\nmock:\n"),
    (VIP_FILE, "name: a VIP", "name: one VIP"),
    (VIP_FILE, "max: 90", "max: 99"),
    (VIP_FILE, "min: 1, ", ""),
    (VIP_FILE, "enum: [north, south]", "enum: [north, south, west]"),
    (VIP_FILE, 'pattern: "^[a-z]+$"', "description: which"),
    (VIP_FILE, "required: true", "required: false"),
    (VIP_FILE, "  shop: {enum", "  lang: {}\n  shop: {enum"),
    (VIP_FILE, "mock:\n", '  new: {type: int, value: 1, default: 1}\nmock:\n'),
    (VIP_FILE, "path: /api/vip\n", "path: /api//vip/\n"),
    (ROOT_FILE, "10.0.0.0/8", "10.0.0.0/8, 192.0.2.0/24"),
    (ROOT_FILE, "max_body: 64KB", "max_body: 128KB"),
    (ROOT_FILE, "enabled: false", "enabled: true"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "was", "now"), SAFE)
def test_the_harmless_ones_raise_nothing(
    diff: Diff, file: str, was: str, now: str
) -> None:
    assert worst(diff((file, was, now))) == "safe"


def test_nothing_changed_is_nothing(diff: Diff) -> None:
    assert diff() == ()


def test_the_order_of_keys_and_lookups_means_nothing(diff: Diff) -> None:
    customer = '  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}\n'
    edits = [
        (VIP_FILE, customer, ""),
        (VIP_FILE, "outputs:\n", f"{customer}outputs:\n"),
        (VIP_FILE, "format: form\n", ""),
        (VIP_FILE, "used_by", "format: form\nused_by"),
    ]
    edits[1] = (VIP_FILE, "  order: {source", f"{customer}  order: {{source")
    assert diff(*edits) == ()


def test_a_new_endpoint_is_safe_and_one_that_is_gone_breaks(
    diff: Diff, tmp_path: Path
) -> None:
    other = VIP.replace("endpoint: vip", "endpoint: b").replace("/api/vip", "/api/b")
    write(tmp_path / "new", {"endpoints/b.yaml": other})
    assert [(change.verdict, change.name) for change in diff()] == [("safe", "b")]
    gone = diff(back=True)
    assert [(change.verdict, change.name, change.file) for change in gone] == [
        ("breaks", "b", "new/endpoints/b.yaml")
    ]


def test_each_line_names_users_and_place_of_the_endpoint(diff: Diff) -> None:
    (change,) = diff((VIP_FILE, "default: 0", "default: 1"))
    assert change.used_by == ("Main IVR / node 4",)
    line = 1 + VIP[: VIP.index("  isVip: {type")].count("\n")
    assert (change.file, change.line) == ("new/endpoints/vip.yaml", line)
    assert (change.endpoint, change.old, change.new) == ("vip", 0, 1)


def test_a_change_of_the_root_file_has_no_endpoint(diff: Diff) -> None:
    (change,) = diff((ROOT_FILE, "800ms", "900ms"))
    assert (change.endpoint, change.name, change.change) == (
        None,
        "shop",
        "source timeout",
    )
    assert (change.old, change.new, change.line) == (0.8, 0.9, 7)


def test_no_secret_and_no_address_with_one_is_shown(diff: Diff) -> None:
    changes = diff(
        (VIP_FILE, 'equals: "${VIP_KEY}"', 'equals: "the-new-secret"'),
        (ROOT_FILE, 'app_key: "${KEY}"', 'app_key: "the-new-key"'),
        (ROOT_FILE, "kind: sobot,", "kind: sobot, proxy: http://me:the-new-pass@p:1,"),
    )
    assert {change.name for change in changes} == {"x-api-key", "crm"}
    assert "the-new" not in repr(changes)


def test_a_side_that_does_not_load_raises_its_problems(diff: Diff) -> None:
    with pytest.raises(ConfigError) as raised:
        diff((VIP_FILE, "type: int, value", "type: number, value"))
    assert "this is 'number'; write int" in str(raised.value.problems[0])


ORDER_LOOKUP = '  order: {source: shop, request: {path: "/o/{{ inputs.order_no }}"}, when: "{{ inputs.order_no }}"}\n'


@pytest.mark.parametrize(
    ("back", "change"), [(False, "lookup is gone"), (True, "new lookup")]
)
def test_a_lookup_that_is_gone_or_new_is_named(
    diff: Diff, back: bool, change: str
) -> None:
    state = '  state: {type: string, value: "{{ order.state }}", default: "", max_length: 20}\n'
    edits = [(VIP_FILE, ORDER_LOOKUP, ""), (VIP_FILE, state, "")]
    (difference,) = [
        entry for entry in diff(*edits, back=back) if entry.name == "order"
    ]
    assert (difference.verdict, difference.change) == ("may_route_differently", change)
    assert difference.file == "old/endpoints/vip.yaml"
    line = 1 + VIP[: VIP.index("  order: {source")].count("\n")
    assert difference.line == line


def test_where_it_is_used_is_named_though_the_new_side_is_silent(diff: Diff) -> None:
    edits = [(VIP_FILE, "used_by: [Main IVR / node 4]\n", "")]
    changes = diff(*edits, (VIP_FILE, "default: 0", "default: 1"))
    assert {change.used_by for change in changes} == {("Main IVR / node 4",)}


def test_a_file_whose_content_changed_is_named_with_its_line(
    diff: Diff, tmp_path: Path
) -> None:
    table = "  vips: {kind: table, file: vips.csv, key: {phone: phone}}\nsystem_api:"
    for name, level in (("old", "3"), ("new", "4")):
        text = f"phone,level\n13800000001,1\n13800000002,{level}\n"
        write(tmp_path / name, {"vips.csv": text})
    root = ROOT.replace("system_api:", table, 1)
    for name in ("old", "new"):
        write(tmp_path / name, {ROOT_FILE: root, VIP_FILE: VIP})
    sides = [read_side(tmp_path / name, name, {}) for name in ("old", "new")]
    (change,) = compare(*sides)
    assert (change.verdict, change.name) == ("may_route_differently", "vips.csv")
    assert (change.file, change.line) == ("new/vips.csv", 3)


VIP_AT, SYSTEM = ("vip", VIP_FILE), ("system", ROOT_FILE)
SHAPE = {"under": None, "with": None, "strings": None, "max_bytes": None}
ALERTS = "https://hooks.example.com/T0/s3cr3t"
LINES = [
    (VIP_FILE, "endpoint: vip\n", "endpoint: vip-desk\n",
     "safe", "vip-desk", "new name on the same path", "vip", "vip-desk", 1),
    (VIP_FILE, "path: /api/vip", "path: /api/vips",
     "breaks", "path", "changed", "/api/vip", "/api/vips", 2),
    (VIP_FILE, "format: form", "format: query",
     "breaks", "method", "changed", "POST", "GET", 3),
    (VIP_FILE, "format: form", "format: json",
     "safe", "format", "changed", "form", "json", 3),
    (VIP_FILE, "format: form", "format: form\nstrict_format: true",
     "breaks", "strict_format", "changed", False, True, 4),
    (VIP_FILE, "format: form", "format: form\nanswer: {strings: true}",
     "breaks", "answer", "changed", SHAPE, {**SHAPE, "strings": True}, 4),
    (VIP_FILE, "format: form", "format: form\ndeadline: 1s",
     "may_route_differently", "deadline", "changed", None, 1.0, 4),
    (VIP_FILE, "mock:\n", "  new: {type: int, value: 1, default: 1}\nmock:\n",
     "safe", "new", "new output", None, "int", 19),
    (VIP_FILE, "max_length: 20}", "max_length: 20, description: x}",
     "safe", "state", "output description", "", "x", 18),
    (VIP_FILE, "name: a VIP", "name: one VIP",
     "safe", "tests", "changed", None, None, 22),
    (VIP_FILE, 'when: "{{ inputs.order_no }}"', 'when: "{{ inputs.shop }}"',
     "may_route_differently", "order", "lookup when", "{{ inputs.order_no }}", "{{ inputs.shop }}", 14),
    (ROOT_FILE, "source: crm}", "source: crm, pick: none}",
     "may_route_differently", "customer", "lookup pick", None, "none", 8),
    (ROOT_FILE, "region: CN", "region: CN\nanswer: {strings: true}",
     "breaks", "answer", "changed", SHAPE, {**SHAPE, "strings": True}, 3),
    (ROOT_FILE, "region: CN", "region: CN\nstore: postgresql://me:s3cr3t@db/x",
     "may_route_differently", "store", "changed", None, None, 3),
    (ROOT_FILE, "region: CN", "region: CN\nshared_cache: redis://:s3cr3t@db",
     "may_route_differently", "shared_cache", "changed", None, None, 3),
    (ROOT_FILE, "region: CN", f"region: CN\nalerts: {{url: {ALERTS}}}",
     "safe", "alerts", "changed", None, None, 3),
    (ROOT_FILE, "timeout: 800ms", "timeout: 800ms, pii: {nick: name}",
     "safe", "shop", "source pii", {}, {"nick": "name"}, 7),
    (ROOT_FILE, "timeout: 800ms", "timeout: 800ms, headers: {X-Key: s3cr3t}",
     "may_route_differently", "shop", "source headers", None, None, 7),
    (ROOT_FILE, '"09:00-18:00"]', '"09:00-18:00"], tue: ["09:00-12:00"]',
     "may_route_differently", "office", "calendar tue", None, ["09:00-12:00"], 4),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "was", "now", "verdict", "name", "change", "old", "new", "line"), LINES
)
def test_a_change_names_old_value_new_value_and_place(
    diff: Diff, file: str, was: str, now: str, verdict: str, name: str, change: str,
    old: object, new: object, line: int,
) -> None:  # fmt: skip
    (made,) = diff((file, was, now))
    assert (made.verdict, made.name, made.change) == (verdict, name, change)
    assert (made.old, made.new) == (old, new)
    assert (made.file, made.line) == (f"new/{file}", line)
    (back,) = diff((file, was, now), back=True)
    assert (back.old, back.new) == (new, old)
    # What the later side does not have is at its line of the earlier one.
    side = "new" if now.count("\n") > was.count("\n") or ", " in now else "old"
    assert (back.file, back.line) == (f"{side}/{file}", line)


def test_omitted_outputs_of_the_system_api_are_reported(diff: Diff) -> None:
    changes = diff((ROOT_FILE, "source: crm}", "source: crm, unset: default}"))
    assert [(c.endpoint, c.name, c.change, c.old, c.new) for c in changes] == [
        *(
            ("system", name, "output optional", True, False)
            for name in ("isVip", "vipLevel", "userLabel", "isblack")
        ),
        ("system", "unset", "changed", None, "default"),
    ]


def test_endpoints_are_paired_by_path_and_then_by_name(
    diff: Diff, tmp_path: Path
) -> None:
    """``b`` takes the path of ``vip``, which moves away: no third endpoint is made."""
    other = VIP.replace("endpoint: vip", "endpoint: b").replace("/api/vip", "/api/b")
    write(tmp_path / "old", {"endpoints/b.yaml": other})
    moved = other.replace("/api/b", "/api/vip")
    write(tmp_path / "new", {"endpoints/b.yaml": moved})
    changes = diff((VIP_FILE, "path: /api/vip", "path: /api/{tel}"))
    assert [(c.verdict, c.endpoint, c.change, c.old) for c in changes] == [
        ("breaks", "b", "endpoint is gone (/api/b)", None),
        ("safe", "b", "new name on the same path", "vip"),
        ("safe", "vip", "new endpoint", None),
    ]


@pytest.mark.parametrize(
    ("names", "changes"),
    [
        (("number", "shop"), []),
        (("number", "branch"), []),
        (("shop", "tel"), [("breaks", "path", "/api/{tel}/x/{shop}")]),
    ],
)
def test_a_segment_may_have_another_name_but_not_anothers(
    tmp_path: Path, names: tuple[str, str], changes: list[object]
) -> None:
    for side, (first, second) in (("old", ("tel", "shop")), ("new", names)):
        endpoint = (
            f"endpoint: e\npath: /api/{{{first}}}/x/{{{second}}}\nformat: query\n"
            f"inputs: {{{first}: {{required: true}}, {second}: {{required: true}}}}\n"
            "outputs: {n: {type: int, value: 1, default: 1}}\n"
        )
        texts = {ROOT_FILE: "version: 1\n", "endpoints/e.yaml": endpoint}
        write(tmp_path / side, texts)
    sides = [read_side(tmp_path / name, name, {}) for name in ("old", "new")]
    assert [(c.verdict, c.name, c.old) for c in compare(*sides)] == changes
