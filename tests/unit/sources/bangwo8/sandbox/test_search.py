"""The search language, asked with raw HTTP, and the magic numbers in it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

SEARCH = "/api/v1/companies/search.json"


def test_a_hit_has_five_fields_and_a_number_as_uid(api):
    answer = api.search("phone:13612345678")
    assert list(answer) == ["results", "next_page", "previous_page", "count"]
    assert answer["count"] == 1
    assert answer["next_page"] is answer["previous_page"] is None
    (hit,) = answer["results"]
    assert list(hit) == ["companyName", "createDT", "updateDT", "uId", "url"]
    assert hit["uId"] == 12
    assert hit["url"].endswith("/api/v1/companies/12.json")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("companyName:Whale", [101, 12]),
        ("companyName:whale", [101, 12]),
        ("companyName:蓝鲸", [12]),
        ("Whale", [101, 12]),
        ("Whale createDT>2022-11-16", [101]),
        ("serviceaccount:whale", [12]),
        ("serviceaccount:wha", []),
        ("phone:1361234", [9, 12]),
        ("phone:02154321098", [9]),
        ("region:二级", [12]),
        ("region:北京", [12]),
        ("level:3", [12]),
        ("nosuch:1", []),
        ("address:Harbour", []),
        ("phone:", []),
        ("serviceaccount:", []),
        (":x", []),
        ("companyName:Whale createDT>2022-11-16", [101]),
        ("companyName:Whale createDT>=2022-11-16", [101, 12]),
        ("companyName:Whale createDT<2022-11-16", []),
        ("companyName:Whale createDT<=2022-11-16", [12]),
        ("companyName:Whale createDT:2022-11-16", [12]),
        ("companyName:Whale createDT:2023-05-10", [101]),
        ("companyName:Red createDT:2023-05-10", [9]),
        ("companyName:Red updateDT:2023-05-11", [9]),
        ("companyName:Red updateDT<2023-05-11", []),
        ("createDT>2022-11-16", [9, 101]),
        ("companyName:Whale  createDT>2022-11-16 createDT<2024-01-01", [101]),
        ("companyName:Whale serviceaccount:whale2", [101]),
    ],
)
def test_the_search_language(api, query, ids):
    assert api.ids(query) == ids


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": "  "},
        {"query": "companyName:Blue Whale"},
        {"query": "Whale createDT>2017"},
        {"query": "Whale createDT>"},
        {"query": "Whale createDT>2017-02-30"},
        {"query": "Whale", "sort_by": "companyName"},
        {"query": "Whale", "sort_order": "down"},
        {"query": "Whale", "deStat": "x"},
        {"query": "Whale", "page": "two"},
    ],
)
def test_a_search_that_cannot_be_read_is_refused(api, params, is_error):
    assert is_error(api.get(SEARCH, query_string=params), 400, "100001")


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, [9, 101, 12]),
        ({"sort_order": "asc"}, [12, 101, 9]),
        ({"sort_by": "updateDT"}, [101, 9, 12]),
        ({"sort_by": "updateDT", "sort_order": "asc"}, [12, 9, 101]),
        ({"deStat": 1}, [9, 101, 12, 30]),
    ],
)
def test_hits_are_ordered_by_creation_the_newest_first(api, params, ids):
    assert api.ids("createDT>2000-01-01", **params) == ids


def test_a_search_has_pages_of_100_and_encoded_links(make_api, many):
    api = make_api(companies=many(230))
    first = api.search("Firm createDT>2017-07-03")
    assert len(first["results"]) == 100
    assert first["count"] == 230
    link = first["next_page"]
    assert " " not in link
    assert ">" not in link
    assert "%20" in link
    assert parse_qs(urlsplit(link).query) == {
        "query": ["Firm createDT>2017-07-03"],
        "sort_by": ["createDT"],
        "sort_order": ["desc"],
        "page": ["2"],
    }
    seen = [hit["uId"] for hit in first["results"]]
    while link:
        parts = urlsplit(link)
        page = api.http.get(
            f"{parts.path}?{parts.query}", auth=("agent@example.com", "pass:word")
        ).json
        seen += [hit["uId"] for hit in page["results"]]
        link = page["next_page"]
    assert sorted(seen) == list(range(1, 231))
    assert parse_qs(urlsplit(page["previous_page"]).query)["page"] == ["2"]


def test_unknown_numbers_of_the_documents_are_magic(api):
    answer = api.get(SEARCH, query_string={"query": "phone:13800000103"})
    assert answer.status_code == 500
    answer = api.get(SEARCH, query_string={"query": "phone:+8613800000009"})
    assert answer.json["results"] == []
    answer = api.get(SEARCH, query_string={"query": "Whale13800000103"})
    assert answer.status_code == 200


def test_a_magic_number_that_the_data_holds_is_answered_from_it(make_api):
    company = {
        "uId": 1,
        "companyName": "A",
        "custom_fields": [{"key": "phone", "value": "13800000103"}],
    }
    api = make_api(companies=[company])
    assert api.ids("phone:13800000103") == [1]
    assert api.ids("other:13800000103") == []
