"""An OMICRM sandbox of our own with our own contacts, laid anew for each test."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app

NOW = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)
CONTACTS = [
    {
        "_id": "c-1",
        "fullName": "Nguyễn Văn Đức",
        "phones": [{"data": "0905111222", "type": "home", "valueType": "Nhà"}],
        "emails": [{"data": "Duc@Example.com", "type": "office"}],
        "tags": ["VIP"],
        "refId": "R1",
        "refCode": "CODE1",
        "gender": "male",
        "user_owner_email": "an@desk.example",
        "created_date": 1700000001000,
        "more_infomation": [{"value_type": "Hạng", "display_value": "Vàng"}],
    },
    {
        "_id": "c-2",
        "fullName": "Trần Ánh",
        "phones": [{"data": "84905333444"}, {"data": "+84 905 111 222"}],
        "refId": "R2",
        "created_date": 1700000002000,
    },
    {
        "_id": "c-3",
        "fullName": "Lê Nguyên",
        "phones": [{"data": "0905999888"}],
        "created_date": 1700000002000,
        "user_owner_email": "Binh@desk.example",
    },
]


class Api:
    """The sandbox below ``/omicrm``, asked with a token of the account's key."""

    def __init__(self, app) -> None:
        self.http = app.test_client()
        answer = self.http.get("/omicrm/api/auth?apiKey=k-1")
        self.token = answer.json["payload"]["access_token"]

    def __call__(self, method, path, *, token=None, headers=None, **more):
        sent = {"Authorization": f"Bearer {token or self.token}"}
        return self.http.open(
            "/omicrm/api" + path,
            method=method,
            headers=sent if headers is None else headers,
            **more,
        )

    def done(self, method, path, **more):
        answer = self(method, path, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json["status_code"] == 9999, answer.text
        assert "message" not in answer.json
        return answer.json["payload"]

    def refused(self, method, path, **more):
        answer = self(method, path, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json["status_code"] == -9999, answer.text
        assert answer.json["payload"] is None
        return answer.json["message"]

    def get(self, **query):
        return self.done("GET", "/contacts/get", query_string=query)

    def list(self, body=None, **query):
        return self.done("POST", "/contacts/list", json=body or {}, query_string=query)

    def ids(self, body=None, **query):
        return [item["_id"] for item in self.list(body, **query)["items"]]


@pytest.fixture(scope="module")
def put_off():
    return []


@pytest.fixture
def postponed(put_off):
    """The work that the sandbox has put off, to be done by the test."""
    put_off.clear()
    return put_off


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory, put_off):
    data = tmp_path_factory.mktemp("omicrm") / "data.json"
    whole = {
        "credentials": {"omicrm": {"api_key": "k-1"}},
        "omicrm": {"contacts": CONTACTS},
    }
    data.write_text(json.dumps(whole), "utf-8")
    return create_sandbox_app(
        data,
        "sqlite://",
        now=lambda: NOW,
        later=lambda seconds, work: put_off.append(work),
    )


@pytest.fixture
def app(sandbox):
    sandbox.test_client().post("/_sandbox/reset")
    return sandbox


@pytest.fixture
def api(app):
    return Api(app)


@pytest.fixture
def attribute():
    """The values of one attribute of a contact item."""

    def values(item, code):
        for line in item["attribute_structure"]:
            if line["field_code"] == code:
                return [value["display_value"] for value in line["value"]]
        return None

    return values
