"""Meiqia's sandbox, asked as docs/vendors/meiqia.md says the vendor is asked."""

from __future__ import annotations

import pytest

ALL = ["u-2", "u-3", "u-1", "u-4"]  # newest first, whatever the offset
EVERY = [
    ("POST", "records"),
    ("GET", "sips"),
    ("GET", "rule_outnumber_group"),
    ("POST", "agent/outnumber_group"),
    ("POST", "sip_bind_agent"),
    ("POST", "callout"),
]
WRITES = [
    ("agent/outnumber_group", {"agent_ids": [7], "group_ids": [], "numbers": []}),
    ("sip_bind_agent", {"agent_id": 7, "sip": "8001"}),
    ("callout", {"agent_id": 7, "callee": "13800000001"}),
]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer no"}, {"Authorization": "t-1"}],
)
@pytest.mark.parametrize(("method", "path"), EVERY)
def test_without_the_token_everything_is_401(api, method, path, headers):
    assert api.refused(method, path, headers=headers) == (401, "Unauthenticated")


def test_unknown_paths_and_methods_are_json(api):
    assert api.refused("GET", "nothing") == (404, "NotFound")
    assert api.refused("GET", "records")[0] == 405


# -------------------------------------------------------------------- records


def test_all_calls_come_newest_first_without_a_body(api):
    answer = api.done("POST", "records")
    assert [record["call_uuid"] for record in answer["data"]] == ALL
    assert answer["total"] == 4
    assert list(answer) == ["total", "data"]


def test_a_record_has_its_set_fields_and_keeps_large_ids(api, big):
    answer = api("POST", "records", json={"call_uuid": "u-4"})
    assert str(big) in answer.text
    assert answer.json["data"] == [
        {
            "agent_id": big,
            "call_type": "来电",
            "call_uuid": "u-4",
            "customer_phone": "13800000001",
            "end_time": "2026-10-01T00:00:10Z",
            "start_time": "2026-10-01T00:00:00Z",
            "states": "振铃未接",
        }
    ]


@pytest.mark.parametrize(
    ("filters", "calls"),
    [
        ({"agent_id": 7}, ["u-1"]),
        ({"agent_ids": [7, 8]}, ["u-2", "u-1"]),
        ({"agent_id": 7, "agent_ids": [8]}, ["u-2", "u-1"]),
        ({"agent_ids": []}, ALL),
        ({"agent_id": 99}, []),
        ({"call_types": ["来电"]}, ["u-3", "u-1", "u-4"]),
        ({"call_types": ["来电", "外呼"]}, ALL),
        ({"states": ["接听", "ivr"]}, ["u-3", "u-1"]),
        ({"states": ["接通", "挂断"]}, ["u-1"]),
        ({"states": ["挂断"]}, []),
        ({"customer_phone": "13900000002"}, ["u-3"]),
        ({"customer_phone": "+8613900000002"}, ["u-3"]),
        ({"trunk_number": "01088880001"}, ["u-1"]),
        ({"call_uuid": "u-2"}, ["u-2"]),
        ({"call_types": ["来电"], "agent_id": 8}, []),
        ({"start_time": "2026-11-01T23:00:00Z"}, ["u-2", "u-3"]),
        ({"start_time": "2026-11-02T07:00:01+08:00"}, ["u-2"]),
        ({"end_time": "2026-11-01T01:05:00Z"}, ["u-1", "u-4"]),
        ({"end_time": "2026-11-01T23:29:59.5Z"}, ["u-1", "u-4"]),
        (
            {
                "start_time": "2026-11-01T00:00:00Z",
                "end_time": "2026-11-01T23:30:00Z",
            },
            ["u-3", "u-1"],
        ),
    ],
)
def test_filters_must_all_fit_and_one_value_of_a_list(api, filters, calls):
    answer = api.records(**filters)
    assert [record["call_uuid"] for record in answer["data"]] == calls
    assert answer["total"] == len(calls)


def test_pages_count_from_one(api):
    assert api.calls(page_size=3) == ALL[:3]
    assert api.calls(page_size=3, page_index=2) == ALL[3:]
    assert api.calls(page_index=9) == []
    assert api.records(page_size=1, page_index=9)["total"] == 4


def test_a_page_holds_twenty_calls_and_at_most_a_hundred(api):
    for _ in range(21 - len(ALL)):
        api.done("POST", "callout", json={"agent_id": 7, "callee": "13600000000"})
    assert len(api.calls()) == 20
    assert len(api.calls(page_index=2)) == 1
    assert len(api.calls(page_size=100)) == 21


@pytest.mark.parametrize(
    "filters",
    [
        {"agent_id": "7"},
        {"agent_id": True},
        {"agent_id": 7.0},
        {"agent_id": 2**63},
        {"agent_ids": 7},
        {"agent_ids": ["7"]},
        {"agent_ids": [True]},
        {"call_types": "来电"},
        {"call_types": [1]},
        {"states": "接听"},
        {"call_uuid": 1},
        {"customer_phone": 13800000001},
        {"trunk_number": 1},
        {"page_index": 0},
        {"page_index": "1"},
        {"page_size": 0},
        {"page_size": 101},
        {"page_size": True},
        {"start_time": "2026-11-01"},
        {"start_time": "yesterday"},
        {"start_time": 1700000000},
        {"end_time": "2026-13-01T00:00:00Z"},
        {"end_time": "2026-11-01 1:00"},
    ],
)
def test_a_value_of_another_type_is_invalid(api, filters):
    answer = api.refused("POST", "records", json=filters)
    assert answer == (400, "InvalidArgument")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"7", b"\xff"])
@pytest.mark.parametrize("path", ["records", *(path for path, _ in WRITES)])
def test_a_body_that_is_no_object_is_invalid(api, path, body):
    assert api.refused("POST", path, data=body) == (400, "InvalidArgument")


def test_a_magic_number_breaks_the_answer(api):
    answer = api("POST", "records", json={"customer_phone": "13700000103"})
    assert answer.status_code == 500


# ----------------------------------------------------------------- what there is


def test_numbers_and_groups_are_listed(api):
    assert api.done("GET", "rule_outnumber_group") == {
        "groups": [{"id": 11, "name": "g", "numbers": ["0108888"], "rule_type": 2}],
        "numbers": [
            {"name": "总机", "number": "01088880001"},
            {"name": "热线", "number": "4008880004"},
        ],
    }


def test_a_group_has_its_required_fields_whatever_the_data_hold(make_api):
    api = make_api(groups=[{"id": 12, "numbers": [4008880004]}, {"id": 13}])
    assert api.done("GET", "rule_outnumber_group")["groups"] == [
        {"id": 12, "numbers": ["4008880004"], "rule_type": 1},
        {"id": 13, "numbers": [], "rule_type": 1},
    ]


def test_the_lines_are_a_bare_list(api, big):
    lines = api.done("GET", "sips")
    assert lines[0] == {
        "agent_id": 7,
        "agent_name": "王芳",
        "expiration_at": "2027-01-01T00:00:00Z",
        "occupied": "y",
        "password": "pw",
        "sip": "8001",
    }
    assert lines[1] == {"occupied": "n", "password": "pw2", "sip": "8002"}
    assert lines[2]["agent_name"] == "孙伟"
    assert api.lines(agent_id=big) == ["8003"]
    assert api.lines(occupied="n") == ["8002"]
    assert api.lines(occupied="y", agent_id=7) == ["8001"]
    assert api.lines(agent_id=99) == []


@pytest.mark.parametrize(
    "query", [{"occupied": "x"}, {"occupied": "Y"}, {"agent_id": "seven"}]
)
def test_a_filter_of_lines_outside_its_form_is_invalid(api, query):
    answer = api.refused("GET", "sips", query_string=query)
    assert answer == (400, "InvalidArgument")


# --------------------------------------------------------------------- writes


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_every_required_parameter_is_required(api, path, body):
    for name in body:
        rest = {key: value for key, value in body.items() if key != name}
        assert api.refused("POST", path, json=rest) == (400, "InvalidArgument")
        for wrong in (None, {}, True, 1.5):
            answer = api.refused("POST", path, json=body | {name: wrong})
            assert answer == (400, "InvalidArgument")


def test_binding_a_free_line_makes_it_occupied(api):
    assert api.done("POST", "sip_bind_agent", json={"agent_id": 8, "sip": "8002"}) == {}
    assert api.done("GET", "sips", query_string={"agent_id": 8}) == [
        {
            "agent_id": 8,
            "agent_name": "李强",
            "occupied": "y",
            "password": "pw2",
            "sip": "8002",
        }
    ]
    again = api.done("POST", "sip_bind_agent", json={"agent_id": 8, "sip": "8002"})
    assert again == {}


@pytest.mark.parametrize(
    ("agent", "sip", "answer"),
    [
        (7, " ", (400, "InvalidArgument")),
        (7, "8009", (404, "NotFound")),
        (99, "8002", (404, "NotFound")),
        (8, "8001", (409, "AlreadyExists")),
    ],
)
def test_a_line_that_cannot_be_bound(api, agent, sip, answer):
    body = {"agent_id": agent, "sip": sip}
    assert api.refused("POST", "sip_bind_agent", json=body) == answer
    assert api.lines(occupied="n") == ["8002"]


def test_numbers_are_assigned_to_agents(api, big):
    body = {"agent_ids": [7, big], "group_ids": [11], "numbers": ["4008880004"]}
    assert api.done("POST", "agent/outnumber_group", json=body) == {}
    api.done("POST", "callout", json={"agent_id": 7, "callee": "13600000000"})
    record = api.records(customer_phone="13600000000")["data"][0]
    assert record["trunk_number"] == "4008880004"
    nothing = {"agent_ids": [8], "group_ids": [], "numbers": []}
    assert api.done("POST", "agent/outnumber_group", json=nothing) == {}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"agent_ids": []}, (400, "InvalidArgument")),
        ({"agent_ids": ["7"]}, (400, "InvalidArgument")),
        ({"numbers": [1]}, (400, "InvalidArgument")),
        ({"agent_ids": [7, 99]}, (404, "NotFound")),
        ({"group_ids": [12]}, (404, "NotFound")),
        ({"numbers": ["123"]}, (404, "NotFound")),
    ],
)
def test_unknown_agents_groups_and_numbers_are_not_found(api, change, answer):
    body = {"agent_ids": [7], "group_ids": [11], "numbers": ["4008880004"]}
    refusal = api.refused("POST", "agent/outnumber_group", json=body | change)
    assert refusal == answer


def test_a_callout_leaves_a_record(api):
    answer = api.done(
        "POST",
        "callout",
        json={
            "agent_id": 7,
            "callee": "0901000001",
            "trunk_number": "01088880001",
            "user_data": "x" * 100,
        },
    )
    assert list(answer) == ["uuid"]
    [record] = api.records(call_uuid=answer["uuid"])["data"]
    assert record["call_type"] == "外呼"
    assert record["customer_phone"] == "0901000001"
    assert (record["agent_id"], record["agent_phone"]) == (7, "8001")
    assert record["trunk_number"] == "01088880001"
    assert record["trunk_number_name"] == "总机"
    assert record["user_data"] == "x" * 100
    assert record["start_time"] == "2026-11-21T04:05:06Z"
    assert api.calls()[0] == answer["uuid"]


def test_an_agent_without_a_line_cannot_call(api):
    answer = api("POST", "callout", json={"agent_id": 8, "callee": "13800000001"})
    assert answer.status_code == 401
    assert answer.json == {
        "error": {"code": "Unauthenticated", "message": "坐席未注册"}
    }
    api.done("POST", "sip_bind_agent", json={"agent_id": 8, "sip": "8002"})
    assert api.done("POST", "callout", json={"agent_id": 8, "callee": "138"})["uuid"]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"user_data": "长" * 101}, (400, "InvalidArgument")),
        ({"user_data": 7}, (400, "InvalidArgument")),
        ({"callee": ""}, (400, "InvalidArgument")),
        ({"trunk_number": "999"}, (404, "NotFound")),
    ],
)
def test_a_callout_outside_its_form_leaves_no_record(api, change, answer):
    body = {"agent_id": 7, "callee": "13800000001"} | change
    assert api.refused("POST", "callout", json=body) == answer
    assert api.calls() == ALL


def test_a_reset_brings_the_data_file_back(app, api):
    api.done("POST", "sip_bind_agent", json={"agent_id": 8, "sip": "8002"})
    api.done("POST", "callout", json={"agent_id": 7, "callee": "13800000001"})
    assert app.test_client().post("/_sandbox/reset").status_code == 200
    assert api.calls() == ALL
    assert api.lines(occupied="n") == ["8002"]
