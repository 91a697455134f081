"""What every source keeps to: one suite, run by each client against its own sandbox."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected

OPERATIONS = [
    ("sobot", "query_customer", {"id": "c-1"}),
    ("omicrm", "get_contact", {"ref_id": "R1"}),
    ("omicrm", "list_contacts", {"keyword": "An", "page": 1, "size": 10}),
    ("omicrm", "contact_details", {"id": "o-1"}),
    ("omicrm", "contact_layout", {}),
    ("omicrm", "add_contact", {"fullName": "Bo", "phones": [{"data": "0905111000"}]}),
    (
        "omicrm",
        "add_contacts",
        {"items": [{"fullName": "Bo", "phones": [{"data": "0905111000"}]}]},
    ),
    ("omicrm", "update_contact", {"refId": "R1", "note": "called"}),
    ("omicrm", "delete_contact", {"id": "o-2"}),
    ("omicrm", "add_note", {"items": [{"content": "hi", "phone": "0905999888"}]}),
    ("bangwo8", "search_companies", {"query": "companyName:Blue"}),
    ("bangwo8", "list_companies", {"per_page": 10}),
    ("bangwo8", "get_company", {"id": 7}),
    ("bangwo8", "show_many", {"ids": [7]}),
    ("bangwo8", "asset_rows", {"tableId": 1, "cPara": "model:phone"}),
    ("bangwo8", "create_company", {"companyName": "Red Fox"}),
    ("bangwo8", "update_company", {"id": 7, "address": "1 Harbour Road"}),
    ("meiqia", "list_records", {"agent_id": 7}),
    ("meiqia", "list_sips", {"occupied": "y"}),
    ("meiqia", "list_number_groups", {}),
    (
        "meiqia",
        "assign_numbers",
        {"agent_ids": [7], "group_ids": [11], "numbers": ["0108888"]},
    ),
    ("meiqia", "bind_sip", {"agent_id": 7, "sip": "8001"}),
    ("meiqia", "callout", {"agent_id": 7, "callee": "13800005678"}),
]

FAULTS = {
    "refuse": ("error", {"unavailable"}),
    "reset": ("error", {"unavailable"}),
    "truncate": ("error", {"unavailable"}),
    "500": ("error", {"unavailable"}),
    "503": ("error", {"unavailable"}),
    "429": ("error", {"unavailable"}),
    "401": ("error", {"rejected", "token_rejected", "no_token"}),
    "html": ("error", {"malformed", "rejected", "token_rejected"}),
    "bad_json": ("error", {"malformed", "rejected", "token_rejected"}),
    "wrong_shape": ("error", {"malformed"}),
    "huge": ("error", {"too_large"}),
    "empty": ("not_found", {None}),
}


# ---------- questions and answers


def test_a_record_is_found_by_both_transports(asker):
    query = asker.query(asker.case.hit)
    (outcome,) = asker.story(query)
    assert outcome.status == "ok", outcome.message
    assert asker.case.found(outcome.record) == asker.case.expected
    reply = asker.blocking(query)
    assert reply.found
    assert asker.case.found(reply.record) == asker.case.expected


def test_an_unknown_customer_is_not_found(asker):
    query = asker.query(asker.case.miss)
    (outcome,) = asker.story(query)
    assert (outcome.status, outcome.code) == ("not_found", None)
    assert asker.blocking(query).found is False


@pytest.mark.parametrize(
    ("kind", "name", "params"), OPERATIONS, ids=[row[1] for row in OPERATIONS]
)
def test_every_operation_is_answered(make_asker, kind, name, params):
    asker = make_asker(kind)
    (outcome,) = asker.story(asker.query(params, name))
    assert outcome.status == "ok", (outcome.code, outcome.message)


def test_no_operation_is_left_out(asker):
    tried = {name for kind, name, _ in OPERATIONS if kind == asker.case.kind}
    assert tried == {operation.name for operation in asker.kind.operations}


def test_a_query_with_non_ascii_letters_arrives_unchanged(asker):
    param = next(iter(asker.case.hit))
    asker.story(asker.query({param: "phone:Nguyễn & Sons? 100% #1"}))
    sent = next(
        request
        for request in asker.sandbox.requests()
        if request["path"] != asker.case.token_path
    )
    assert "Nguyễn & Sons? 100% #1" in str(sent["query"]) + sent["body"]


# ---------- credentials


def test_wrong_credentials_are_rejected_and_not_the_sources_fault(asker):
    query = asker.query(asker.case.hit)
    outcomes = asker.story(*[query] * 6, auth=asker.case.wrong)
    assert {outcome.status for outcome in outcomes} == {"error"}
    with pytest.raises((SourceRejected, AssertionError)):
        asker.blocking(query, asker.case.wrong)


@pytest.mark.parametrize("name", ["sobot", "sobot-jwt", "omicrm", "bangwo8-oauth2"])
def test_a_token_is_fetched_once_and_used_again(make_asker, name):
    asker = make_asker(name)
    query = asker.query(asker.case.hit)
    outcomes = asker.story(query, query, asker.query(asker.case.miss))
    assert [outcome.status for outcome in outcomes] == ["ok", "ok", "not_found"]
    paths = [request["path"] for request in asker.sandbox.requests()]
    assert paths.count(asker.case.token_path) == 1
    again = asker.story(query)
    assert again[0].status == "ok"
    paths = [request["path"] for request in asker.sandbox.requests()]
    assert paths.count(asker.case.token_path) == 1, "the token is kept on disk"


def test_a_token_that_was_voided_in_the_middle_is_renewed_once(make_asker):
    asker = make_asker("sobot")
    query = asker.query(asker.case.hit)
    outcomes = asker.story(query, lambda: asker.blocking(query), query)
    assert [outcome.status for outcome in outcomes] == ["ok", "ok"]
    paths = [request["path"] for request in asker.sandbox.requests()]
    assert paths.count(asker.case.token_path) == 3


# ---------- faults


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_named_outcome(asker, fault):
    query = asker.query(asker.case.hit)
    status, codes = FAULTS[fault]
    outcome = asker.story(
        query, lambda: asker.sandbox.dial(asker.case.kind, fault), query
    )[-1]
    assert (outcome.status, outcome.code in codes) == (status, True), outcome
    assert outcome.record is None or status == "not_found"


@pytest.mark.parametrize("fault", ["hang", "drip", "slow"])
def test_an_answer_that_takes_too_long_is_a_timeout(asker, fault):
    query = asker.query(asker.case.hit)
    outcome = asker.story(
        query,
        lambda: asker.sandbox.dial(asker.case.kind, fault),
        query,
        max_wait=0.25,
    )[-1]
    assert (outcome.status, outcome.code) == ("timeout", "deadline")


def test_a_slow_answer_within_its_time_is_an_answer(asker):
    asker.sandbox.dial(asker.case.kind, "slow", ms=20)
    (outcome,) = asker.story(asker.query(asker.case.hit))
    assert outcome.status == "ok"


def test_a_read_is_tried_again_where_nothing_was_received(asker):
    query = asker.query(asker.case.hit)
    outcome = asker.story(
        query,
        lambda: asker.sandbox.dial(asker.case.kind, "refuse", count=1),
        query,
        retries=1,
    )[-1]
    assert (outcome.status, outcome.tries) == ("ok", 2)


def test_a_source_is_good_again_when_its_fault_has_gone(asker):
    query = asker.query(asker.case.hit)
    outcomes = asker.story(
        lambda: asker.sandbox.dial(asker.case.kind, "500", count=1), query, query
    )
    assert [outcome.status for outcome in outcomes] == ["error", "ok"]
