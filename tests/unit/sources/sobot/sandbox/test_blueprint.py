"""The imitated Sobot, over raw HTTP: tokens, the query, and every oddity of both."""

from __future__ import annotations

import base64
import json

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sobot.operations import FIELDS

# ----------------------------------------------------------------- open-platform token


def test_a_token_is_issued_for_the_published_signature(api):
    answer = api.get_token(sign="258eec3118705112b2c53dc8043d4d34")
    assert answer.status_code == 200
    body = answer.json
    assert list(body) == ["ret_code", "ret_msg", "item"]
    assert (body["ret_code"], body["ret_msg"]) == ("000000", "success")
    assert body["item"]["expires_in"] == "86400"
    assert isinstance(body["item"]["token"], str)
    assert len(body["item"]["token"]) >= 32


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"appid": "9"}, "900004"),
        ({"appid": ""}, "900004"),
        ({"appid": "-"}, "900004"),
        ({"sign": "0" * 32}, "900003"),
        ({"sign": ""}, "900003"),
        ({"sign": "-"}, "900003"),
        ({"sign": "258EEC3118705112B2C53DC8043D4D34"}, "900003"),
        ({"create_time": "1569397774", "sign": "258eec31"}, "900003"),
        ({"create_time": "-"}, "900003"),
        ({"create_time": ""}, "900003"),
        ({"create_time": "yesterday"}, "900003"),
    ],
)
def test_a_refused_token_is_an_error_with_status_200(api, query, code):
    answer = api.get_token(**query)
    assert answer.status_code == 200
    assert answer.json["ret_code"] == code
    assert isinstance(answer.json["ret_msg"], str)
    assert answer.json.get("item") is None


def test_the_text_of_an_error_is_chinese_unless_english_is_asked_for(api):
    assert api.get_token(appid="9").json["ret_msg"] == "没有找到公司的api配置信息!"
    assert api.get_token(appid="9", language="zh").json["ret_msg"][0] == "没"
    english = api.get_token(appid="9", language="en").json["ret_msg"]
    assert english.isascii()


def test_a_new_token_voids_the_one_before(api):
    second = api.fetch()
    assert second != api.token
    assert api.query(id="c-1001").json["ret_code"] == "900002"
    assert api.query(id="c-1001", headers={"token": second}).json["item"]


def test_a_token_ends_after_a_day(api, clock):
    clock.advance(hours=23, minutes=59)
    assert api.id(id="c-1001") == "c-1001"
    clock.advance(minutes=1)
    answer = api.query(id="c-1001")
    assert (answer.status_code, answer.json["ret_code"]) == (200, "900002")
    assert answer.json.get("item") is None


def test_a_token_stays_good_over_a_reset(api):
    assert api.http.post("/_sandbox/reset").status_code == 200
    assert api.id(id="c-1001") == "c-1001"


@pytest.mark.parametrize("headers", [{}, {"token": ""}, {"token": "  "}])
def test_no_token_is_900001(api, headers):
    answer = api.query(id="c-1001", headers=headers)
    assert (answer.status_code, answer.json["ret_code"]) == (200, "900001")


def test_an_unknown_token_is_900002(api):
    answer = api.query(id="c-1001", headers={"token": "f" * 40})
    assert answer.json["ret_code"] == "900002"


def test_a_token_is_asked_for_before_the_parameters_are_looked_at(api):
    assert api.query("", headers={}).json["ret_code"] == "900001"


def test_without_credentials_any_are_taken(make_api):
    api = make_api(credentials=None)
    assert api.get_token(appid="x", sign="y").json["ret_code"] == "000000"
    assert api.query(id="c-1001", headers={"token": "any"}).json["item"]
    assert api.query(id="c-1001", headers={"token": api.token}).json["ret_code"] == (
        "900002"
    ), "a token that a new one has voided is no longer good all the same"


# --------------------------------------------------------------------------------- JWT


def test_a_jwt_is_issued_and_accepted(api):
    answer = api.jwt()
    assert answer.status_code == 200
    assert answer.json["status"] == "Success"
    token = answer.json["data"]["accessToken"]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 7200
    for sent in (token, f"Bearer {token}"):
        assert api.query(id="c-1001", headers={"Authorization": sent}).json["item"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"sign": "0"}, 401),
        ({"appId": "2"}, 401),
        ({"currentTime": None}, 401),
        ({"responseType": "code"}, 400),
    ],
)
def test_a_refused_jwt_has_a_status(api, changed, status):
    answer = api.jwt(**changed)
    assert (answer.status_code, answer.json["code"]) == (status, status)
    assert "data" not in answer.json


def test_half_a_letter_in_a_body_is_no_failure_of_ours(api):
    body = r'{"responseType": "token", "appId": "\ud800", "sign": "\udfff"}'
    assert api.http.post("/sobot/tokens/company", data=body).status_code == 401


def test_a_jwt_that_is_over_or_unknown_is_401(api, clock):
    token = api.jwt().json["data"]["accessToken"]
    clock.advance(hours=2)
    for sent in (token, "x.y.z"):
        answer = api.query(id="c-1001", headers={"Authorization": sent})
        assert answer.status_code == 401


def test_the_two_kinds_of_tokens_are_not_mixed(api):
    token = api.jwt().json["data"]["accessToken"]
    assert api.query(headers={"token": token}).json["ret_code"] == "900002"
    answer = api.query(headers={"Authorization": api.token})
    assert answer.status_code == 401
    assert api.id(id="c-1001") == "c-1001", "a JWT voids no token"


# --------------------------------------------------------------------------- the query


def test_all_fields_come_in_the_documents_order_with_custom_fields_last(api, whole):
    item = api.item(id="c-1001")
    names = [field.name for field in FIELDS]
    assert len(names) == 31
    assert list(item) == [*names, "cf_1001", "67823"]
    assert item == whole


def test_unset_fields_are_left_out_except_five(api):
    assert api.item(id="c-1004") == {
        "id": "c-1004",
        "nick": "nothing else",
        "sexName": "",
        "userStatusName": "normal",
        "isblack": "0",
    }
    assert api.item(id="s-2")["nick"] == ""


def test_every_value_is_a_string(api):
    item = api.item(id="77")
    assert item["id"] == "77"
    assert item["tel"] == "13900000077"
    assert (item["isVip"], item["isblack"], item["vipLevel"]) == ("1", "0", "2")
    item = api.item(id="bool")
    assert (item["isVip"], item["isblack"]) == ("1", "0")


def test_a_blacklisted_customer_says_so_twice(api):
    item = api.item(id="c-1003")
    assert (item["isblack"], item["userStatusName"]) == ("1", "blacklist")
    item = api.item(id="odd")
    assert (item["isblack"], item["userStatusName"]) == ("1", "blacklist")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", None),
        ("id=", None),
        ("tel=&email=&thirdAccountId=&id=", None),
        ("name=VIP+Wang", None),
        ("id=c-1001", "c-1001"),
        ("id=C-1001", None),
        ("id=c-100", None),
        ("id=nobody", None),
        ("id=c-1001&tel=", "c-1001"),
        ("id=c-1002&id=c-1001", "c-1001"),
        ("tel=13800000001", "c-1001"),
        ("tel=%2B8613800000001", "c-1001"),
        ("tel=+8613800000001", "c-1001"),
        ("tel=8613800000001", "c-1001"),
        ("tel=008613800000001", "c-1001"),
        ("tel=013800000001", "c-1001"),
        ("tel=138-0000-0001", "c-1001"),
        ("tel=(138)+0000.0001", "c-1001"),
        ("tel=13800000019", None),
        ("tel=3800000003", None),
        ("tel=84901234561", "c-1002"),
        ("tel=0901234561", "c-1002"),
        ("tel=%2B84+90+123+4561", "c-1002"),
        ("tel=0281234567", "c-1002"),
        ("tel=281234567", "c-1002"),
        ("tel=0901234562", "c-1003"),
        ("tel=84901234562", "c-1003"),
        ("tel=10086", None),
        ("tel=anonymous", None),
        ("email=wang@example.com", "c-1001"),
        ("email=WANG2@EXAMPLE.COM", "c-1001"),
        ("email=ang@example.com", None),
        ("email=wang@example.com;wang2@example.com", None),
        ("thirdAccountId=nobody", None),
        ("thirdAccountId=wo-1", None),
        ("thirdAccountId=v-1", None),
        ("thirdAccountId=c-1001", None),
    ],
)
def test_customers_are_found_by_these_parameters(api, text, ids):
    assert api.id(text) == ids


@pytest.mark.parametrize(
    "account",
    ["P-1", "WU-1", "WO-1", "WE-1", "WA-1", "FB-1", "IG-1", "LI-1", "TG-1", "DC-1"],
)
def test_an_account_elsewhere_is_found_in_any_of_ten_fields(api, account):
    assert api.id(thirdAccountId=account) == "c-1001"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("id=c-1001&tel=13800000001", "c-1001"),
        ("id=c-1002&tel=13800000001", None),
        ("tel=13800000001&email=wang@example.com&thirdAccountId=TG-1", "c-1001"),
        ("tel=13800000001&email=li@example.com", None),
        ("id=s-2&tel=02158880000", "s-2"),
    ],
)
def test_several_parameters_must_all_match(api, text, ids):
    assert api.id(text) == ids


@pytest.mark.parametrize(
    ("tel", "expected"),
    [
        ("02158880000", "s-1"),  # the blacklisted one
        ("13900000010", "v-09"),  # of two VIPs the lowest id
        ("13900000020", "p-1"),  # the lowest id
    ],
)
def test_of_several_customers_one_is_answered(api, tel, expected):
    assert api.id(tel=tel) == expected


def test_a_made_up_customer_must_match_the_other_parameters_too(api):
    assert api.id(tel="13799990001") == "magic-2-13799990001"
    assert api.id(tel="13799990001", id="c-1001") is None
    assert api.item(tel="13799990002")["userStatusName"] == "blacklist"
    assert api.item(tel="13799990107")["isVip"] == "1"


def test_a_magic_number_that_is_asked_for_with_blanks_is_one_too(api):
    assert api.id("tel=137-9999-0001").startswith("magic-2")


def test_umlauts_come_as_utf_8(api):
    answer = api.query(id="c-1001")
    assert answer.content_type == "application/json"
    assert "王建国" in answer.data.decode()


def test_the_data_change_the_answer(make_api):
    api = make_api([{"id": "x", "tel": "13911112222", "extra": ["a", 2]}])
    assert api.item(tel="13911112222")["extra"] == "a,2"
    assert api.item(tel="13800000003") is None


# -------------------------------------------------------------------------- other HTTP


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/sobot/internal/customer/query", 405),
        ("POST", "/sobot/api/get_token", 405),
        ("GET", "/sobot/tokens/company", 405),
        ("GET", "/sobot/internal/customer", 404),
        ("GET", "/sobot", 404),
    ],
)
def test_other_paths_and_methods_are_refused_as_json(api, method, path, status):
    answer = api.http.open(path, method=method)
    assert answer.status_code == status
    assert answer.json["ret_code"] == "999999"
    assert ("Allow" in answer.headers) == (status == 405)


def test_head_has_no_body(api):
    answer = api.http.head(
        "/sobot/internal/customer/query?id=c-1001", headers={"token": api.token}
    )
    assert (answer.status_code, answer.data) == (200, b"")


# ------------------------------------------------------------------- shipped customers


@pytest.fixture(scope="module")
def shipped():
    http = create_sandbox_app(database="sqlite://").test_client()

    def ask(**query):
        path = "/sobot/internal/customer/query"
        answer = http.get(path, query_string=query, headers={"token": "t"})
        return answer.json["item"]

    return ask


@pytest.mark.parametrize(
    ("tel", "expected"),
    [
        ("13800000001", {"id": "c-1001", "isVip": "1", "vipLevel": "3"}),
        ("13800000002", {"id": "c-1002", "isblack": "1"}),
        ("13800000003", {"id": "c-1003", "isVip": "2", "cf_1001": "B"}),
        ("+84901234561", {"id": "c-1005", "nick": "Chị Linh"}),
        ("14155550142", {"id": "c-1008", "city_name": "San Francisco"}),
        ("13900000010", {"id": "c-1010", "isVip": "1"}),
        ("02158880000", {"id": "c-1013", "isblack": "1"}),
    ],
)
def test_the_shipped_customers_have_the_fields_of_the_docs(shipped, tel, expected):
    item = shipped(tel=tel)
    assert {name: item[name] for name in expected} == expected


def test_a_hundred_customers_are_shipped(shipped):
    known = [shipped(id=f"c-{number}") for number in range(1001, 1101)]
    assert all(known)
    assert shipped(id="c-1101") is None
    assert shipped(tel="13800000009") is None
    assert len([customer for customer in known if customer["isblack"] == "1"]) >= 5
    assert len([customer for customer in known if customer.get("isVip") == "1"]) >= 15
    assert len([customer for customer in known if ";" in customer.get("tel", "")]) >= 5
    for country in ("中国", "Việt Nam", "United States"):
        assert [
            customer for customer in known if customer.get("countryName") == country
        ]
