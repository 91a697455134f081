"""OMICRM's client: what it sends, and what it makes of every answer."""

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
from ivrhooks.sources.omicrm.client import (
    AuthSchema,
    OmicrmAuth,
    OmicrmClient,
    contact_id,
)
from ivrhooks.sources.omicrm.operations import OPERATIONS
from support.vendor_queries import answer, query_maker

BY_NAME = {operation.name: operation for operation in OPERATIONS}
ask = query_maker(OPERATIONS)


@pytest.fixture
def client():
    settings = SourceSettings(
        name="contacts",
        kind="omicrm",
        base_url="https://omi.example/base/",
        auth=OmicrmAuth(api_key="k/1 &"),
        paths={"contact_layout": "/layout"},
    )
    return OmicrmClient(settings)


def done(payload):
    return answer({"status_code": 9999, "payload": payload})


def failed(message, status=200):
    envelope = {"status_code": -9999, "message": message, "payload": None}
    return answer(envelope, status)


# ----------------------------------------------------------------- what is sent


def test_a_question_is_a_query_with_a_bearer(client):
    request = client.request(
        ask("get_contact", phone="0901 1", email="a+b@x.vn"), "tok"
    )
    assert request.method == "GET"
    assert request.url == (
        "https://omi.example/base/api/contacts/get?phone=0901%201&email=a%2Bb%40x.vn"
    )
    assert ("Authorization", "Bearer tok") in request.headers
    assert request.body is None
    assert request.repeatable


def test_page_and_size_go_into_the_query_and_the_rest_into_the_body(client):
    owner = {"field_code": "contact_owner", "value": "unassigned"}
    query = ask("list_contacts", page="2", size=10, keyword=901, filters=owner)
    request = client.request(query, "tok")
    assert request.url.endswith("/api/contacts/list?page=2&size=10")
    assert json.loads(request.body) == {
        "keyword": "901",
        "filters": [{"field_code": "contact_owner", "value": ["unassigned"]}],
    }
    assert ("Content-Type", "application/json") in request.headers
    assert request.repeatable  # it is a search, though it is a POST


def test_an_id_is_part_of_the_path_and_a_path_can_be_configured(client):
    request = client.request(ask("delete_contact", id="a/b c"), "tok")
    assert request.method == "DELETE"
    assert request.url.endswith("/api/contacts/delete/a%2Fb%20c")
    assert not request.repeatable
    request = client.request(ask("contact_layout"), "tok")
    assert request.url == "https://omi.example/base/layout"


@pytest.mark.parametrize("name", ["_id", "public_id", "contact_id", "publicId"])
def test_a_contact_is_accepted_for_its_id_under_four_names(client, name):
    contact = {name: "c-1", "tags": ["VIP"]}
    request = client.request(ask("contact_details", id=contact), "tok")
    assert request.url.endswith("/api/contacts/details/c-1")
    request = client.request(ask("update_contact", refId=contact, note="n"), "tok")
    assert json.loads(request.body) == {"refId": "c-1", "note": "n"}


def test_notes_are_sent_as_a_list(client):
    notes = [{"content": "gọi lại", "phone": "0901"}, {"content": 5, "phone": 84901}]
    request = client.request(Query(BY_NAME["add_note"], {"items": notes}), "tok")
    assert json.loads(request.body) == [
        {"content": "gọi lại", "phone": "0901"},
        {"content": "5", "phone": "84901"},
    ]
    assert "gọi lại".encode() in request.body


@pytest.mark.parametrize(
    "query",
    [
        ask("contact_details", id=".."),
        ask("contact_details", id=""),
        ask("list_contacts", page="two"),
        ask("list_contacts", filters=["unassigned"]),
    ],
)
def test_values_that_cannot_be_sent_are_refused_unsent(client, query):
    with pytest.raises(SourceRejected):
        client.request(query, "tok")


def test_a_token_with_a_line_break_is_not_sent(client):
    with pytest.raises(SourceRejected):
        client.request(ask("get_contact", phone="1"), "tok\r\nX: y")


# ---------------------------------------------------------------------- token


def test_the_key_is_sent_to_get_a_token_that_lives_a_day(client):
    request = client.token_request(0.0)
    assert request.url == "https://omi.example/base/api/auth?apiKey=k%2F1%20%26"
    token = client.token(
        done({"access_token": "t", "access_type": "bussiness", "token_type": "Bearer"})
    )
    assert (token.value, token.lives) == ("t", 86400.0)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (failed("api_key_invalid"), SourceRejected),
        (failed("access_token_invalid", 401), SourceRejected),
        (answer(b"Unauthorized", 401), SourceRejected),
        (answer(b"no such key"), SourceRejected),
        (done(None), SourceMalformed),
        (done({"access_token": 5}), SourceMalformed),
        (answer(b"<html>"), SourceMalformed),
        (answer({}, 503), SourceUnavailable),
    ],
)
def test_no_token_is_an_error_that_asks_for_no_other_token(client, response, error):
    with pytest.raises(error) as caught:
        client.token(response)
    assert not isinstance(caught.value, TokenRejected)
    assert "k/1" not in str(caught.value)


# --------------------------------------------------------------------- answers


def test_the_payload_is_the_record_and_nothing_else(client):
    contact = {"_id": "c-1", "tags": ["VIP"]}
    for payload in (contact, [contact]):  # a list of one for an object
        reply = client.reply(ask("get_contact", phone="1"), done(payload))
        assert reply.found
        assert reply.record == contact
    for body in (
        {"payload": contact},
        {"payload": contact, "status_code": "9999", "instance_name": "x"},
    ):
        assert client.reply(ask("get_contact"), answer(body)).record == contact


@pytest.mark.parametrize(
    "response",
    [
        done(None),
        done({}),
        done([]),
        done(""),
        failed("contact_not_found"),
        failed("contact_not_found", 404),
        answer(b"Not Found", 404),
        answer(b""),
        answer(b" \r\n"),
        answer(b"", 204),
    ],
)
def test_an_unknown_customer_is_not_found(client, response):
    assert not client.reply(ask("get_contact", phone="1"), response).found
    assert not client.reply(ask("contact_details", id="1"), response).found


def test_an_empty_page_is_not_found_and_can_be_read(client):
    block = {"items": [], "total_items": 0}
    reply = client.reply(ask("list_contacts"), done(block))
    assert not reply.found
    assert reply.record == block
    block = {"items": [{"_id": "1"}], "total_items": 1}
    reply = client.reply(ask("list_contacts"), done(block))
    assert reply.found
    assert reply.record == block


def test_a_write_is_done_when_the_vendor_says_so(client):
    for name in ("add_contacts", "delete_contact", "add_note"):
        assert client.reply(ask(name), done(True)).record is True
    for response in (failed("contact_not_found"), done(False), answer({}, 404)):
        with pytest.raises(SourceRejected):
            client.reply(ask("add_note"), response)


@pytest.mark.parametrize(
    "response",
    [
        answer(b"", 401),
        failed("access_token_invalid", 401),
        failed("access_token_invalid"),
        failed("Access token expired", 403),
        answer(b"Unauthorized"),
        answer(b"invalid token", 403),
    ],
)
def test_a_bad_token_is_distinguished_from_other_errors(client, response):
    with pytest.raises(TokenRejected):
        client.reply(ask("get_contact", phone="1"), response)


def test_a_plain_text_answer_counts_against_the_source(client):
    with pytest.raises(TokenRejected) as caught:
        client.reply(ask("get_contact", phone="1"), answer(b"Too many sessions"))
    assert caught.value.blame
    with pytest.raises(TokenRejected) as caught:
        client.reply(ask("get_contact", phone="1"), answer(b"", 401))
    assert not caught.value.blame


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (failed("param_invalid"), SourceRejected),
        (failed(None), SourceRejected),
        (answer({"status_code": 1, "payload": {"_id": 1}}), SourceRejected),
        (answer(b"Forbidden", 403), SourceRejected),
        (answer({}, 403), SourceRejected),
        (answer(b"", 302), SourceRejected),
        (answer({}, 500), SourceUnavailable),
        (answer({}, 429), SourceUnavailable),
        (answer(b"<html>Maintenance</html>"), SourceMalformed),
        (answer(b'{"status_code": 9999, "payl'), SourceMalformed),
        (answer(["wrong", 42]), SourceMalformed),
        (answer({"unexpected": 1}), SourceMalformed),
        (answer(b"x" * 5000), SourceMalformed),
        (done("text"), SourceMalformed),
        (done(7), SourceMalformed),
        (done(["text"]), SourceMalformed),
    ],
)
def test_every_other_answer_is_a_named_error(client, response, error):
    with pytest.raises(error) as caught:
        client.reply(ask("get_contact", phone="1"), response)
    assert not isinstance(caught.value, TokenRejected)


@pytest.mark.parametrize(
    "payload", [{"items": "x"}, {"rows": []}, [1], "x", {"items": [1]}]
)
def test_a_page_of_another_shape_is_malformed(client, payload):
    with pytest.raises(SourceMalformed):
        client.reply(ask("list_contacts"), done(payload))


def test_no_answer_whatever_raises_anything_but_a_source_error(client):
    for body in (b"\xff\xfe", b"[" * 5000, b"9" * 9000, b"NaN", b'"\\ud800"', b"null"):
        for status in (200, 204, 301, 400, 401, 404, 500):
            for operation in OPERATIONS:
                try:
                    client.reply(Query(operation, {}), answer(body, status))
                except SourceError:
                    continue


# ------------------------------------------------------------------------ pick


def test_an_id_is_read_under_four_names_in_their_order():
    assert contact_id({"publicId": "d"}) == "d"
    assert contact_id({"publicId": "d", "contact_id": "c"}) == "c"
    assert contact_id({"contact_id": "c", "public_id": "b"}) == "b"
    assert contact_id({"public_id": "b", "_id": 7}) == "7"
    assert contact_id({}) == ""


def test_one_contact_is_picked_as_it_is(client):
    contact = {"_id": "1"}
    assert client.picked(ask("get_contact", "risk_first"), contact) is contact
    assert client.picked(ask("get_contact", "newest"), None) is None


CONTACTS = [
    {"_id": "3", "created_date": 5, "tags": ["Khách lẻ"]},
    {"_id": "2", "created_date": 9, "tags": ["khách VIP"]},
    {"_id": "1", "created_date": 7, "tags": None},
]


@pytest.mark.parametrize(
    ("pick", "wanted"), [("risk_first", "2"), ("first", "3"), ("newest", "2")]
)
def test_of_a_page_one_contact_is_picked(client, pick, wanted):
    block = {"items": CONTACTS}
    assert client.picked(ask("list_contacts", pick), block)["_id"] == wanted
    assert client.picked(ask("get_contact", pick), CONTACTS)["_id"] == wanted
    assert client.picked(ask("list_contacts", "none"), block) is block
    assert client.picked(ask("list_contacts"), block) is block


@pytest.mark.parametrize(
    "tag",
    ["blacklist", "Blacklisted", "BLACK LIST", "danh sách đen", {"name": "黑名单"}],
)
def test_a_blacklist_tag_comes_before_vip(client, tag):
    risky = {"public_id": "9", "tags": [tag]}
    picked = client.picked(
        ask("list_contacts", "risk_first"), {"items": [*CONTACTS, risky]}
    )
    assert picked is risky


def test_of_the_layout_one_attribute_is_picked(client):
    layout = [{"field_code": "full_name"}, {"field_code": "gender"}]
    assert client.picked(ask("contact_layout", "first"), layout) is layout[0]
    assert client.picked(ask("contact_layout"), layout) is layout


def test_of_an_empty_page_nothing_is_picked(client):
    block = {"items": []}
    assert client.picked(ask("list_contacts", "first"), block) is None
    assert client.picked(ask("list_contacts", "none"), block) is block


def test_the_key_is_read_and_never_shown():
    auth = AuthSchema().load({"api_key": "s3cret"})
    assert auth.api_key == "s3cret"
    assert "s3cret" not in repr(auth)


@pytest.mark.parametrize(
    "auth", [{}, {"api_key": ""}, {"api_key": 5}, {"api_key": "k", "apikey": "k"}]
)
def test_anything_else_is_refused(auth):
    with pytest.raises(ValidationError):
        AuthSchema().load(auth)
