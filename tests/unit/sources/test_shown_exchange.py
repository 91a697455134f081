"""An exchange as a person may see it."""

from __future__ import annotations

from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.shown_exchange import (
    hidden,
    passwords_in,
    shown_record,
    shown_request,
    shown_response,
)


def test_secrets_are_hidden_wherever_they_stand() -> None:
    headers = (("Authorization", "Basic eA=="), ("X-Tenant", "acme of s3cret"))
    request = Request("POST", "http://crm/s3cret/a", headers, b"key=s3cret")
    assert shown_request(request, ["s3cret"]) == {
        "method": "POST",
        "url": "http://crm/***/a",
        "headers": {"Authorization": "***", "X-Tenant": "acme of ***"},
        "body": "key=***",
    }
    assert shown_request(Request("GET", "http://crm/"), [])["body"] is None


def test_an_answer_is_cut_where_that_is_asked() -> None:
    response = Response(200, {"set-cookie": "a=b"}, b"0123456789")
    assert shown_response(response, [], 4) == {
        "status": 200,
        "headers": {"set-cookie": "***"},
        "body": "0123",
    }


def test_passwords_in_clear_are_found_all_the_way_down() -> None:
    response = Response(200, {}, b'{"sips": [{"password": "p4ss"}, {"password": ""}]}')
    assert passwords_in(response, {"password"}) == ["p4ss"]
    assert passwords_in(response, ()) == []
    assert passwords_in(Response(200, {}, b"<"), {"password"}) == []


def test_a_text_too_short_for_a_secret_is_not_masked() -> None:
    assert hidden("a of abc", ["a", "of", "abc", ""]) == "a of ***"


def test_the_login_of_an_address_is_hidden() -> None:
    location = "https://me:secret@crm.example/a@b?c=//d@e"
    shown = shown_response(Response(302, {"location": location}, b""), [])
    assert shown["headers"]["location"] == "https://***@crm.example/a@b?c=//d@e"
    request = Request("GET", "https://me:secret@crm.example/a?b=//d@e")
    assert shown_request(request, [])["url"] == "https://crm.example/a?b=//d@e"


def test_secrets_are_hidden_in_a_record() -> None:
    record = {"a": ["of s3cret", 5, {"b": "s3cret"}]}
    assert shown_record(record, ["s3cret"]) == {"a": ["of ***", 5, {"b": "***"}]}
