"""No password that a vendor sends in clear gets past the source."""

from __future__ import annotations

import pytest

from ivrhooks.sources.bangwo8.operations import OPERATIONS as COMPANIES
from ivrhooks.sources.interface import Reply
from ivrhooks.sources.meiqia.operations import OPERATIONS as CALLS
from ivrhooks.sources.redaction import redacted

BY_NAME = {operation.name: operation for operation in (*COMPANIES, *CALLS)}
FIRM = {"uId": "1", "servicepassword": "p", "custom_fields": [{"key": "a"}]}
OPEN_FIRM = {"uId": "1", "custom_fields": [{"key": "a"}]}


@pytest.mark.parametrize(
    ("name", "record", "left"),
    [
        ("get_company", FIRM, OPEN_FIRM),
        ("create_company", FIRM, OPEN_FIRM),
        ("update_company", FIRM, OPEN_FIRM),
        ("list_companies", {"companies": [FIRM], "count": 1}, [OPEN_FIRM]),
        ("show_many", {"companies": [FIRM]}, [OPEN_FIRM]),
        ("list_sips", [{"sip": "1", "password": "p"}], [{"sip": "1"}]),
        ("list_sips", [], []),
        ("get_company", None, None),
    ],
)
def test_passwords_are_taken_out(name, record, left):
    shown = redacted(BY_NAME[name], Reply(record, found=bool(record)))
    block = isinstance(record, dict) and "companies" in record
    assert (shown.record["companies"] if block else shown.record) == left
    assert shown.found == bool(record)


def test_a_result_without_secrets_is_left_alone():
    reply = Reply({"results": [{"password": "a custom field"}]})
    assert redacted(BY_NAME["search_companies"], reply) is reply
