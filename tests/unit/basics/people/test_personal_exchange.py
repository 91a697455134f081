"""What went over the wire is shown field by field."""

from __future__ import annotations

import pytest

from ivrhooks.basics.people.personal import FieldKinds
from ivrhooks.basics.people.personal_exchange import mask_body, mask_request, mask_url

KINDS = FieldKinds({"tel": "phone", "nick": "name", "no": "none", "list.id": "id"})


def test_an_address_is_shown_field_by_field() -> None:
    url = "https://crm/x/13800000001?tel=%2B8613800000001&nick=Wang&no=20000000000&a"
    assert mask_url(url, KINDS) == (
        "https://crm/x/138****0001?tel=861******0001&nick=W***&no=20000000000&a"
    )
    assert mask_url("https://crm/x", KINDS) == "https://crm/x"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            '{"data": {"nick": "Wang", "no": 20000000000, "list": [{"id": "c-10012334"}'
            "]}}",
            '{"data":{"nick":"W***","no":20000000000,"list":[{"id":"c-1****34"}]}}',
        ),
        ('{ "no": 20000000000 }', '{ "no": 20000000000 }'),
        ('{"tel": "13800000001", "ni', '{"tel": "138****0001", "ni'),
        ("tel=13800000001&nick=Wang+Wei", "tel=138****0001&nick=W***"),
        ("<a>13800000001</a>", "<a>138****0001</a>"),
        ("", ""),
    ],
)
def test_a_body_is_shown_field_by_field(body: str, shown: str) -> None:
    assert mask_body(body, KINDS) == shown


def test_a_request_is_shown_completely() -> None:
    request = {
        "method": "POST",
        "url": "https://crm/q?tel=13800000001",
        "headers": {"Authorization": "x", "Nick": "13800000001"},
        "body": '{"nick":"Wang"}',
    }
    assert mask_request(request, KINDS) == {
        "method": "POST",
        "url": "https://crm/q?tel=138****0001",
        "headers": {"Authorization": "***", "Nick": "138****0001"},
        "body": '{"nick":"W***"}',
    }
    assert mask_request({"body": None}, KINDS) == {"body": None}
