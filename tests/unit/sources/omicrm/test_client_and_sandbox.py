"""OMICRM's client asks its own sandbox: every operation, without a socket."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.interface import Query, Response, SourceSettings, TokenRejected
from ivrhooks.sources.omicrm.client import OmicrmAuth, OmicrmClient
from ivrhooks.sources.omicrm.operations import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}
NEW = {"fullName": "Mai Lan", "phones": [{"data": "0912000111"}], "refId": "R9"}


@pytest.fixture
def client():
    return OmicrmClient(
        SourceSettings(
            name="contacts",
            kind="omicrm",
            base_url="http://localhost/omicrm",
            auth=OmicrmAuth(api_key="k-1"),
        )
    )


@pytest.fixture
def send(app):
    http = app.test_client()

    def exchange(request):
        answer = http.open(
            request.url,
            method=request.method,
            headers=list(request.headers),
            data=request.body,
        )
        headers = {name.lower(): value for name, value in answer.headers}
        return Response(answer.status_code, headers, answer.data)

    return exchange


@pytest.fixture
def ask(client, send):
    token = client.token(send(client.token_request(0.0)))

    def question(name, params, token=token.value):
        query = Query(BY_NAME[name], params)
        return client.reply(query, send(client.request(query, token)))

    return question


def test_the_reads_find_the_records_of_the_data_file(ask):
    contact = ask("get_contact", {"phone": "84905999888"}).record
    assert contact["_id"] == "c-3"
    assert ask("contact_details", {"id": contact}).record == contact
    page = ask("list_contacts", {"keyword": "nguyen", "size": 1})
    assert page.record["total_items"] == 2
    assert len(page.record["items"]) == 1
    owner = {"field_code": "contact_owner", "value": ["unassigned"]}
    assert ask("list_contacts", {"filters": [owner]}).record["total_items"] == 1
    layout = ask("contact_layout", {}).record
    assert "phone_number" in [line["field_code"] for line in layout]


def test_a_missing_record_is_not_found(ask):
    assert not ask("get_contact", {"email": "nobody@example.com"}).found
    assert not ask("contact_details", {"id": "nobody"}).found
    assert not ask("list_contacts", {"keyword": "nobody at all"}).found


def test_the_writes_change_later_reads(ask, postponed):
    made = ask("add_contact", NEW).record
    update = {"refId": "R9", "tags": "VIP,Gold", "gender": "female"}
    assert ask("update_contact", update).record["publicId"] == made["_id"]
    note = {"content": "gọi lại", "phone": "0912000111"}
    assert ask("add_note", {"items": [note]}).record is True
    contact = ask("get_contact", {"ref_id": "R9"}).record
    assert contact["tags"] == ["VIP", "Gold"]
    assert "gọi lại" in str(contact["attribute_structure"])
    assert ask("delete_contact", {"id": contact}).record is True
    assert not ask("get_contact", {"ref_id": "R9"}).found
    assert ask("add_contacts", {"items": [NEW]}).record is True
    postponed.pop()()
    assert ask("get_contact", {"ref_id": "R9"}).found


def test_a_refusal_names_the_vendors_code(ask):
    with pytest.raises(SourceRejected, match="param_invalid"):
        ask("add_contact", {**NEW, "birthday": "2000-01-01"})
    with pytest.raises(SourceRejected, match="contact_not_found"):
        ask("update_contact", {"refId": "nobody", "note": "x"})


def test_a_bad_token_and_a_bad_key_are_reported(ask, client, send):
    with pytest.raises(TokenRejected):
        ask("get_contact", {"phone": "0905999888"}, "no-token-of-ours")
    request = client.token_request(0.0)
    wrong = type(request)("GET", request.url.replace("k-1", "k-2"))
    with pytest.raises(SourceRejected, match="api_key_invalid"):
        client.token(send(wrong))
