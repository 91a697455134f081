"""Meiqia's client: what it sends, and what it makes of every answer."""

from __future__ import annotations

import json

import pytest
from marshmallow import ValidationError

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.sources.interface import Query, SourceSettings, TokenRejected
from ivrhooks.sources.meiqia.client import AuthSchema, MeiqiaAuth, MeiqiaClient
from ivrhooks.sources.meiqia.operations import OPERATIONS
from support.vendor_queries import answer, query_maker

BY_NAME = {operation.name: operation for operation in OPERATIONS}
ask = query_maker(OPERATIONS)
PREFIX = "https://api.example/unified-api/call/openapi/ent/v1"
NOT_REGISTERED = {"error": {"code": "Unauthenticated", "message": "坐席未注册"}}


@pytest.fixture
def client():
    settings = SourceSettings(
        name="calls",
        kind="meiqia",
        base_url="https://api.example",
        auth=MeiqiaAuth(access_token="t-1"),
    )
    return MeiqiaClient(settings)


# ----------------------------------------------------------------- what is sent


def test_the_token_of_the_settings_is_sent_and_none_is_fetched(client):
    assert client.token_request(0.0) is None
    request = client.request(ask("list_sips", agent_id="12", occupied="y"), None)
    assert request.url == f"{PREFIX}/sips?agent_id=12&occupied=y"
    assert ("Authorization", "Bearer t-1") in request.headers
    assert ("Content-Type", "application/json") in request.headers
    assert request.body is None


def test_ids_are_integers_exactly_and_lists_are_lists(client):
    request = client.request(
        ask(
            "list_records",
            agent_id="9007199254740993",
            agent_ids="7, 8",
            call_types="来电",
            customer_phone=13800000001,
            page_size=5.0,
        ),
        None,
    )
    assert request.method == "POST"
    assert request.url == f"{PREFIX}/records"
    assert json.loads(request.body) == {
        "agent_id": 9007199254740993,
        "agent_ids": [7, 8],
        "call_types": ["来电"],
        "customer_phone": "13800000001",
        "page_size": 5,
    }
    assert request.repeatable


def test_a_search_without_parameters_is_an_empty_object(client):
    assert client.request(ask("list_records"), None).body == b"{}"


def test_a_write_is_not_repeatable(client):
    query = ask("assign_numbers", agent_ids=7, group_ids=[], numbers=["400"])
    request = client.request(query, None)
    assert json.loads(request.body) == {
        "agent_ids": [7],
        "group_ids": [],
        "numbers": ["400"],
    }
    assert not request.repeatable


@pytest.mark.parametrize(
    "params", [{"agent_id": "seven"}, {"agent_id": True}, {"agent_ids": ["x"]}]
)
def test_an_id_that_is_no_number_is_not_sent(client, params):
    with pytest.raises(SourceRejected):
        client.request(ask("list_records", **params), None)


# --------------------------------------------------------------------- answers


def test_the_answer_is_the_record_and_large_ids_stay_exact(client):
    body = b'{"total": 1, "data": [{"agent_id": 9007199254740993}]}'
    reply = client.reply(ask("list_records"), answer(body))
    assert reply.found
    assert reply.record["data"][0]["agent_id"] == 9007199254740993


@pytest.mark.parametrize(
    "body", [{"total": 0, "data": []}, {"total": 0, "data": None}, {"total": 0}, {}]
)
def test_no_calls_are_not_found_and_can_be_read(client, body):
    reply = client.reply(ask("list_records"), answer(body))
    assert not reply.found
    assert reply.record == body


@pytest.mark.parametrize("body", [[{"sip": "1"}], {"data": [{"sip": "1"}], "n": 1}])
def test_lines_are_a_bare_list_or_an_object_with_one(client, body):
    reply = client.reply(ask("list_sips"), answer(body))
    assert reply.found
    assert reply.record == [{"sip": "1"}]


@pytest.mark.parametrize("body", [[], {}, {"data": []}])
def test_no_lines_are_not_found(client, body):
    reply = client.reply(ask("list_sips"), answer(body))
    assert not reply.found
    assert reply.record == []


def test_groups_or_numbers_are_enough(client):
    ask_groups = ask("list_number_groups")
    assert client.reply(ask_groups, answer({"groups": [], "numbers": [{}]})).found
    assert client.reply(ask_groups, answer({"groups": [{"id": 1}]})).found
    assert not client.reply(ask_groups, answer({"groups": [], "numbers": []})).found


@pytest.mark.parametrize("body", [b"", b"{}", b" "])
def test_a_write_may_answer_nothing(client, body):
    reply = client.reply(ask("bind_sip"), answer(body))
    assert reply.found
    assert reply.record == {}
    assert not client.reply(ask("list_records"), answer(b"")).found


def test_a_read_that_finds_no_such_thing_is_not_found(client):
    assert not client.reply(ask("list_sips"), answer({}, 404)).found


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SourceRejected),
        (401, SourceRejected),
        (404, SourceRejected),
        (409, SourceRejected),
        (302, SourceRejected),
        (429, SourceUnavailable),
        (500, SourceUnavailable),
        (503, SourceUnavailable),
    ],
)
def test_the_vendors_message_is_shown(client, status, error):
    with pytest.raises(error, match="坐席未注册") as caught:
        client.reply(ask("callout"), answer(NOT_REGISTERED, status))
    assert not isinstance(caught.value, TokenRejected)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", {"error": "no"}, {"error": {}}]
)
def test_an_error_without_a_message_is_an_error_too(client, body):
    with pytest.raises(SourceRejected, match="HTTP 403"):
        client.reply(ask("callout"), answer(body, 403))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("list_records", b"<html>"),
        ("list_records", b'{"data": ['),
        ("list_records", []),
        ("list_records", "text"),
        ("list_records", {"data": {}}),
        ("list_records", {"data": [1]}),
        ("list_records", {"unexpected": 1}),
        ("list_sips", ["not what you asked for", 42]),
        ("list_sips", {"a": [], "b": []}),
        ("list_sips", "text"),
        ("list_number_groups", {"groups": "x"}),
        ("bind_sip", []),
        ("callout", b"ok"),
    ],
)
def test_an_answer_of_another_shape_is_malformed(client, name, body):
    with pytest.raises(SourceMalformed):
        client.reply(ask(name), answer(body))


def test_no_answer_whatever_raises_anything_but_a_source_error(client):
    for body in (b"\xff\xfe", b"[" * 5000, b"9" * 9000, b"NaN", b'"\\ud800"', b"null"):
        for status in (200, 204, 301, 400, 401, 404, 500):
            for operation in OPERATIONS:
                try:
                    client.reply(Query(operation, {}), answer(body, status))
                except SourceError:
                    continue


# ------------------------------------------------------------------------ pick

CALLS = [
    {"call_uuid": "b", "start_time": "2026-11-01T08:00:00+08:00"},
    {"call_uuid": "a", "start_time": "2026-11-01T01:00:00Z"},
    {"call_uuid": "c", "start_time": "nonsense"},
    {"call_uuid": "d"},
]


@pytest.mark.parametrize(
    ("pick", "wanted"), [("newest", "a"), ("first", "b"), ("risk_first", "a")]
)
def test_of_several_calls_one_is_picked(client, pick, wanted):
    block = {"total": 4, "data": CALLS}
    assert client.picked(ask("list_records", pick), block)["call_uuid"] == wanted
    assert client.picked(ask("list_records", "none"), block) is block
    assert client.picked(ask("list_records"), block) is block


def test_of_several_lines_one_is_picked(client):
    lines = [{"sip": "8002"}, {"sip": "8001"}, {"sip": "8003"}]
    assert client.picked(ask("list_sips", "first"), lines) == {"sip": "8002"}
    assert client.picked(ask("list_sips", "newest"), lines) == {"sip": "8003"}
    assert client.picked(ask("list_sips", "first"), []) is None


def test_of_an_empty_list_nothing_is_picked(client):
    empty = {"total": 0, "data": []}
    assert client.picked(ask("list_records", "newest"), empty) is None
    assert client.picked(ask("list_records", "none"), empty) is empty


def test_the_token_is_read_and_never_shown():
    auth = AuthSchema().load({"access_token": "s3cret"})
    assert auth.access_token == "s3cret"
    assert "s3cret" not in repr(auth)


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "k", "token": "k"},
    ],
)
def test_anything_else_is_refused(auth):
    with pytest.raises(ValidationError):
        AuthSchema().load(auth)
