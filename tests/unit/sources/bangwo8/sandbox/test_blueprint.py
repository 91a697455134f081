"""The imitated companies API, asked with raw HTTP."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app

DOCUMENT_LIST_KEYS = [
    *("uId", "url", "companyName", "province", "city", "supportId"),
    *("servicestarttime", "serviceendtime", "userURL", "serveNote", "serviceCharge"),
    *("serviceaccount", "servicepassword", "address", "multiServiceList"),
    *("createDT", "updateDT", "tableName", "custom_fields", "userGroup"),
    *("solveDT", "waitDT", "openDT", "closeDT", "status"),
]
DOCUMENT_DETAIL_KEYS = [
    *("uId", "url", "companyName", "province", "city", "supportId"),
    *("servicestarttime", "serviceendtime", "userURL", "serveNote", "serviceCharge"),
    *("serviceaccount", "servicepassword", "address", "multiServiceList"),
    *("service_groupid", "createDT", "updateDT", "tableName", "custom_fields"),
    *("userGroup", "status"),
]
DOCUMENT_TABLE_KEYS = {
    *("uId", "url", "companyName", "supportId", "servicestarttime"),
    *("serviceendtime", "userURL", "serveNote", "serviceCharge", "serviceaccount"),
    *("servicepassword", "address", "createDT", "updateDT", "custom_fields"),
    *("userGroup", "tableName", "province", "city", "status", "service_groupid"),
}
LIST = "/api/v1/companies.json"


# ------------------------------------------------------------------ credentials


@pytest.mark.parametrize(
    "auth", [None, ("agent@example.com", "wrong"), ("other", "pass:word"), ("", "")]
)
def test_bad_credentials_are_refused_as_the_contract_says(api, auth, is_error):
    answer = api.get(LIST, auth=auth)
    assert is_error(answer, 401, "100002")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic " + "é", "Bearer", "Bearer nope", "Digest x"],
)
def test_a_broken_authorization_header_is_a_401(api, header, is_error):
    answer = api.get(LIST, auth=None, headers={"Authorization": header})
    assert is_error(answer, 401, "100002")


def test_without_credentials_in_the_data_any_account_is_taken_but_one_is_needed(
    make_api, is_error
):
    api = make_api(credentials=None)
    assert api.get(LIST, auth=("any", "body")).status_code == 200
    assert is_error(api.get(LIST, auth=None), 401, "100002")


def token_of(api, auth=("client-7", "s3cret"), **form):
    form = form or {"grant_type": "client_credentials"}
    return api("POST", "/api/token.php", auth=auth, data=form)


def test_a_token_is_issued_and_accepted(api):
    answer = token_of(api)
    assert answer.status_code == 200
    token = answer.json.pop("access_token")
    assert isinstance(token, str)
    assert token
    assert answer.json["expires_in"] == 3600
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["scope"] is None
    bearer = {"Authorization": f"Bearer {token}"}
    assert api.get(LIST, auth=None, headers=bearer).status_code == 200
    assert token_of(api).json["access_token"] != token
    assert api.get(LIST, auth=None, headers=bearer).status_code == 200


def test_a_token_lives_for_an_hour_and_outlives_a_reset(make_api, is_error):
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]
    api = make_api(now=lambda: clock[0])
    bearer = {"Authorization": f"Bearer {token_of(api).json['access_token']}"}
    assert api.http.post("/_sandbox/reset").status_code == 200
    clock[0] += timedelta(seconds=3599)
    assert api.get(LIST, auth=None, headers=bearer).status_code == 200
    clock[0] += timedelta(seconds=2)
    assert is_error(api.get(LIST, auth=None, headers=bearer), 401, "100002")


def test_a_token_needs_the_grant_type_and_the_secret(api, is_error):
    assert is_error(token_of(api, grant_type="password"), 400, "100001")
    assert is_error(token_of(api, ("client-7", "no")), 401, "100002")
    assert is_error(token_of(api, None), 401, "100002")


def test_an_unknown_address_or_method_is_the_vendors_100047(api, is_error):
    for method, path in (
        ("GET", "/api/v1/contacts.json"),
        ("DELETE", "/api/v1/companies/12.json"),
        ("PATCH", "/api/v1/companies/12.json"),
        ("GET", "/api/token.php"),
        ("GET", "/"),
    ):
        assert is_error(api(method, path), 404, "100047"), path
    assert api.get("/nowhere").json["errmsg"] == "Invalid resource URI"


# ------------------------------------------------------------------------- list


def test_the_list_has_the_keys_of_the_documents_example_and_only_texts(api):
    answer = api.get(LIST)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert list(answer.json) == ["companies", "count", "next_page", "previous_page"]
    for company in answer.json["companies"]:
        assert list(company) == DOCUMENT_LIST_KEYS
        scalars = {k: v for k, v in company.items() if k != "custom_fields"}
        assert all(isinstance(value, str) for value in scalars.values()), scalars
    whale = answer.json["companies"][1]
    assert whale["uId"] == "12"
    assert whale["supportId"] == "7"
    assert whale["userGroup"] == "221"
    assert whale["custom_fields"] == [
        {"key": "phone", "value": "13612345678"},
        {"key": "region", "value": ["北京市", "二级1", "三级1"]},
        {"key": "fxk", "value": "是"},
        {"key": "level", "value": "3"},
    ]


def test_unset_fields_look_as_in_the_documents_example(api):
    fox = api.get(LIST).json["companies"][0]
    assert fox["servicestarttime"] == fox["serviceendtime"] == "0000-00-00"
    assert fox["serviceCharge"] == "0.00"
    assert fox["supportId"] == "0"
    assert fox["userGroup"] == fox["address"] == fox["tableName"] == ""


def test_the_list_is_ordered_by_number_and_hides_the_deleted(api):
    assert api.listed() == [9, 12, 101]
    assert api.listed(deStat=0) == [9, 12, 101]
    assert api.listed(deStat="") == [9, 12, 101]
    assert api.listed(deStat=1) == [9, 12, 30, 101]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"created_start": "2023-05-10"}, [9, 101]),
        ({"created_start": "2023-05-11"}, []),
        ({"created_end": "2022-11-16"}, [12]),
        ({"created_end": "2022-11-15"}, []),
        ({"created_start": "2022-11-16", "created_end": "2023-05-10"}, [9, 12, 101]),
        ({"updated_start": "2023-05-11", "updated_end": "2023-05-11"}, [9]),
        ({"updated_end": "2022-11-30", "created_start": "2022-01-01"}, [12]),
        ({"created_start": ""}, [9, 12, 101]),
        ({"created_start": "2024-01-01", "created_end": "2020-01-01"}, []),
    ],
)
def test_days_at_both_ends_of_a_range_are_inside(api, params, ids):
    assert api.listed(**params) == ids


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"created_order": "asc"}, [12, 101, 9]),
        ({"created_order": "desc"}, [9, 101, 12]),
        ({"updated_order": "asc"}, [12, 9, 101]),
        ({"updated_order": "desc"}, [101, 9, 12]),
        ({"updated_order": "asc", "deStat": 1}, [12, 9, 30, 101]),
    ],
)
def test_the_list_can_be_ordered_by_either_date(api, params, ids):
    assert api.listed(**params) == ids


@pytest.mark.parametrize(
    "query",
    [
        "created_start=yesterday",
        "created_end=2023-13-01",
        "updated_start=2023-1-1",
        "updated_end=2023-02-30",
        "created_order=up",
        "updated_order=DESC",
        "deStat=2",
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        "per_page=0",
        "per_page=%EF%BC%91",
    ],
)
def test_an_unreadable_value_is_a_bad_parameter(api, query, is_error):
    assert is_error(api.get(f"{LIST}?{query}"), 400, "100001")


def test_the_list_is_cut_into_pages_of_100_and_links_both_ways(make_api, many):
    api = make_api(companies=many(250))
    first = api.get(LIST).json
    assert [c["uId"] for c in first["companies"]] == [str(n) for n in range(1, 101)]
    assert first["count"] == 250
    assert first["previous_page"] is None
    second = api.get(LIST, query_string={"page": 2}).json
    third = api.get(LIST + "?" + urlsplit(second["next_page"]).query).json
    assert len(third["companies"]) == 50
    assert third["next_page"] is None
    assert parse_qs(urlsplit(third["previous_page"]).query)["page"] == ["2"]
    beyond = api.get(LIST, query_string={"page": 9}).json
    assert beyond["companies"] == []
    assert beyond["count"] == 250
    assert beyond["next_page"] is None


def test_a_page_size_and_filters_travel_in_the_links(make_api, many):
    api = make_api(companies=many(12))
    answer = api.get(LIST, query_string={"per_page": 5, "created_end": "2024-01-31"})
    link = urlsplit(answer.json["next_page"])
    assert link.path == "/bangwo8/api/v1/companies.json"
    assert parse_qs(link.query) == {
        "per_page": ["5"],
        "created_end": ["2024-01-31"],
        "page": ["2"],
    }
    assert len(answer.json["companies"]) == 5


# ------------------------------------------------------------- detail, show_many


def test_the_detail_has_the_keys_of_its_own_example_and_only_texts(api):
    answer = api.get("/api/v1/companies/12.json")
    assert answer.status_code == 200
    assert list(answer.json) == ["company"]
    company = answer.json["company"]
    assert list(company) == DOCUMENT_DETAIL_KEYS
    assert company["uId"] == "12"
    assert company["service_groupid"] == "344124,344214"
    assert company["servicepassword"] == "12345"
    assert company["custom_fields"][1]["value"] == ["北京市", "二级1", "三级1"]


@pytest.mark.parametrize("uid", ["999", "abc", "0", "-1", "30", "012", "1%2F2"])
def test_there_is_no_such_company(api, uid, is_error):
    assert is_error(api.get(f"/api/v1/companies/{uid}.json"), 404, "100047")


def test_show_many_is_ordered_and_skips_the_unknown_and_the_deleted(api):
    answer = api.get("/api/v1/companies/show_many.json?ids=101,7,30,9,12,9,x")
    assert list(answer.json) == ["companies"]
    assert [company["uId"] for company in answer.json["companies"]] == [9, 12, 101]
    whale = answer.json["companies"][1]
    assert set(whale) == DOCUMENT_TABLE_KEYS
    assert whale["userGroup"] == 221
    assert whale["status"] == 1
    assert whale["userURL"] == "http://whale.example.com"
    assert whale["url"].endswith("/api/v1/companies/12.json")
    none = api.get("/api/v1/companies/show_many.json?ids=77")
    assert none.json == {"companies": []}


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=,", "?id=12"])
def test_show_many_needs_ids(api, query, is_error):
    answer = api.get(f"/api/v1/companies/show_many.json{query}")
    assert is_error(answer, 400, "100001")


# ----------------------------------------------------------------------- create


def create(api, company, **more):
    return api("POST", LIST, json={"company": company}, **more)


def test_a_created_company_is_found_listed_and_read(api):
    custom = [{"key": "phone", "value": "13700001111"}]
    answer = create(api, {"companyName": "Green Owl", "custom_fields": custom})
    assert answer.status_code == 200
    company = answer.json["company"]
    assert company["uId"] == 102
    assert company["companyName"] == "Green Owl"
    assert company["custom_fields"] == custom
    assert set(company) == DOCUMENT_TABLE_KEYS
    assert company["createDT"] == company["updateDT"] == "2026-11-21 12:05:06"
    assert company["status"] == 1
    location = answer.headers["Location"]
    assert urlsplit(location).path == "/bangwo8/api/v1/companies/102.json"
    assert location == company["url"]
    assert api.detail(102)["companyName"] == "Green Owl"
    assert api.ids("phone:13700001111") == [102]
    assert 102 in api.listed()


def test_read_only_fields_of_a_create_are_ignored(api):
    fields = {
        "companyName": "Red Fox",
        "uId": 5,
        "url": "http://x",
        "supportId": 8,
        "createDT": "2000-01-01",
        "updateDT": "2000-01-01",
        "unknown": {"deep": 1},
    }
    company = create(api, fields).json["company"]
    assert company["uId"] == 102
    assert company["supportId"] == 0
    assert company["createDT"] == "2026-11-21 12:05:06"
    assert not company["url"].startswith("http://x")
    assert api.ids("companyName:Red") == [102, 9]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"companyName": ""},
        {"companyName": "   "},
        {"companyName": None},
        {"companyName": ["a"]},
        {"companyName": True},
        {"companyName": 5},
        {"address": "somewhere"},
        {"companyName": "A", "custom_fields": {"phone": "1"}},
        {"companyName": "A", "custom_fields": ["phone"]},
        {"companyName": "A", "custom_fields": [{"value": "1"}]},
        {"companyName": "A", "custom_fields": [{"key": "a", "value": {}}]},
        {"companyName": "A", "serviceendtime": "tomorrow"},
        {"companyName": "A", "status": 3},
        {"companyName": "A", "userGroup": "many"},
        {"companyName": "A", "address": {"street": 1}},
    ],
)
def test_a_company_that_cannot_be_is_refused_and_nothing_is_created(
    api, body, is_error
):
    assert is_error(create(api, body), 400, "100001")
    assert api.listed(deStat=1) == [9, 12, 30, 101]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b'{"companyName":"A"}', b'{"company":[]}', b"\xff"],
)
def test_a_body_without_a_company_is_refused(api, body, is_error):
    assert is_error(api("POST", LIST, data=body), 400, "100001")
    assert is_error(api("PUT", "/api/v1/companies/9.json", data=body), 400, "100001")


def test_every_writable_field_is_kept(api):
    fields = {
        "companyName": "全部",
        "servicestarttime": "2026-01-01",
        "serviceendtime": "0000-00-00",
        "userURL": "http://all.example.com",
        "serveNote": "note",
        "serviceCharge": "1.25",
        "serviceaccount": "all",
        "servicepassword": "secret",
        "address": "street",
        "userGroup": 3,
        "tableName": "a,b",
        "province": "广东",
        "city": "深圳",
        "status": 1,
        "service_groupid": "1,2",
        "custom_fields": [{"key": "region", "value": ["一", "二"]}],
    }
    company = create(api, fields).json["company"]
    assert {name: company[name] for name in fields} == fields


def test_the_header_requestid_guards_a_create_against_repeats(api):
    first, again, other = (
        create(api, {"companyName": "Once"}, headers={"Requestid": name})
        for name in ("r-1", "r-1", "r-2")
    )
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    assert other.json["company"]["uId"] == first.json["company"]["uId"] + 1
    assert api.listed() == [9, 12, 101, 102, 103]


def test_characters_that_no_text_can_hold_are_dropped(api, is_error):
    raw = rb'{"company": {"companyName": "A\ud800B", "custom_fields": ['
    raw += (
        rb'{"key": "k\udfff", "value": ["\ud800", 1e999999, 12345678901234567890]}]}}'
    )
    assert is_error(api("POST", LIST, data=raw), 400, "100001")
    answer = api("POST", LIST, data=raw.replace(b"1e999999", b"1e3"))
    assert answer.status_code == 200
    company = answer.json["company"]
    assert company["companyName"] == "AB"
    assert company["custom_fields"] == [
        {"key": "k", "value": ["", "1000", "12345678901234567890"]}
    ]


# ----------------------------------------------------------------------- update


def update(api, uid, company):
    return api("PUT", f"/api/v1/companies/{uid}.json", json={"company": company})


def test_an_update_changes_named_fields_and_merges_custom_ones(api):
    before = api.detail(12)
    custom = [{"key": "fxk", "value": "否"}, {"key": "price", "value": "9"}]
    answer = update(api, 12, {"address": "2 Quay", "custom_fields": custom})
    assert answer.status_code == 200
    assert answer.json["company"]["uId"] == 12
    assert set(answer.json["company"]) == DOCUMENT_TABLE_KEYS
    after = api.detail(12)
    assert after["address"] == "2 Quay"
    assert after["custom_fields"] == [
        {"key": "phone", "value": "13612345678"},
        {"key": "region", "value": ["北京市", "二级1", "三级1"]},
        {"key": "fxk", "value": "否"},
        {"key": "level", "value": "3"},
        {"key": "price", "value": "9"},
    ]
    assert after["updateDT"] == "2026-11-21 12:05:06"
    same = set(before) - {"address", "custom_fields", "updateDT"}
    assert {key: before[key] for key in same} == {key: after[key] for key in same}


def test_an_update_ignores_read_only_fields(api):
    company = update(api, 12, {"uId": 1, "createDT": "x", "supportId": 1}).json[
        "company"
    ]
    assert company["uId"] == 12
    assert company["createDT"] == "2022-11-16 09:18:11"
    assert company["supportId"] == 7


def test_an_update_is_refused_for_an_unknown_id_or_empty_name(api, is_error):
    assert is_error(update(api, 999, {"address": "x"}), 404, "100047")
    assert is_error(update(api, "x", {"address": "x"}), 404, "100047")
    assert is_error(update(api, 12, {"companyName": ""}), 400, "100001")
    assert api.detail(12)["companyName"].startswith("Blue Whale")


def test_a_company_is_deleted_and_brought_back_by_its_status(api, is_error):
    assert update(api, 12, {"status": 2}).json["company"]["status"] == 2
    assert 12 not in api.listed()
    assert api.ids("companyName:Blue") == []
    assert is_error(api.get("/api/v1/companies/12.json"), 404, "100047")
    assert update(api, 12, {"status": "1"}).json["company"]["status"] == 1
    assert api.detail(12)["uId"] == "12"


def test_a_reset_brings_the_data_file_back(api):
    create(api, {"companyName": "New"})
    update(api, 12, {"companyName": "Other"})
    api.http.post("/_sandbox/reset")
    assert api.listed() == [9, 12, 101]
    assert api.detail(12)["companyName"].startswith("Blue Whale")


def test_utf8_account_names_are_taken(make_api):
    api = make_api(credentials={"account": "客服", "password": "密码"})
    pair = base64.b64encode("客服:密码".encode()).decode()
    answer = api.get(LIST, auth=None, headers={"Authorization": f"Basic {pair}"})
    assert answer.status_code == 200


def test_the_shipped_companies_can_be_served():
    http = create_sandbox_app(None, database="sqlite://").test_client()
    answer = http.get("/bangwo8/api/v1/companies.json?deStat=1", auth=("a", "b"))
    assert answer.json["count"] >= 40
    hits = http.get(
        "/bangwo8/api/v1/companies/search.json?query=field_2:13800000001",
        auth=("a", "b"),
    ).json
    assert [hit["uId"] for hit in hits["results"]] == [101]
