"""Endpoints of every format, written into a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration

ROOT = """\
version: 1
caller: {caller}
region: CN
sources:
  crm:
    kind: sobot
    base_url: sandbox
    auth: {{app_id: "${{ID}}", app_key: "${{ID}}"}}
  shop: {{kind: http, base_url: "https://shop.example.com/api"}}
system_api: {{path: /api/system/customer, source: crm}}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
description: Finds the desk.
used_by: [Main IVR, Night IVR]
headers:
  X-Api-Key: {type: string, secret: true, equals: "${DESK_KEY}"}
  X-Shop: {type: string, enum: [north, south], default: north}
inputs:
  tel: {type: string, format: phone, required: true}
  order no: {type: int, min: 1, max: 999}
  token: {type: string, max_length: 8}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  order:
    source: shop
    request: {method: GET, path: "/orders/{{ inputs['order no'] }}"}
    when: "{{ inputs['order no'] and customer }}"
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", map: {"1": 1, "2": 0}, default: 0}
  name: {type: string, value: "{{ customer.nick }}", default: Caller, max_length: 20}
  state: {type: string, value: "{{ order.state }}", optional: true}
  shop: {type: string, value: "{{ headers['X-Shop'] }}", default: ""}
tests:
  - name: A VIP with an order
    headers: {X-Api-Key: desk-key-7}
    inputs: {tel: "13800000001", order no: 7}
    sources: {customer: {id: c-1, nick: Wang, isVip: "1"}, order: {state: paid}}
    expect: {isVip: 1, name: Wang, state: paid, shop: north}
"""
DESK = """\
endpoint: desk
path: /api/desk
format: json
on_invalid: 200
security:
  allow_ips: [127.0.0.1/32]
  rate_limit: 5/s
  hmac: {header: X-Signature, secret: "${DESK_KEY}", tolerance: 5m}
inputs:
  queue: {enum: [sales, service], required: true, description: which queue}
  count: {type: int, default: 3}
outputs:
  open: {type: int, value: "{{ now.hour }}", default: -1}
  queue: {type: string, value: "{{ inputs.queue }}", default: service}
tests:
  - name: At nine
    now: "2026-03-03T09:30:00"
    inputs: {queue: sales}
    expect: {open: 9}
"""
ENVIRON = {"ID": "sandbox", "DESK_KEY": "desk-key-7"}


class Authored:
    """A configuration's folder: endpoints by file name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.caller = "sobot"
        (path / "endpoints").mkdir(parents=True)

    def load(self, endpoints: Mapping[str, str]) -> Configuration:
        for name, text in endpoints.items():
            (self.path / "endpoints" / f"{name}.yaml").write_text(text)
        (self.path / "ivrhooks.yaml").write_text(ROOT.format(caller=self.caller))
        return load(self.path, environ=ENVIRON)


@pytest.fixture
def authored(tmp_path: Path) -> Authored:
    return Authored(tmp_path / "configs")


@pytest.fixture
def vip_text() -> str:
    return VIP


@pytest.fixture
def configuration(authored: Authored) -> Configuration:
    """Endpoints ``vip`` (form), ``desk`` (json) and the System API (query)."""
    return authored.load({"vip": VIP, "desk": DESK})


@pytest.fixture
def contract(configuration: Configuration) -> Callable[[str], Contract]:
    """The contract of an endpoint, by name."""

    def of(name: str, url: str = "https://ivr.example.com/") -> Contract:
        plan = configuration.by_name(name)
        assert plan is not None
        return contract_of(plan, url)

    return of
