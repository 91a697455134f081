"""A sandbox of our own with our own companies, for each test of Bangwo8."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app

NOW = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)  # 12:05:06 in China
ACCOUNT = ("agent@example.com", "pass:word")
CREDENTIALS = {
    "account": ACCOUNT[0],
    "password": ACCOUNT[1],
    "secret_id": "client-7",
    "secret": "s3cret",
}
COMPANIES = [
    {
        "uId": 12,
        "companyName": "Blue Whale 蓝鲸科技",
        "province": "北京",
        "city": "宣武",
        "supportId": 7,
        "servicestarttime": "2022-11-30",
        "serviceendtime": "2027-12-02",
        "serviceCharge": "3.50",
        "serviceaccount": "whale",
        "servicepassword": "12345",
        "address": "1 Harbour Road",
        "multiServiceList": "N1331193N",
        "service_groupid": "344124,344214",
        "createDT": "2022-11-16 09:18:11",
        "updateDT": "2022-11-30 17:41:20",
        "tableName": "VIP,old",
        "userGroup": 221,
        "userURL": "http://whale.example.com",
        "custom_fields": [
            {"key": "phone", "value": "13612345678"},
            {"key": "region", "value": ["北京市", "二级1", "三级1"]},
            {"key": "fxk", "value": "是"},
            {"key": "level", "value": 3},
        ],
    },
    {
        "uId": 9,
        "companyName": "Red Fox",
        "createDT": "2023-05-10 23:59:59",
        "updateDT": "2023-05-11 00:00:00",
        "serviceaccount": "fox",
        "custom_fields": [{"key": "phone", "value": "02154321098,13612340000"}],
    },
    {
        "uId": 30,
        "companyName": "Gone Whale",
        "createDT": "2021-01-01 08:00:00",
        "updateDT": "2024-01-01 08:00:00",
        "status": 2,
        "custom_fields": [],
    },
    {
        "uId": 101,
        "companyName": "Whale Sisters",
        "createDT": "2023-05-10 00:00:00",
        "updateDT": "2025-02-02 02:02:02",
        "serviceaccount": "whale2",
    },
]
ASSETS = [
    {
        "tableId": 5,
        "tableName": "machines",
        "fields": ["price", "model", "note"],
        "rows": [
            {
                "_id": "m1",
                "ownerType": "company",
                "owner": 12,
                "price": "100",
                "model": "X-1",
                "note": "<b>new</b>",
            },
            {
                "_id": "m2",
                "ownerType": "company",
                "owner": "101",
                "price": "250",
                "model": "X-2",
            },
            {
                "_id": "m3",
                "ownerType": "contacter",
                "owner": "12",
                "price": "300",
                "model": "Y-1",
            },
            {"_id": "m4", "price": "400", "model": "Y-2", "note": "nobody's"},
        ],
    },
    {
        "tableId": 6,
        "tableName": "others",
        "fields": ["what"],
        "rows": [{"_id": "o1", "what": "thing"}],
    },
]


class Api:
    """The sandbox below ``/bangwo8``, asked as one account unless told otherwise."""

    def __init__(self, app) -> None:
        self.http = app.test_client()

    def __call__(self, method, path, *, auth=ACCOUNT, headers=None, **more):
        return self.http.open(
            "/bangwo8" + path, method=method, auth=auth, headers=headers, **more
        )

    def get(self, path, **more):
        return self("GET", path, **more)

    def search(self, query, **params):
        answer = self.get(
            "/api/v1/companies/search.json", query_string={"query": query, **params}
        )
        assert answer.status_code == 200, answer.text
        return answer.json

    def ids(self, query, **params):
        return [hit["uId"] for hit in self.search(query, **params)["results"]]

    def listed(self, **params):
        answer = self.get("/api/v1/companies.json", query_string=params)
        assert answer.status_code == 200, answer.text
        return [int(company["uId"]) for company in answer.json["companies"]]

    def detail(self, uid):
        return self.get(f"/api/v1/companies/{uid}.json").json["company"]


def make_sandbox(
    folder, companies=COMPANIES, assets=ASSETS, credentials=CREDENTIALS, now=NOW
):
    """The sandbox application with this data."""
    data = {"bangwo8": {"companies": companies, "asset_tables": assets}}
    if credentials is not None:
        data["credentials"] = {"bangwo8": credentials}
    path = folder / "data.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    moments = now if callable(now) else lambda: now
    return create_sandbox_app(path, database="sqlite://", now=moments)


@pytest.fixture
def make_api(tmp_path):
    """Makes an ``Api`` to a sandbox with other data."""
    return lambda **options: Api(make_sandbox(tmp_path, **options))


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory):
    """The sandbox with the data above; ``api`` resets it before each test."""
    return make_sandbox(tmp_path_factory.mktemp("bangwo8"))


@pytest.fixture
def api(shared_app):
    """An ``Api`` to a sandbox with the data above."""
    api = Api(shared_app)
    api.http.post("/_sandbox/reset")
    return api


@pytest.fixture
def many():
    """Makes so many companies."""

    def many(count):
        return [
            {
                "uId": number,
                "companyName": f"Firm {number}",
                "createDT": f"2024-01-{number % 28 + 1:02} 10:00:00",
            }
            for number in range(1, count + 1)
        ]

    return many


@pytest.fixture
def is_error():
    """Tells whether an answer is the error body: docs/vendors/bangwo8.md#40-common."""

    def is_error(answer, status, code):
        return (
            answer.status_code == status
            and answer.json["errcode"] == code
            and isinstance(answer.json["errmsg"], str)
            and set(answer.json) == {"errcode", "errmsg"}
        )

    return is_error
