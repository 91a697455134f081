from __future__ import annotations

from ivrhooks.answering.data_request import DataRequest


def test_an_empty_data_request_has_no_fields_and_no_problem():
    request = DataRequest("POST", "/vip", "r-1")
    assert (request.headers, request.query, request.body) == ({}, {}, {})
    assert (request.body_kind, request.body_problem) == ("none", None)
