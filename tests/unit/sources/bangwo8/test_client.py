"""The client without any I/O: what it asks, what it reads, what it survives."""

from __future__ import annotations

import base64
import contextlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.sources.bangwo8.client import Bangwo8Client
from ivrhooks.sources.bangwo8.operations import OPERATIONS
from ivrhooks.sources.bangwo8.settings import BangwoAuth
from ivrhooks.sources.interface import (
    Query,
    Response,
    SourceSettings,
    Token,
    TokenRejected,
)
from support.vendor_queries import answer, query_maker

BY_NAME = {operation.name: operation for operation in OPERATIONS}
ask = query_maker(OPERATIONS)
ACCOUNT = BangwoAuth(account="agent@example.com", password="pass:word")
CLIENT = BangwoAuth(secret_id="client-7", secret="s3cret")
COMPANY = {"uId": "12", "companyName": "Whale"}
HITS = {"results": [{"uId": 12}], "next_page": None, "count": 1}


def make(auth=ACCOUNT, **more):
    base = more.pop("base_url", "https://www.bangwo8.com")
    return Bangwo8Client(SourceSettings("b", "bangwo8", base, auth=auth, **more))


# --------------------------------------------------------------------- requests


def test_a_searchs_query_is_percent_encoded_entirely():
    query = ask("search_companies", query="field_2:+8613 createDT>=2017-07-03", page=2)
    request = make(base_url="https://www.bangwo8.com/").request(query, None)
    assert request.method == "GET"
    assert request.url == (
        "https://www.bangwo8.com/api/v1/companies/search.json"
        "?query=field_2%3A%2B8613%20createDT%3E%3D2017-07-03&page=2"
    )
    headers = dict(request.headers)
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic "))
    assert pair == b"agent@example.com:pass:word"
    assert headers["Accept"] == "application/json"
    assert request.body is None
    assert request.repeatable


def test_ids_are_a_list_or_text_with_commas():
    for ids in ([1, 2, "3"], "1,2,3", (1, 2, 3), "1, 2 ,3"):
        url = make().request(ask("show_many", ids=ids), None).url
        assert parse_qs(urlsplit(url).query) == {"ids": ["1,2,3"]}
    url = make().request(ask("show_many", ids=7), None).url
    assert url.endswith("?ids=7")


def test_the_path_takes_the_id():
    assert (
        make()
        .request(ask("get_company", id=12), None)
        .url.endswith("/api/v1/companies/12.json")
    )
    assert make().request(ask("get_company", id="12"), None).url.endswith("/12.json")
    for bad in ("../x", "a/b", "", True, [1]):
        with pytest.raises(SourceRejected):
            make().request(ask("get_company", id=bad), None)


def test_a_path_of_the_account_replaces_the_built_in_one():
    client = make(paths={"get_company": "/v2/firm/{id}"})
    url = client.request(ask("get_company", id=5), None).url
    assert url == "https://www.bangwo8.com/v2/firm/5"


def test_a_create_wraps_the_companys_fields():
    custom = [{"key": "field_1", "value": "华中"}, {"key": "c", "value": ["a", "b"]}]
    query = ask(
        "create_company", companyName="测试", custom_fields=custom, userGroup="3"
    )
    request = make().request(query, None)
    assert request.method == "POST"
    assert request.url.endswith("/api/v1/companies.json")
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert not request.repeatable
    assert json.loads(request.body) == {
        "company": {"companyName": "测试", "custom_fields": custom, "userGroup": 3}
    }


def test_an_update_has_its_id_in_the_path_only():
    request = make().request(ask("update_company", id=9, address="x"), None)
    assert request.method == "PUT"
    assert request.url.endswith("/api/v1/companies/9.json")
    assert json.loads(request.body) == {"company": {"address": "x"}}


def test_asset_rows_are_asked_as_json():
    query = ask(
        "asset_rows",
        tableName="assets",
        cPara="a:b,_id:c",
        filter="ownerType:company,owner:{ {company.companyId} }",
        company=12,
    )
    request = make().request(query, None)
    assert dict(request.headers)["Accept"] == "application/json"
    assert urlsplit(request.url).path == "/osp2016/SDK/Tables/ticketAssetTable.php"
    assert parse_qs(urlsplit(request.url).query) == {
        "tableName": ["assets"],
        "cPara": ["a:b,_id:c"],
        "filter": ["ownerType:company,owner:{ {company.companyId} }"],
        "company": ["12"],
    }
    assert " " not in request.url


# ----------------------------------------------------------------------- tokens


def test_an_account_needs_no_token():
    assert make().token_request(0.0) is None


def test_a_client_fetches_a_token_and_sends_it():
    client = make(CLIENT)
    request = client.token_request(0.0)
    assert request.method == "POST"
    assert request.url == "https://www.bangwo8.com/api/token.php"
    assert request.body == b"grant_type=client_credentials"
    headers = dict(request.headers)
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(headers["Authorization"][6:]) == b"client-7:s3cret"
    body = {"access_token": "abc", "expires_in": 3600, "scope": None}
    assert client.token(answer(body)) == Token("abc", 3600.0)
    sent = dict(client.request(ask("get_company", id=1), "abc").headers)
    assert sent["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("lives", ["1800", 1800, "soon", None, -1])
def test_the_life_of_a_token_is_a_number_or_a_text(lives):
    token = make(CLIENT).token(answer({"access_token": "t", "expires_in": lives}))
    assert token.lives == (1800.0 if str(lives) == "1800" else 3600.0)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({"errcode": "100002", "errmsg": "no"}, 401), SourceRejected),
        (answer({"errcode": "100002", "errmsg": "no"}), SourceRejected),
        (answer(b"<html>", 503), SourceUnavailable),
        (answer(b"<html>"), SourceMalformed),
        (answer({}), SourceMalformed),
        (answer([]), SourceMalformed),
        (answer(b""), SourceMalformed),
        (answer({"access_token": ""}), SourceMalformed),
        (answer({"access_token": "a\r\nX: y"}), SourceMalformed),
        (answer({"access_token": 5}), SourceMalformed),
    ],
)
def test_no_token_is_a_named_error(response, error):
    with pytest.raises(error) as raised:
        make(CLIENT).token(response)
    assert type(raised.value) is error


def test_an_expired_token_is_distinguished_from_a_bad_account():
    refused = answer({"errcode": "100002", "errmsg": "Unauthorized"}, 401)
    for response in (refused, answer(b"<html>", 401)):
        with pytest.raises(TokenRejected):
            make(CLIENT).reply(ask("get_company", id=1), response)
        with pytest.raises(SourceRejected) as raised:
            make(ACCOUNT).reply(ask("get_company", id=1), response)
        assert not isinstance(raised.value, TokenRejected)


# ---------------------------------------------------------------------- replies


@pytest.mark.parametrize("company", [COMPANY, [COMPANY]])
def test_a_company_comes_without_its_envelope(company):
    reply = make().reply(ask("get_company", id=12), answer({"company": company}))
    assert reply.found
    assert reply.record == COMPANY


@pytest.mark.parametrize(
    "response",
    [
        answer({"errcode": "100047", "errmsg": "Invalid resource URI"}, 404),
        answer({"errcode": "100047", "errmsg": "Invalid resource URI"}),
        answer({"errcode": 100047}, 403),
        answer(b"<html>not here</html>", 404),
        answer(b""),
        answer(b"  "),
        answer(b"", 204),
        answer({"company": []}),
        answer({"company": None}),
    ],
)
def test_no_such_company_is_not_found(response):
    reply = make().reply(ask("get_company", id=12), response)
    assert not reply.found


def test_lists_keep_the_vendors_block():
    reply = make().reply(ask("search_companies", query="x:1"), answer(HITS))
    assert reply.found
    assert reply.record == HITS
    for name, key in (
        ("list_companies", "companies"),
        ("show_many", "companies"),
        ("search_companies", "results"),
        ("asset_rows", "rows"),
    ):
        empty = {key: [], "count": 0}
        reply = make().reply(ask(name), answer(empty))
        assert not reply.found
        assert reply.record == empty


def test_a_list_without_count_and_links_is_enough():
    body = {"companies": [COMPANY]}
    assert make().reply(ask("list_companies"), answer(body)).record == body


@pytest.mark.parametrize(
    ("body", "record"),
    [
        ({"company": {"uId": 11}}, {"uId": 11}),
        ({"company": [{"uId": 11}]}, {"uId": 11}),
        (
            {"status": "0", "message": "Insert ok", "data": False},
            {"status": "0", "message": "Insert ok", "data": False},
        ),
        ({"status": 0, "message": "ok", "data": {"uId": 4}}, {"uId": 4}),
    ],
)
@pytest.mark.parametrize("name", ["create_company", "update_company"])
def test_both_manuals_answers_to_a_write_are_taken(name, body, record):
    reply = make().reply(ask(name, id=1, companyName="x"), answer(body))
    assert reply.found
    assert reply.record == record


def test_an_empty_answer_to_a_write_is_a_success():
    assert make().reply(ask("create_company", companyName="x"), answer(b"")).found


def test_a_write_that_the_new_manual_refuses_is_rejected():
    body = {"status": "1", "message": "13800000001 is no name", "data": False}
    with pytest.raises(SourceRejected) as refused:
        make().reply(ask("create_company", companyName="x"), answer(body))
    assert "status 1" in str(refused.value)
    assert "13800000001" not in str(refused.value)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer({"errcode": "100001", "errmsg": "bad"}, 400), SourceRejected),
        (answer({"errcode": "100001", "errmsg": "bad"}), SourceRejected),
        (answer({"errcode": 100001}), SourceRejected),
        (answer(b"no", 403), SourceRejected),
        (answer(b"", 302, location="http://x"), SourceRejected),
        (answer({"errcode": "100500"}, 500), SourceUnavailable),
        (answer(b"", 502), SourceUnavailable),
        (answer(b"slow down", 429), SourceUnavailable),
        (answer(b"<html>"), SourceMalformed),
        (answer(b'{"company": '), SourceMalformed),
        (answer(b'{"company": {"uId": NaN}}'), SourceMalformed),
        (answer(b"\xff\xfe"), SourceMalformed),
        (answer(b"null"), SourceMalformed),
        (answer([COMPANY]), SourceMalformed),
        (answer({}), SourceMalformed),
        (answer({"company": "x"}), SourceMalformed),
        (answer({"company": ["x"]}), SourceMalformed),
        (answer({"company": [COMPANY, COMPANY]}), SourceMalformed),
        (answer({"companies": "x"}), SourceMalformed),
        (answer(b"[" * 3000), SourceMalformed),
    ],
)
def test_each_answer_of_the_vendor_is_one_of_four_errors(response, error):
    with pytest.raises(SourceError) as raised:
        make().reply(ask("get_company", id=12), response)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "body", [{"results": {}}, {"results": ["x"]}, {"count": 0}, []]
)
def test_a_list_of_another_shape_is_malformed(body):
    with pytest.raises(SourceMalformed):
        make().reply(ask("search_companies", query="x"), answer(body))


def test_an_errcode_that_means_no_error_is_none():
    body = {"errcode": "0", "errmsg": "ok", "company": COMPANY}
    reply = make().reply(ask("get_company", id=12), answer(body))
    assert reply.record == COMPANY


# ------------------------------------------------------------------------- pick


ENTRIES = [
    {"uId": 30, "createDT": "2021-01-01 00:00:00", "tableName": "old"},
    {"uId": 9, "createDT": "2020-01-01 00:00:00", "tableName": "VIP,old"},
    {"uId": 4, "createDT": "2026-01-01", "tableName": "x,黑名单"},
    {"uId": 5},
]


@pytest.mark.parametrize(
    ("pick", "entries", "uid"),
    [
        ("first", ENTRIES, 30),
        ("newest", ENTRIES, 4),
        ("risk_first", ENTRIES, 4),
        ("risk_first", ENTRIES[:2], 9),
        ("risk_first", [ENTRIES[0], ENTRIES[3]], 30),
        ("newest", [ENTRIES[3], {"uId": 7}], 7),
    ],
)
def test_one_entry_is_picked(pick, entries, uid):
    block = {"companies": entries}
    query = Query(BY_NAME["list_companies"], {}, pick=pick)
    assert make().picked(query, block)["uId"] == uid


def test_of_an_empty_list_nothing_is_picked():
    empty = {"results": [], "count": 0}
    query = Query(BY_NAME["search_companies"], {}, pick="newest")
    assert make().picked(query, empty) is None


def test_without_pick_the_block_stays():
    for pick in (None, "none"):
        query = Query(BY_NAME["search_companies"], {}, pick=pick)
        assert make().picked(query, HITS) == HITS
    query = Query(BY_NAME["get_company"], {}, pick="first")
    assert make().picked(query, COMPANY) == COMPANY


# ------------------------------------------------- the client at its own sandbox


@pytest.fixture
def exchange(api):
    """Sends a client's question to the sandbox, without a socket."""

    def send(request):
        parts = urlsplit(request.url)
        got = api.http.open(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            method=request.method,
            headers=list(request.headers),
            data=request.body,
        )
        headers = {name.lower(): value for name, value in got.headers}
        return Response(got.status_code, headers, got.data)

    def run(client, name, **params):
        token = None
        if client.token_request(0.0) is not None:
            token = client.token(send(client.token_request(0.0))).value
        query = ask(name, **params)
        return client.reply(query, send(client.request(query, token)))

    return run


@pytest.mark.parametrize("auth", [ACCOUNT, CLIENT])
def test_every_operation_works_at_the_sandbox(exchange, auth):
    client = make(auth, base_url="http://127.0.0.1/bangwo8")
    hits = exchange(client, "search_companies", query="phone:13612345678")
    assert [hit["uId"] for hit in hits.record["results"]] == [12]
    assert exchange(client, "list_companies", per_page=1).record["count"] == 3
    whale = exchange(client, "get_company", id=hits.record["results"][0]["uId"])
    assert whale.record["uId"] == "12"
    many = exchange(client, "show_many", ids=[12, 9]).record["companies"]
    assert [entry["uId"] for entry in many] == [9, 12]
    rows = exchange(
        client, "asset_rows", tableId=5, cPara="price:p", filter="model:X"
    ).record
    assert [row["_id"] for row in rows["rows"]] == ["m1", "m2"]
    made = exchange(client, "create_company", companyName="新公司").record
    custom = [{"key": "phone", "value": "13700002222"}]
    changed = exchange(client, "update_company", id=made["uId"], custom_fields=custom)
    assert changed.record["custom_fields"] == custom
    assert exchange(client, "search_companies", query="phone:13700002222").found


def test_the_sandboxs_refusals_are_read(exchange):
    client = make(base_url="http://127.0.0.1/bangwo8")
    assert not exchange(client, "get_company", id=999).found
    assert not exchange(client, "search_companies", query="phone:13700009999").found
    assert not exchange(client, "show_many", ids="999").found
    with pytest.raises(SourceRejected, match="100001"):
        exchange(client, "search_companies", query="a b")
    stranger = make(BangwoAuth("x", "y"), base_url="http://127.0.0.1/bangwo8")
    with pytest.raises(SourceRejected, match="100002"):
        exchange(stranger, "get_company", id=12)


# ------------------------------------------------------------- whatever comes back

KEYS = ("company", "companies", "results", "rows", "errcode", "errmsg", "status")
KEYS += ("message", "data", "uId", "tableName", "createDT", "access_token")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=30) | JSON_VALUES.map(lambda v: json.dumps(v).encode())


@settings(max_examples=300, deadline=None)
@given(
    body=BODIES,
    status=st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 404, 429, 500]),
    name=st.sampled_from(sorted(BY_NAME)),
    pick=st.sampled_from([None, "first", "newest", "risk_first"]),
)
def test_whatever_comes_back_is_a_reply_or_a_source_error(body, status, name, pick):
    client = make(CLIENT)
    query = Query(BY_NAME[name], {}, pick=pick)
    try:
        reply = client.reply(query, Response(status, {}, body))
        client.picked(query, reply.record)
    except SourceError:
        pass
    with contextlib.suppress(SourceError):
        client.token(Response(status, {}, body))
