"""A Sobot sandbox of our own with our own customers, for each test."""

from __future__ import annotations

import hashlib
import json

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app
from support.fake_time import FakeDateClock

CREDENTIALS = {"app_id": "1", "app_key": "2", "app_secret": "3"}
NAMED = {
    "tel": "13800000001",
    "email": "Wang@Example.com;wang2@example.com",
    "partner_id": "P-1",
    "wx_unionid": "WU-1",
    "wx_external_userid": "WE-1",
    "wx_openid": "WO-1",
    "faceBookid": "FB-1",
    "instagramid": "IG-1",
    "whatsappid": "WA-1",
    "lineid": "LI-1",
    "telegramid": "TG-1",
    "discordid": "DC-1",
    "visitorids": "v-1,v-2",
    "uname": "王建国",
    "countryName": "中国",
    "provice_name": "广东省",
    "city_name": "深圳市",
    "remark": "calls at night",
    "vipLevel": "3",
    "vipLeveName": "Gold",
    "enterprise_name": "Example Ltd",
    "sourceName": "Phone",
    "liableServiceName": "Chen Jing",
    "userLabel": "11,12",
    "userLableName": '"Buying": "Repeat buyer", "Large order"',
}
CUSTOMERS = [
    {
        "cf_1001": "A",
        "id": "c-1001",
        "nick": "VIP Wang",
        "sexName": "Male",
        "userStatusName": "normal",
        "isVip": "1",
        "isblack": "0",
        **NAMED,
        "67823": "custom",
    },
    {"id": "c-1002", "tel": "84901234561; 0281234567", "isVip": "2", "isblack": "0"},
    {"id": "c-1003", "tel": "+84901234562", "isblack": "1"},
    {"id": "c-1004", "tel": "", "email": None, "nick": "nothing else"},
    {"id": "s-3", "tel": "02158880000", "isVip": "1"},
    {"id": "s-1", "tel": "02158880000", "isblack": "1"},
    {"id": "s-2", "tel": "02158880000"},
    {"id": "v-10", "tel": "13900000010", "isVip": "1"},
    {"id": "v-09", "tel": "13900000010", "isVip": "1"},
    {"id": "v-01", "tel": "13900000010", "isVip": "2"},
    {"id": "p-2", "tel": "13900000020"},
    {"id": "p-1", "tel": "13900000020", "isVip": "2"},
    {"id": "ext", "tel": "10086"},
    {"id": 77, "tel": 13900000077, "isVip": 1, "isblack": 0, "vipLevel": 2},
    {"id": "bool", "tel": "13900000078", "isVip": True, "isblack": False},
    {"id": "odd", "tel": "13900000079", "userStatusName": "blacklist", "isblack": "0"},
]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Api:
    """The sandbox below ``/sobot``, asked as the account of the data file."""

    def __init__(self, app):
        self.http = app.test_client()
        self.token = self.fetch()

    def fetch(self):
        return self.get_token().json["item"]["token"]

    def get_token(self, appid="1", create_time="1569397773", sign=None, **headers):
        sign = md5(f"{appid}{create_time}2") if sign is None else sign
        fields = {"appid": appid, "create_time": create_time, "sign": sign}
        query = {name: value for name, value in fields.items() if value != "-"}
        return self.http.get(
            "/sobot/api/get_token", query_string=query, headers=headers
        )

    def query(self, text="", headers=None, **parameters):
        sent = {"token": self.token} if headers is None else headers
        return self.http.get(
            "/sobot/internal/customer/query",
            query_string=parameters or text,
            headers=sent,
        )

    def item(self, text="", **parameters):
        answer = self.query(text, **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.json["ret_code"] == "000000"
        assert answer.json["ret_msg"] == "success"
        return answer.json["item"]

    def id(self, text="", **parameters):
        item = self.item(text, **parameters)
        return item and item["id"]

    def jwt(self, **changed):
        body = {"responseType": "token", "appId": "1", "currentTime": 1700000000000}
        body["sign"] = md5("11700000000000token3")
        return self.http.post("/sobot/tokens/company", json=body | changed)


@pytest.fixture(scope="module")
def clock():
    return FakeDateClock()


def make_sandbox(folder, clock, no_records, customers, credentials):
    data = {**no_records, "sobot": {"customers": customers}}
    if credentials is not None:
        data["credentials"] = {"sobot": credentials}
    path = folder / "data.json"
    path.write_text(json.dumps(data), "utf-8")
    return create_sandbox_app(path, "sqlite://", now=clock)


@pytest.fixture
def make_api(tmp_path, clock, no_records):
    """Makes an ``Api`` to a sandbox with other data."""

    def make(customers=CUSTOMERS, credentials=CREDENTIALS):
        return Api(make_sandbox(tmp_path, clock, no_records, customers, credentials))

    return make


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory, clock, no_records):
    """The sandbox with the data above; ``api`` resets it before each test."""
    folder = tmp_path_factory.mktemp("sobot")
    return make_sandbox(folder, clock, no_records, CUSTOMERS, CREDENTIALS)


@pytest.fixture
def api(sandbox):
    """An ``Api`` with a new token."""
    sandbox.test_client().post("/_sandbox/reset")
    return Api(sandbox)


@pytest.fixture
def whole():
    """The first customer, as the wire shows it."""
    return CUSTOMERS[0]
