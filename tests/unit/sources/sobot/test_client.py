"""The Sobot client without any I/O: what it sends, and what it makes of answers."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.sources.interface import (
    Query,
    Reply,
    SourceSettings,
    TokenRejected,
)
from ivrhooks.sources.sobot.client import SobotClient
from ivrhooks.sources.sobot.operations import OPERATIONS
from ivrhooks.sources.sobot.settings import SobotAuth
from support.vendor_queries import answer

OPEN = SobotAuth(app_id="1", app_key="2")
JWT = SobotAuth(
    style="jwt", app_id="1", app_secret="3", token_url="https://jwt.example/t/company"
)
CUSTOMER = {"id": "c-1", "nick": "Wang", "isVip": "1", "isblack": "0"}


def make(auth=OPEN, **more):
    return SobotClient(
        SourceSettings("crm", "sobot", "https://crm.example/x/", auth, **more)
    )


def query(pick="risk_first", **params):
    return Query(OPERATIONS[0], params, pick=pick)


def envelope(item="-", code="000000", message="success"):
    body = {"ret_code": code, "ret_msg": message}
    return body if item == "-" else body | {"item": item}


# -------------------------------------------------------------------------- asking


def test_the_query_is_a_get_with_the_token_in_its_header():
    request = make().request(query(tel="+86 138", id="c-1"), "T0")
    assert request.method == "GET"
    assert request.url == (
        "https://crm.example/x/internal/customer/query?id=c-1&tel=%2B86%20138"
    )
    assert dict(request.headers)["token"] == "T0"
    assert "language" not in dict(request.headers)
    assert request.body is None
    assert request.repeatable


def test_the_accounts_own_path_replaces_the_built_in_one():
    client = make(paths={"query_customer": "/crm/query"})
    url = client.request(query(id="c-1"), "T0").url
    assert url == "https://crm.example/x/crm/query?id=c-1"


def test_the_language_is_sent_where_it_is_configured():
    client = make(SobotAuth(app_id="1", app_key="2", language="en"))
    assert dict(client.request(query(id="1"), "T").headers)["language"] == "en"
    assert dict(client.token_request(0).headers)["language"] == "en"


def test_a_jwt_is_sent_bare_in_authorization():
    headers = dict(make(JWT).request(query(id="1"), "a.b.c").headers)
    assert headers["Authorization"] == "a.b.c"
    assert "token" not in headers


def test_a_token_with_a_line_break_is_not_sent():
    with pytest.raises(SourceRejected):
        make().request(query(id="1"), "a\r\nX-Evil: 1")


# -------------------------------------------------------------------------- tokens


def test_the_token_request_is_signed_as_published():
    request = make().token_request(1569397773.9)
    assert request.method == "GET"
    assert request.url == (
        "https://crm.example/x/api/get_token?appid=1&create_time=1569397773"
        "&sign=258eec3118705112b2c53dc8043d4d34"
    )


@pytest.mark.parametrize(
    ("more", "lives"),
    [
        ({"expires_in": "7200"}, 7200),
        ({"expires_in": 7200}, 7200),
        ({"expire_in": "3600"}, 3600),
        ({"expire": 1800}, 1800),
        ({"expires_in": "10", "expire_in": "20", "expire": "30"}, 10),
        ({"expires_in": "", "expire": "30"}, 30),
        ({"expires_in": "soon"}, 86400),
        ({"expires_in": None}, 86400),
        ({"expires_in": "-5"}, 86400),
        ({"expires_in": "inf"}, 86400),
        ({"expires_in": [1]}, 86400),
        ({}, 86400),
    ],
)
def test_the_life_of_a_token_is_read_in_any_spelling(more, lives):
    token = make().token(answer(envelope({"token": "t" * 32} | more)))
    assert (token.value, token.lives) == ("t" * 32, lives)


@pytest.mark.parametrize("code", ["900003", "900004", "900001", "700046", 900003])
def test_refused_credentials_are_rejected_and_no_reason_to_try_again(code):
    with pytest.raises(SourceRejected, match=str(code)) as caught:
        make().token(answer(envelope(code=code, message="没有找到公司的api配置信息!")))
    assert not isinstance(caught.value, TokenRejected)


@pytest.mark.parametrize(
    "body", [envelope(), envelope({}), envelope({"token": ""}), envelope([]), {}, []]
)
def test_an_answer_without_a_token_is_malformed(body):
    with pytest.raises(SourceMalformed):
        make().token(answer(body))


def test_a_jwt_is_asked_for_with_milliseconds():
    request = make(JWT).token_request(1700000000.25)
    assert (request.method, request.url) == ("POST", "https://jwt.example/t/company")
    sign = hashlib.md5(b"11700000000250token3").hexdigest()
    assert json.loads(request.body) == {
        "responseType": "token",
        "appId": "1",
        "currentTime": 1700000000250,
        "sign": sign,
    }
    assert dict(request.headers)["Content-Type"] == "application/json"


def jwt(**claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return f"aa.{body.decode()}.cc"


@pytest.mark.parametrize("name", ["accessToken", "access_token"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_jwt_is_found_under_either_name_in_either_place(name, inside):
    body = {name: "a.b.c", "response_type": "token"}
    token = make(JWT).token(answer({"data": body} if inside else body))
    assert token.value == "a.b.c"


@pytest.mark.parametrize(
    ("token", "more", "lives"),
    [
        (jwt(iat=1000, exp=8200), {}, 3600),
        (jwt(exp=8200), {}, 43200),
        (jwt(iat=10, exp=5), {}, 43200),
        ("opaque", {}, 43200),
        ("a.%%.c", {}, 43200),
        ("opaque", {"expires_in": "100"}, 50),
    ],
)
def test_a_jwt_is_renewed_at_half_its_life(token, more, lives):
    answered = answer({"data": {"accessToken": token} | more})
    assert make(JWT).token(answered).lives == lives


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({}, 401), SourceRejected),
        (answer({"code": 40001, "message": "bad sign"}), SourceRejected),
        (answer({"data": {}}), SourceMalformed),
        (answer({"data": {"accessToken": 5}}), SourceMalformed),
        (answer([]), SourceMalformed),
        (answer(b"<html>"), SourceMalformed),
        (answer({}, 503), SourceUnavailable),
    ],
)
def test_no_jwt_is_a_named_error(response, error):
    with pytest.raises(error) as caught:
        make(JWT).token(response)
    assert not isinstance(caught.value, TokenRejected)


# ------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "body",
    [
        envelope(CUSTOMER),
        envelope(CUSTOMER, code=0),
        CUSTOMER,
        {"apiVersion": "v6", "code": 200, "data": CUSTOMER},
    ],
)
def test_the_customer_is_the_record_with_or_without_an_envelope(body):
    assert make().reply(query(), answer(body)) == Reply(CUSTOMER)


def test_numbers_are_left_as_they_came():
    customer = {"id": 7, "isVip": 1, "isblack": 0}
    assert make().reply(query(), answer(envelope(customer))).record == customer


@pytest.mark.parametrize(
    "response",
    [
        answer(envelope(None)),
        answer(envelope()),
        answer(envelope({})),
        answer(envelope([])),
        answer(None),
        answer({}),
        answer([]),
        answer(b""),
        answer(b" \r\n"),
        answer(b"", 204),
        answer({"message": "no such customer"}, 404),
    ],
)
def test_no_such_customer_is_not_found(response):
    assert make().reply(query(), response).found is False


@pytest.mark.parametrize("code", ["900001", "900002", 900002])
def test_an_expired_token_is_rejected_as_such(code):
    with pytest.raises(TokenRejected):
        make().reply(query(), answer(envelope(None, code=code, message="expired")))


def test_status_401_means_a_new_token_would_help():
    for client in (make(), make(JWT)):
        with pytest.raises(TokenRejected):
            client.reply(query(), answer(b"no", 401))
    with pytest.raises(TokenRejected):
        make(JWT).reply(query(), answer({"apiVersion": "v6", "code": 401}))


@pytest.mark.parametrize(
    ("response", "error", "words"),
    [
        (
            answer(envelope(None, "999999", "未知错误")),
            SourceRejected,
            "999999 未知错误",
        ),
        (answer(envelope(CUSTOMER, "400001")), SourceRejected, "400001"),
        (answer({"apiVersion": "v6", "code": 500}), SourceRejected, "500"),
        (answer(CUSTOMER, 400), SourceRejected, "400"),
        (answer(CUSTOMER, 302), SourceRejected, "302"),
        (answer(CUSTOMER, 500), SourceUnavailable, "500"),
        (answer(CUSTOMER, 503), SourceUnavailable, "503"),
        (answer(CUSTOMER, 429), SourceUnavailable, "429"),
        (answer(b"<html>"), SourceMalformed, "query_customer"),
        (answer(b'{"ret_code": '), SourceMalformed, "query_customer"),
        (answer(b'{"isVip": NaN}'), SourceMalformed, "NaN"),
        (answer(envelope("text")), SourceMalformed, "customer"),
        (answer(envelope(5)), SourceMalformed, "customer"),
        (answer(envelope([CUSTOMER, None])), SourceMalformed, "customer"),
        (answer(["no", 42, [True]]), SourceMalformed, "customer"),
        (answer("text"), SourceMalformed, "customer"),
        (answer({"unexpected": 1}), SourceMalformed, "neither"),
        (answer({"ret_code": None}), SourceMalformed, "neither"),
        (answer({"ret_code": {"a": 1}}), SourceMalformed, "neither"),
    ],
)
def test_an_unusable_answer_is_a_named_error(response, error, words):
    with pytest.raises(error, match=words) as caught:
        make().reply(query(), response)
    assert not isinstance(caught.value, TokenRejected)


@pytest.mark.parametrize("body", [b"[" * 5000, b'{"a":' * 5000, b"9" * 9000, b"\xff"])
def test_no_body_raises_anything_but_a_source_error(body):
    with pytest.raises(SourceError):
        make().reply(query(), answer(body))


# ------------------------------------------------------------------------- picking

SEVERAL = [
    {"id": "c", "isVip": "1"},
    {"id": "d", "isVip": 1},
    {"id": "b", "isVip": "2", "isblack": "0"},
    {"id": "e", "userStatusName": "blacklist"},
    {"id": "f", "isblack": 1},
    {"id": "a"},
]


@pytest.mark.parametrize(
    ("entries", "pick", "picked"),
    [
        (SEVERAL, "risk_first", "e"),
        (SEVERAL[:3], "risk_first", "c"),
        ([SEVERAL[0], SEVERAL[4]], "risk_first", "f"),
        (
            [SEVERAL[0], {"id": "g", "isblack": "1", "userStatusName": "normal"}],
            "risk_first",
            "g",
        ),
        ([SEVERAL[5], SEVERAL[1]], "risk_first", "d"),
        ([SEVERAL[2], SEVERAL[5]], "risk_first", "a"),
        (SEVERAL, "first", "c"),
        (SEVERAL, "newest", "f"),
        ([{"id": "9"}, {"id": "10"}], "risk_first", "10"),
        ([{"id": 9}, {"id": 10}], "newest", 9),
    ],
)
def test_of_several_customers_one_is_picked(entries, pick, picked):
    record = make().reply(query(), answer(envelope(entries))).record
    assert make().picked(query(pick), record)["id"] == picked


def test_none_leaves_the_vendors_list():
    assert make().picked(query("none"), SEVERAL) == SEVERAL


def test_one_customer_is_left_alone():
    assert make().picked(query(), CUSTOMER) == CUSTOMER
    assert make().picked(query(), None) is None
    assert make().picked(query(), []) == []
