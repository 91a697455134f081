"""An endpoint with all that a pack has to do with, over a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration, Plan

ROOT = """\
version: 1
region: CN
calendars: {office: {mon: ["00:00-24:00"]}}
sources:
  vips:
    kind: table
    file: vips.csv
    key: {phone: phone}
    pii: {name: name, level: none}
  down: {kind: http, base_url: "http://127.0.0.1:9"}
"""
VIPS = "phone,name,level\n13800000001,Wang Wei,3\n"
DESK = """\
endpoint: desk
path: /api/desk
format: form
headers: {X-Key: {secret: true, equals: "${DESK_KEY:-open-sesame-7}"}}
inputs:
  tel: {format: phone, required: true}
  lang: {enum: [en, zh], default: en}
lookups:
  vip: {source: vips, params: {phone: "{{ inputs.tel }}"}}
outputs:
  level: {type: int, value: "{{ vip.level }}", default: 0}
  name: {type: string, value: "{{ vip.name }}", default: "", optional: true}
  hello: {type: string, value: "{{ vip.name }}, hello", default: hello}
  open: {type: int, value: "{{ 1 if now | in_hours('office') else 0 }}", default: 0}
tests:
  - name: a VIP
    inputs: {tel: "13800000001"}
    sources: {vip: {level: "3"}}
    expect: {level: 3}
  - name: on a Monday
    now: 2026-11-30T09:00
    inputs: {tel: "1"}
    sources: {vip: null}
    expect: {open: 1}
  - name: without a key
    headers: {X-Key: null}
    inputs: {tel: "1"}
    error: unauthorized
"""
FAILING = """\
endpoint: failing
path: /api/failing
format: json
inputs: {tel: {}}
lookups: {order: {source: down, request: {path: "/{{ inputs.tel }}"}}}
outputs:
  state: {type: string, value: "{{ order.state }}", default: none}
  how: {type: string, value: "{{ lookups.order.status }}", default: ""}
  said: {type: string, value: "{{ inputs.tel }}", default: ""}
actions:
  note:
    source: down
    request: {method: POST, path: /notes, json: {tel: "{{ inputs.tel }}"}}
"""
BARE = """\
endpoint: bare
path: /api/bare
format: query
mode: mock
outputs: {desk: {type: string, default: general}}
mock: [{outputs: {desk: vip}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with the endpoints ``desk``, ``failing`` and ``bare``."""
    endpoints = tmp_path / "configs" / "endpoints"
    endpoints.mkdir(parents=True)
    for name, text in (("desk", DESK), ("failing", FAILING), ("bare", BARE)):
        (endpoints / f"{name}.yaml").write_text(text, "utf-8")
    (endpoints.parent / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    (endpoints.parent / "vips.csv").write_text(VIPS, "utf-8")
    return endpoints.parent


@pytest.fixture
def configuration(folder: Path) -> Configuration:
    return load(folder)


@pytest.fixture
def plan_of(configuration: Configuration) -> Callable[[str], Plan]:
    """The plan of an endpoint's name."""

    def find(name: str) -> Plan:
        plan = configuration.by_name(name)
        assert plan is not None
        return plan

    return find
