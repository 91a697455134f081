"""Meiqia's client asks its own sandbox: every operation, without a socket."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.interface import Query, Response, SourceSettings
from ivrhooks.sources.meiqia.client import MeiqiaAuth, MeiqiaClient
from ivrhooks.sources.meiqia.operations import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}


@pytest.fixture
def ask(app):
    client = MeiqiaClient(
        SourceSettings(
            name="calls",
            kind="meiqia",
            base_url="http://localhost/meiqia",
            auth=MeiqiaAuth(access_token="t-1"),
        )
    )
    http = app.test_client()

    def question(name, pick=None, **params):
        query = Query(BY_NAME[name], params, pick=pick)
        request = client.request(query, None)
        answer = http.open(
            request.url,
            method=request.method,
            headers=list(request.headers),
            data=request.body,
        )
        reply = client.reply(query, Response(answer.status_code, {}, answer.data))
        return client.picked(query, reply.record) if reply.found else None

    return question


def test_the_last_call_and_the_agents_line_are_found(ask, big):
    call = ask("list_records", "newest", customer_phone="13800000001", states="接听")
    assert call["call_uuid"] == "u-1"
    line = ask("list_sips", "first", agent_id=call["agent_id"])
    assert (line["sip"], line["occupied"]) == ("8001", "y")
    assert ask("list_sips", agent_id=str(big))[0]["sip"] == "8003"
    assert ask("list_number_groups")["numbers"][0]["name"] == "总机"


def test_a_missing_record_is_not_found(ask):
    assert ask("list_records", customer_phone="13700000000") is None
    assert ask("list_sips", agent_id=99) is None


def test_the_writes_change_later_reads(ask):
    assert ask("bind_sip", agent_id="8", sip=8002) == {}
    assert ask("list_sips", "first", agent_id=8)["occupied"] == "y"
    numbers = {"agent_ids": 8, "group_ids": "11", "numbers": "4008880004"}
    assert ask("assign_numbers", **numbers) == {}
    made = ask("callout", agent_id=8, callee="0901000001", user_data="order 7")
    call = ask("list_records", "newest", call_uuid=made["uuid"])
    assert (call["call_type"], call["user_data"]) == ("外呼", "order 7")


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("callout", {"agent_id": 8, "callee": "138"}, "坐席未注册"),
        ("bind_sip", {"agent_id": 8, "sip": "8001"}, "bound to another"),
        ("bind_sip", {"agent_id": 8, "sip": "9"}, "not found"),
        ("list_records", {"page_size": 101}, "page_size"),
        ("list_records", {"start_time": "today"}, "RFC 3339"),
    ],
)
def test_a_refusal_shows_the_vendors_message(ask, name, params, message):
    with pytest.raises(SourceRejected, match=message):
        ask(name, **params)
