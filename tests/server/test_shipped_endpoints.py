"""Callers at the shipped configuration, over the shipped sandbox: real values come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

CONFIGS = Path(__file__).parents[2] / "configs"
CONFIG = {
    str(file.relative_to(CONFIGS)): file.read_text("utf-8")
    for file in CONFIGS.rglob("*")
    if file.suffix in (".yaml", ".csv")
}
VIP, BLACKLISTED, UNKNOWN = "13800000001", "13800000002", "13944440000"
NEW = "13944440001"  # unknown until omicrm-vip has made a contact of the caller


@pytest.fixture(scope="module")
def server_env(sandbox_url: str) -> Mapping[str, str]:
    """Where the sandbox is, for the servers of this module."""
    return {"IVRHOOKS_SANDBOX_URL": sandbox_url}


def service(ends: str) -> int:
    return 1 if date.today().isoformat() <= ends else 2


ANSWERS = {
    ("omicrm-vip", VIP): {
        "isVip": 1,
        "isblack": 0,
        "vipLevel": "Vàng",
        "userLabel": "VIP,Khách sỉ",
        "name": "Vương Kiến Quốc",
        "owner": "lan.pham@omicrm.example",
    },
    ("omicrm-vip", "0936200411"): {
        "isVip": 1,
        "isblack": 0,
        "vipLevel": "Bạc",
        "userLabel": "VIP,Khách sỉ",
        "name": "Lê Hoàng Nam",
        "owner": "lan.pham@omicrm.example",
    },
    ("omicrm-vip", "0901000002"): {
        "isVip": 2,
        "isblack": 1,
        "vipLevel": "",
        "userLabel": "blacklist",
        "name": "Trần Thị Bích Ngọc",
        "owner": "hoa.le@omicrm.example",
    },
    ("omicrm-vip", NEW): {
        "isVip": 2,
        "isblack": 0,
        "vipLevel": "",
        "userLabel": "",
        "name": "",
        "owner": "",
    },
    ("company-service", f"+86{VIP}"): {
        "company": "金万维科技有限公司",
        "inService": service("2028-09-27"),
        "serviceEnds": "2028-09-27",
        "level": "金牌",
        "isVip": 1,
        "devices": 2,
        "warrantyEnds": "2028-09-27",
    },
    ("company-service", BLACKLISTED): {
        "company": "长春远航贸易有限公司",
        "inService": 2,
        "serviceEnds": "2023-02-28",
        "level": "标准",
        "isVip": 0,
        "devices": 1,
        "warrantyEnds": "2023-02-28",
    },
    ("company-service", UNKNOWN): {
        "company": "",
        "inService": 0,
        "serviceEnds": "",
        "level": "",
        "isVip": 0,
        "devices": 0,
        "warrantyEnds": "",
    },
    ("last-agent", VIP): {
        "knownCaller": 1,
        "lastAgent": "1002",
        "agentName": "李强",
        "lastCall": "2026-11-01T08:11:12Z",
        "lineFree": 1,
        "line": "80010002",
        "missedCalls": 2,
    },
    ("last-agent", BLACKLISTED): {
        "knownCaller": 1,
        "lastAgent": "9007199254740993",
        "agentName": "孙伟",
        "lastCall": "2026-10-29T07:14:09Z",
        "lineFree": 0,
        "line": "",
        "missedCalls": 2,
    },
    ("last-agent", UNKNOWN): {
        "knownCaller": 0,
        "lastAgent": "",
        "agentName": "",
        "lastCall": "",
        "lineFree": 0,
        "line": "",
        "missedCalls": 0,
    },
    ("who-is-calling", VIP): {
        "name": "VIP Wang",
        "knownBy": "sobot",
        "isVip": 1,
        "isblack": 0,
        "company": "金万维科技有限公司",
        "inService": service("2028-09-27"),
        "lastAgent": "1002",
        "desk": "vip",
    },
    ("who-is-calling", BLACKLISTED): {
        "name": "Blacklisted Li",
        "knownBy": "sobot",
        "isVip": 0,
        "isblack": 1,
        "company": "长春远航贸易有限公司",
        "inService": 2,
        "lastAgent": "9007199254740993",
        "desk": "security",
    },
    ("who-is-calling", "0936200411"): {
        "name": "Lê Hoàng Nam",
        "knownBy": "omicrm",
        "isVip": 1,
        "isblack": 0,
        "company": "",
        "inService": 0,
        "lastAgent": "",
        "desk": "vip",
    },
    ("who-is-calling", UNKNOWN): {
        "name": "",
        "knownBy": "nobody",
        "isVip": 0,
        "isblack": 0,
        "company": "",
        "inService": 0,
        "lastAgent": "",
        "desk": "general",
    },
}


@pytest.mark.parametrize(
    ("endpoint", "tel"), list(ANSWERS), ids=lambda value: str(value)
)
def test_a_caller_gets_the_values_of_the_systems(
    server: Any, endpoint: str, tel: str
) -> None:
    path = f"/api/{endpoint}"
    if endpoint == "company-service":
        label = {"Content-Type": "application/json"}
        reply = server.ask("POST", path, json.dumps({"tel": tel}), label)
    else:
        reply = server.form(path, urlencode({"tel": tel}))
    assert reply.header("X-Ivrhooks-Degraded") is None
    assert reply.json == ANSWERS[endpoint, tel]
    assert list(reply.json) == list(ANSWERS[endpoint, tel])


def test_a_withheld_number_matches_no_customer(server: Any) -> None:
    for endpoint in ("omicrm-vip", "last-agent", "who-is-calling"):
        reply = server.form(f"/api/{endpoint}", "tel=anonymous")
        assert reply.status == 200
        known = NEW if endpoint == "omicrm-vip" else UNKNOWN
        assert reply.json == ANSWERS[endpoint, known]


@pytest.fixture
def fault(sandbox_url: str) -> Iterator[Callable[..., None]]:
    """Sets the fault dial of systems; afterwards all is well again."""

    def put(**systems: str) -> None:
        body = {name: {"fault": what} for name, what in systems.items()}
        answer = requests.put(f"{sandbox_url}/_sandbox/faults", json=body, timeout=60)
        assert answer.status_code == 200

    yield put
    requests.delete(f"{sandbox_url}/_sandbox/faults", timeout=60)


def test_the_chain_goes_on_to_the_next_system_when_the_first_is_down(
    server: Any, fault: Callable[..., None]
) -> None:
    fault(sobot="500")
    reply = server.form("/api/who-is-calling", f"tel={VIP}")
    assert reply.header("X-Ivrhooks-Degraded") is None
    assert (reply.json["name"], reply.json["knownBy"]) == ("Vương Kiến Quốc", "omicrm")
    assert (reply.json["isVip"], reply.json["desk"]) == (1, "vip")


@pytest.mark.parametrize("system", ["sobot", "omicrm", "bangwo8", "meiqia"])
def test_a_vip_goes_to_the_vip_desk_whichever_system_is_down(
    server: Any, fault: Callable[..., None], system: str
) -> None:
    fault(**{system: "503"})
    reply = server.form("/api/who-is-calling", f"tel={VIP}")
    assert (reply.json["isVip"], reply.json["desk"]) == (1, "vip")


def test_a_vip_stays_one_when_the_other_systems_are_down(
    server: Any, fault: Callable[..., None]
) -> None:
    fault(meiqia="html", bangwo8="refuse")
    reply = server.form("/api/who-is-calling", f"tel={VIP}")
    degraded = reply.header("X-Ivrhooks-Degraded")
    assert degraded == "hit=error; last_call=error"
    assert reply.json == ANSWERS["who-is-calling", VIP] | {
        "company": "",
        "inService": 0,
        "lastAgent": "",
    }
