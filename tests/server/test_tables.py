"""Tables and databases behind both servers: changed while they answer."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

GOOD = "phone,level\n+86 138 0000 0001,3\n"
FILES = {
    "ivrhooks.yaml": """\
version: 1
region: CN
sources:
  vips: {kind: table, file: vips.csv, key: {phone: phone}}
  shop:
    kind: sql
    url: sqlite:///shop.db
    queries: {customer: "select name from customers where tel = :tel"}
""",
    "vips.csv": GOOD,
    "endpoints/vip.yaml": """\
endpoint: vip
path: /vip
format: form
inputs: {tel: {format: phone, required: true}}
lookups:
  vip: {source: vips, params: {phone: "{{ inputs.tel }}"}}
  customer: {source: shop, params: {tel: "{{ inputs.tel | phone('e164') }}"}}
outputs:
  level: {type: int, value: "{{ vip.level }}", default: 0}
  name: {type: string, value: "{{ customer.name }}", default: ""}
""",
}


@pytest.fixture(params=["asgi", "wsgi"])
def server(request: Any, running: Any, tmp_path: Path) -> Iterator[Any]:
    folder = tmp_path / "configs"
    folder.mkdir()
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("create table customers (tel, name)")
        database.execute("insert into customers values ('+8613800000001', 'Wang')")
    # Each worker reads the file for itself, and one may miss a state that was short.
    with running(request.param, FILES, tmp_path, "--workers", "1") as started:
        yield started


def replace(server: Any, text: str) -> None:
    beside = server.folder / "vips.new"
    beside.write_text(text)
    os.replace(beside, server.folder / "vips.csv")


def level(server: Any, tel: str = "013800000001") -> Any:
    reply = server.form("/vip", f"tel={tel}")
    assert reply.status == 200
    return reply.json


def state(server: Any) -> str:
    return str(server.get("/readyz").json["checks"]["configuration"])


def test_a_table_is_read_again_and_a_broken_one_refused(
    server: Any, until: Any
) -> None:
    assert level(server) == {"level": 3, "name": "Wang"}
    assert level(server, "13900000000") == {"level": 0, "name": ""}
    fingerprint = server.get("/readyz").json["config"]
    replace(server, GOOD.replace(",3", ",5"))
    until(lambda: level(server)["level"] == 5, "the new rows answer")
    replace(server, GOOD + "1,2,3\n")
    until(lambda: state(server) == "newer_refused", "it is told")
    assert level(server)["level"] == 5
    assert "vips.csv:3:1: 3 cells for 2 columns" in server.log()
    replace(server, GOOD.replace(",3", ",7"))
    until(lambda: state(server) == "ok", "it is mended")
    until(lambda: level(server)["level"] == 7, "the mended rows answer")
    assert server.get("/readyz").json["config"] == fingerprint
