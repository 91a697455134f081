"""OMICRM's sandbox, asked as docs/vendors/omicrm.md says the vendor is asked."""

from __future__ import annotations

import pytest

CALL_LOG_KEYS = {"transaction_id", "direction", "bill_sec", "tenant_id", "disposition"}
NEW = {"fullName": "Mai Lan", "phones": [{"data": "0912000111", "type": "home"}]}


# ------------------------------------------------------------------- who asks


def test_a_key_gives_a_bearer_token(api):
    answer = api.http.get("/omicrm/api/auth?apiKey=k-1").json
    assert answer["status_code"] == 9999
    assert answer["payload"]["access_type"] == "normal"
    assert answer["payload"]["token_type"] == "Bearer"
    assert answer["instance_version"] == "1.2.164"
    assert answer["key_enabled"] is False
    assert "message" not in answer


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "api_key_is_required"), ("?apiKey=no", "api_key_invalid")],
)
def test_a_bad_key_is_refused_inside_http_200(api, query, code):
    answer = api.http.get("/omicrm/api/auth" + query)
    assert answer.status_code == 200
    assert answer.json["status_code"] == -9999
    assert answer.json["message"] == code
    assert answer.json["payload"] is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic abc"}],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contacts/get?phone=0905111222"),
        ("POST", "/contacts/list"),
        ("POST", "/contacts/add-note"),
        ("GET", "/contacts/details/c-1"),
        ("GET", "/source_contact_layout/get"),
        ("DELETE", "/contacts/delete/c-1"),
    ],
)
def test_without_a_good_bearer_everything_is_401(api, method, path, headers):
    answer = api(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json["status_code"] == -9999
    assert answer.json["message"] == "access_token_invalid"
    assert answer.json["payload"] is None


def test_a_second_token_leaves_the_first_good(api):
    api.http.get("/omicrm/api/auth?apiKey=k-1")
    assert api.get(phone="0905999888")["_id"] == "c-3"


def test_unknown_paths_and_methods_are_json_in_the_envelope(api):
    lost = api("GET", "/contacts/nothing")
    assert (lost.status_code, lost.json["message"]) == (404, "not_found")
    wrong = api("GET", "/contacts/add")
    assert (wrong.status_code, wrong.json["message"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]


# ------------------------------------------------------------------------ get


def test_a_contact_has_the_true_shape_and_no_call_log(api, attribute):
    contact = api.get(phone="0905111222", ref_id="R1")
    assert contact["_id"] == contact["public_id"] == "c-1"
    assert contact["ref_id"] == "R1"
    assert contact["ref_code"] == "CODE1"
    assert contact["user_owner_email"] == "an@desk.example"
    assert contact["contact_type"] == "contact"
    assert contact["is_deleted"] is False
    assert contact["tags"] == ["VIP"]
    assert contact["created_date"] == 1700000001000
    assert not CALL_LOG_KEYS & contact.keys()
    assert attribute(contact, "full_name") == ["Nguyễn Văn Đức"]
    assert attribute(contact, "gender") == ["male"]
    phone = next(
        line
        for line in contact["attribute_structure"]
        if line["field_code"] == "phone_number"
    )
    assert phone["field_type"] == "phone"
    assert phone["identify"] is True
    assert phone["value"] == [
        {"display_value": "0905111222", "data_type": "home", "value_type": "Nhà"}
    ]
    more = next(
        line
        for line in contact["attribute_structure"]
        if line["field_code"] == "more_infomation"
    )
    assert more["value"][0]["value_type"] == "Hạng"


@pytest.mark.parametrize(
    "phone", ["0905999888", "84905999888", "+84 905 999 888", "0084905999888"]
)
def test_a_number_is_found_in_every_form(api, phone):
    assert api.get(phone=phone)["_id"] == "c-3"


def test_of_several_contacts_the_newest_comes(api):
    assert api.get(phone="0905111222")["_id"] == "c-2"


def test_several_parameters_must_all_fit(api):
    assert api.get(phone="0905111222", email="duc@example.COM")["_id"] == "c-1"
    assert api.get(phone="0905999888", ref_code="CODE1") is None


def test_an_unknown_customer_is_null_and_no_parameter_an_error(api):
    assert api.get(email="nobody@example.com") is None
    assert api.refused("GET", "/contacts/get") == "param_invalid"
    assert api.refused("GET", "/contacts/get?phone=&email=") == "param_invalid"


def test_a_magic_number_breaks_the_answer_and_known_numbers_do_not(app, api):
    reply = app.test_client().get(
        "/omicrm/api/contacts/get?phone=0909990103",
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert reply.status_code == 500
    assert api.get(phone="0905999888")["_id"] == "c-3"


# ----------------------------------------------------------------------- list


def test_the_list_is_newest_first_then_by_id(api):
    assert api.ids() == ["c-2", "c-3", "c-1"]


def test_pages_count_from_one_and_stay_put_at_the_ends(api):
    first = api.list(page=1, size=2)
    assert {key: first[key] for key in first if key != "items"} == {
        "page_number": 1,
        "page_size": 2,
        "total_items": 3,
        "total_pages": 2,
        "has_next": True,
        "next_page": 2,
        "has_previous": False,
        "previous_page": 1,
        "extension": None,
    }
    last = api.list(page=2, size=2)
    assert [item["_id"] for item in last["items"]] == ["c-1"]
    assert (last["has_next"], last["next_page"]) == (False, 2)
    assert (last["has_previous"], last["previous_page"]) == (True, 1)
    beyond = api.list(page=9, size=2)
    assert beyond["items"] == []
    assert (beyond["next_page"], beyond["previous_page"]) == (2, 8)
    empty = api.list({"keyword": "nobody at all"})
    assert (empty["total_pages"], empty["next_page"]) == (0, 1)


def test_the_default_page_holds_fifty_and_the_body_may_say_it(api):
    assert api.list()["page_size"] == 50
    assert api.list({"page": 2, "size": 1})["page_number"] == 2
    assert api.list({"page": 2, "size": 1}, page=3)["page_number"] == 3
    assert api.list(size=500)["page_size"] == 500
    answer = api("POST", "/contacts/list")  # no body at all
    assert answer.json["payload"]["total_items"] == 3


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?size=0", {}),
        ("?size=501", {}),
        ("?size=ten", {}),
        ("?page=0", {}),
        ("?page=-1", {}),
        ("?page=1.5", {}),
        ("", {"size": 501}),
        ("", {"size": True}),
        ("", {"page": "1"}),
        ("", {"keyword": 7}),
        ("", {"filters": {}}),
        ("", {"filters": ["contact_owner"]}),
        ("", {"filters": [{"field_code": "tags", "value": ["VIP"]}]}),
        ("", {"filters": [{"field_code": "contact_owner", "value": "unassigned"}]}),
        ("", {"filters": [{"field_code": "contact_owner"}]}),
        ("", [1]),
        ("", "text"),
    ],
)
def test_a_bad_page_filter_or_body_is_param_invalid(api, query, body):
    code = api.refused("POST", "/contacts/list" + query, json=body)
    assert code == "param_invalid"


def test_a_body_that_is_no_json_is_param_invalid(api):
    code = api.refused("POST", "/contacts/list", data=b"{oops")
    assert code == "param_invalid"


@pytest.mark.parametrize(
    ("keyword", "ids"),
    [
        ("nguyen", ["c-3", "c-1"]),
        ("NGUYỄN VĂN", ["c-1"]),
        ("duc", ["c-1"]),
        ("anh", ["c-2"]),
        ("DUC@example.com", ["c-1"]),
        ("example.com", []),
        ("0905111222", ["c-2", "c-1"]),
        ("84905333444", ["c-2"]),
        ("0905", []),
        ("", ["c-2", "c-3", "c-1"]),
    ],
)
def test_a_keyword_is_a_number_an_address_or_part_of_a_name(api, keyword, ids):
    assert api.ids({"keyword": keyword}) == ids


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["unassigned"], ["c-2"]),
        (["AN@desk.example"], ["c-1"]),
        (["unassigned", "binh@desk.example"], ["c-2", "c-3"]),
        (["nobody@desk.example"], []),
    ],
)
def test_filters_ask_for_the_agent_in_charge(api, values, ids):
    rule = {"field_code": "contact_owner", "value": values}
    assert api.ids({"filters": [rule]}) == ids


def test_filters_and_keyword_must_all_fit(api):
    condition = {"field_code": "contact_owner", "value": ["an@desk.example"]}
    other = {"field_code": "contact_owner", "value": ["unassigned"]}
    assert api.ids({"filters": [condition, other]}) == []
    assert api.ids({"filters": [condition], "keyword": "nguyen"}) == ["c-1"]


# ------------------------------------------------------------------ add, delete


def test_an_added_customer_is_found(api, attribute):
    full = NEW | {
        "emails": [{"data": "mai@example.com", "type": "personal"}],
        "tags": ["Khách lẻ"],
        "more_infomation": [{"value_type": "Cao", "display_value": "1.75m"}],
        "user_owner_email": "an@desk.example",
        "refId": "R9",
        "refCode": "C9",
        "job_title": "Giáo viên",
        "note": "quen",
        "birthday": "29/02/2000",
        "gender": "female",
        "passport": "B1234567",
        "address": "Huế",
        "unknown": "dropped",
    }
    made = api.done("POST", "/contacts/add", json=full)
    assert made["_id"] and made["_id"] == made["public_id"]
    assert made["created_date"] == 1795233906000
    assert attribute(made, "birthday") == ["29/02/2000"]
    assert attribute(made, "job_title") == ["Giáo viên"]
    assert attribute(made, "passport") == ["B1234567"]
    assert api.get(phone="84912000111") == made
    assert api.get(ref_id="R9", ref_code="C9", email="mai@example.com") == made
    assert api.done("GET", f"/contacts/details/{made['_id']}") == made
    assert api.ids()[0] == made["_id"]


def test_the_type_of_a_number_under_its_older_name(api):
    phone = {"data": "0912000111", "value": "home", "valueType": "Nhà"}
    made = api.done("POST", "/contacts/add", json=NEW | {"phones": [phone]})
    line = made["attribute_structure"][1]
    assert line["value"] == [
        {"display_value": "0912000111", "data_type": "home", "value_type": "Nhà"}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"fullName": None},
        {"fullName": "  "},
        {"fullName": 7},
        {"phones": None},
        {"phones": []},
        {"phones": "0912000111"},
        {"phones": [{"type": "home"}]},
        {"phones": [{"data": 912000111}]},
        {"birthday": "2000-02-29"},
        {"birthday": "30/02/2000"},
        {"birthday": "1/2/2000"},
        {"gender": "unknown"},
        {"gender": True},
        {"tags": "VIP"},
        {"tags": [1]},
        {"emails": [{"type": "home"}]},
        {"refId": 5},
    ],
)
def test_a_contact_outside_its_form_is_refused_by_add_and_add_more(
    api, postponed, change
):
    bad = {key: value for key, value in (NEW | change).items() if value is not None}
    assert api.refused("POST", "/contacts/add", json=bad) == "param_invalid"
    code = api.refused("POST", "/contacts/add-more", json=[NEW, bad])
    assert code == "param_invalid"
    assert postponed == []
    assert api.get(phone="0912000111") is None


@pytest.mark.parametrize("path", ["add", "add-more", "update", "add-note"])
def test_a_write_without_a_body_or_with_another_kind_is_refused(api, path):
    assert api.refused("POST", f"/contacts/{path}") == "request_body_required"
    for body in ('"text"', "7", "{", "[1]" if path[:5] != "add-m" else "{}"):
        code = api.refused("POST", f"/contacts/{path}", data=body)
        assert code == "param_invalid"


def test_half_a_surrogate_is_refused_and_breaks_nothing(api):
    body = '{"fullName": "x\\ud800", "phones": [{"data": "0912000111"}]}'
    assert api.refused("POST", "/contacts/add", data=body) == "param_invalid"


def test_add_more_answers_at_once_and_applies_a_moment_later(api, postponed):
    other = {"fullName": "Lan Anh", "phones": [{"data": "0912000222"}]}
    assert api.done("POST", "/contacts/add-more", json=[NEW, other]) is True
    assert api.get(phone="0912000111") is None
    for work in postponed:
        work()
    assert api.get(phone="0912000111")["tags"] == []
    assert api.get(phone="0912000222") is not None


def test_a_reset_drops_delayed_changes(app, api, postponed):
    api.done("POST", "/contacts/add-more", json=[NEW])
    app.test_client().post("/_sandbox/reset")
    for work in postponed:
        work()
    assert api.ids() == ["c-2", "c-3", "c-1"]


def test_a_deleted_contact_is_nowhere(api):
    assert api.done("DELETE", "/contacts/delete/c-3") is True
    assert api.get(phone="0905999888") is None
    assert api.ids() == ["c-2", "c-1"]
    for method, path in [("GET", "details"), ("DELETE", "delete")]:
        code = api.refused(method, f"/contacts/{path}/c-3")
        assert code == "contact_not_found"


def test_unknown_details_are_not_found(api):
    assert api.refused("GET", "/contacts/details/zzz") == "contact_not_found"


# ---------------------------------------------------------------------- update


def test_an_update_changes_its_keys_and_answers_in_camel_case(api, attribute):
    answer = api.done(
        "POST",
        "/contacts/update",
        json={"refId": "R1", "fullName": "Đức Mới", "address": "Huế", "refCode": "X"},
    )
    assert answer == {
        "publicId": "c-1",
        "fullName": "Đức Mới",
        "displayName": "Đức Mới",
        "gender": "male",
        "passport": None,
        "address": "Huế",
        "note": None,
        "emails": [{"data": "Duc@Example.com", "type": "office"}],
        "phones": [{"data": "0905111222", "type": "home", "valueType": "Nhà"}],
        "contactType": "contact",
    }
    contact = api.done("GET", "/contacts/details/c-1")
    assert contact["tags"] == ["VIP"]
    assert contact["ref_code"] == "CODE1"  # the document's update has no refCode
    assert contact["last_updated_date"] > contact["created_date"]
    assert attribute(contact, "full_name") == ["Đức Mới"]


def test_ref_id_is_the_partners_id_first_and_then_the_contacts(api):
    api.done("POST", "/contacts/add", json=NEW | {"refId": "c-2"})
    answer = api.done("POST", "/contacts/update", json={"refId": "c-2", "note": "a"})
    assert answer["fullName"] == "Mai Lan"
    answer = api.done("POST", "/contacts/update", json={"refId": "c-3", "note": "b"})
    assert answer["publicId"] == "c-3"


def test_an_update_of_an_unknown_customer_or_field_is_refused(api):
    def code(**body):
        return api.refused("POST", "/contacts/update", json=body)

    assert code(refId="nobody") == "contact_not_found"
    assert code(fullName="No id") == "param_invalid"
    assert code(refId="R1", gender="man") == "param_invalid"
    assert code(refId="R1", birthday="2000/01/01") == "param_invalid"
    assert code(refId="R1", dynamic_attributes=[{}]) == "param_invalid"


def test_dynamic_attributes_appear_in_contact_and_layout(api, attribute):
    line = {
        "field_code": "vWabCEBkqM",
        "field_type": "single_text",
        "dynamic_attribute_value": [{"display_value": "demo"}],
    }
    body = {"refId": "R1", "dynamic_attributes": [line]}
    api.done("POST", "/contacts/update", json=body)
    contact = api.get(ref_id="R1")
    assert attribute(contact, "vWabCEBkqM") == ["demo"]
    codes = [
        entry["field_code"] for entry in api.done("GET", "/source_contact_layout/get")
    ]
    assert codes[-1] == "vWabCEBkqM"
    line["dynamic_attribute_value"] = [{"display_value": "again"}]
    api.done("POST", "/contacts/update", json=body)
    assert attribute(api.get(ref_id="R1"), "vWabCEBkqM") == ["again"]


def test_the_layout_names_the_vendors_fields(api):
    layout = api.done("GET", "/source_contact_layout/get")
    assert [set(line) for line in layout] == [
        {"field_code", "field_type", "display_name", "required", "options"}
    ] * len(layout)
    kinds = {line["field_code"]: line["field_type"] for line in layout}
    assert kinds == {
        "full_name": "single_text",
        "job_title": "single_text",
        "gender": "radio",
        "phone_number": "phone",
        "mail": "email",
        "address": "single_text",
        "passport": "single_text",
        "note": "multi_text",
        "more_infomation": "customize",
        "birthday": "date",
        "ref_id": "single_text",
        "avatar": "image",
        "attach_file": "file",
    }
    gender = next(line for line in layout if line["field_code"] == "gender")
    assert gender["options"] == ["other", "male", "female"]


# ---------------------------------------------------------------------- notes


def test_a_note_is_seen_in_the_contact(api, attribute):
    notes = [
        {"note_by": "an@desk.example", "content": "gọi lại", "phone": "84905999888"},
        {"content": "second", "phone": "0905999888"},
    ]
    assert api.done("POST", "/contacts/add-note", json=notes) is True
    contact = api.done("GET", "/contacts/details/c-3")
    assert attribute(contact, "note") == ["gọi lại", "second"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"phone": "0905999888"}, "param_invalid"),
        ({"content": "", "phone": "0905999888"}, "param_invalid"),
        ({"content": "x"}, "param_invalid"),
        ({"content": "x", "phone": 905999888}, "param_invalid"),
        ({"content": "x", "phone": "0900000000"}, "contact_not_found"),
    ],
)
def test_notes_are_written_all_or_none(api, attribute, bad, code):
    good = {"content": "good", "phone": "0905999888"}
    assert api.refused("POST", "/contacts/add-note", json=[good, bad]) == code
    assert attribute(api.get(phone="0905999888"), "note") is None


# ----------------------------------------------------------------------- data


def test_a_reset_brings_the_data_files_contacts_back_and_keeps_tokens(app, api):
    api.done("DELETE", "/contacts/delete/c-1")
    api.done("POST", "/contacts/add", json=NEW)
    assert app.test_client().post("/_sandbox/reset").status_code == 200
    assert api.ids() == ["c-2", "c-3", "c-1"]


def test_the_requests_are_recorded(app, api):
    api.done(
        "POST", "/contacts/add-note", json=[{"content": "a", "phone": "0905999888"}]
    )
    seen = app.test_client().get("/_sandbox/requests").json["requests"][0]
    assert (seen["system"], seen["method"]) == ("omicrm", "POST")
    assert seen["path"] == "/omicrm/api/contacts/add-note"
