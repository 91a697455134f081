"""A Meiqia sandbox of our own with our own calls, laid anew for each test."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app

NOW = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)
BIG = 9007199254740993  # beyond what a float keeps
PREFIX = "/meiqia/unified-api/call/openapi/ent/v1"


def call(number, start, end, **more):
    record = {"call_uuid": f"u-{number}", "start_time": start, "end_time": end}
    return record | {"customer_phone": "13800000001"} | more


DATA = {
    "agents": [
        {"id": 7, "name": "王芳"},
        {"id": 8, "name": "李强"},
        {"id": BIG, "name": "孙伟"},
    ],
    "sips": [
        {
            "sip": "8001",
            "agent_id": 7,
            "agent_name": "王芳",
            "password": "pw",
            "occupied": "y",
            "expiration_at": "2027-01-01T00:00:00Z",
        },
        {"sip": "8002", "password": "pw2", "occupied": "n"},
        {"sip": "8003", "agent_id": BIG, "occupied": "y"},
    ],
    "groups": [{"id": 11, "name": "g", "numbers": ["0108888"], "rule_type": 2}],
    "numbers": [
        {"name": "总机", "number": "01088880001"},
        {"name": "热线", "number": "4008880004"},
    ],
    "records": [
        call(
            1,
            "2026-11-01T01:00:00Z",
            "2026-11-01T01:05:00Z",
            agent_id=7,
            call_type="来电",
            states="接听",
            trunk_number="01088880001",
        ),
        call(
            2,
            "2026-11-02T09:00:00+08:00",
            "2026-11-02T09:01:00+08:00",
            agent_id=8,
            call_type="外呼",
            states="被叫未接",
        ),
        call(
            3,
            "2026-11-01T23:00:00Z",
            "2026-11-01T23:30:00Z",
            call_type="来电",
            states="ivr",
            customer_phone="13900000002",
        ),
        call(
            4,
            "2026-10-01T00:00:00Z",
            "2026-10-01T00:00:10Z",
            agent_id=BIG,
            call_type="来电",
            states="振铃未接",
        ),
    ],
}


class Api:
    """The sandbox below ``/meiqia``, asked with the account's token."""

    def __init__(self, app) -> None:
        self.http = app.test_client()

    def __call__(self, method, path, *, headers=None, **more):
        sent = {"Authorization": "Bearer t-1"} if headers is None else headers
        return self.http.open(f"{PREFIX}/{path}", method=method, headers=sent, **more)

    def done(self, method, path, **more):
        answer = self(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    def refused(self, method, path, **more):
        answer = self(method, path, **more)
        error = answer.json["error"]
        assert set(error) == {"code", "message"}
        assert error["message"]
        return answer.status_code, error["code"]

    def records(self, **body):
        return self.done("POST", "records", json=body)

    def calls(self, **body):
        return [record["call_uuid"] for record in self.records(**body)["data"]]

    def lines(self, **query):
        return [line["sip"] for line in self.done("GET", "sips", query_string=query)]


def make_app(folder, **changed):
    """The sandbox with our data, but for the collections that are named."""
    data = folder / "data.json"
    credentials = {"meiqia": {"access_token": "t-1"}}
    whole = {"credentials": credentials, "meiqia": {**DATA, **changed}}
    data.write_text(json.dumps(whole), "utf-8")
    return create_sandbox_app(data, "sqlite://", now=lambda: NOW)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    return make_app(tmp_path_factory.mktemp("meiqia"))


@pytest.fixture
def make_api(tmp_path):
    return lambda **changed: Api(make_app(tmp_path, **changed))


@pytest.fixture
def app(sandbox):
    sandbox.test_client().post("/_sandbox/reset")
    return sandbox


@pytest.fixture
def api(app):
    return Api(app)


@pytest.fixture
def big():
    """An agent's id that a float cannot keep."""
    return BIG
