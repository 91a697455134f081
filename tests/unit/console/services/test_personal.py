"""What was sent is shown by the kinds of its endpoint's parameters."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.console.services.personal import (
    is_personal,
    kind_of,
    masked_body,
    masked_head,
    masked_values,
)

VIP = "13800000001"


@pytest.fixture
def plan() -> Plan:
    def parameter(name: str, pii: str, place: str = "input", **more: Any) -> Parameter:
        return Parameter(name, "string", place, pii=pii, **more)

    return Plan(
        endpoint="desk",
        path="/desk/{customer}",
        method="POST",
        format="form",
        headers=(
            parameter("X-Who", "name", "header"),
            parameter("X-Day", "none", "header"),
        ),
        inputs=(
            parameter("tel", "phone"),
            parameter("who", "name", wire="caller name"),
            parameter("customer", "id", segment=True),
            parameter("order", "none"),
            parameter("note", "text"),
            parameter("key", "text", secret=True),
        ),
        lookups=(),
        outputs=(),
        deadline=1.0,
        mode="real",
    )


def test_kinds_are_those_of_the_parameters(plan: Plan) -> None:
    assert kind_of(plan, "input", "tel") == "phone"
    assert kind_of(plan, "header", "x-who") == "name"
    assert kind_of(plan, "input", "x") == "text"
    assert is_personal(plan, "input", "who", "Wang")
    assert is_personal(plan, "input", "note", f"call {VIP}")
    assert not is_personal(plan, "input", "order", "20000000000")


def test_values_are_masked_and_secrets_hidden(plan: Plan) -> None:
    values = {
        "tel": VIP,
        "who": "Wang",
        "order": 20000000000,
        "key": "k",
        "token": "t",
        "more": {"tel": VIP},
        "none": None,
    }
    assert masked_values(plan, "input", values) == {
        "tel": "138****0001",
        "who": "W***",
        "order": 20000000000,
        "key": "***",
        "token": "***",
        "more": {"tel": "138****0001"},
        "none": None,
    }


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            f"tel={VIP}&caller%20name=Wang+Wei&order=20000000000&x={VIP}",
            "tel=138****0001&caller%20name=W***&order=20000000000&x=138****0001",
        ),
        (
            '{"tel": 13800000001, "caller name": "Wang", "order": 20000000000}',
            '{"tel": "138****0001", "caller name": "W***", "order": 20000000000}',
        ),
        ('{"caller name": "Wan', '{"caller name": "W***"'),
        ('{"caller name": ["Wang", "Li"]}', '{"caller name": ["W***", "L***"]}'),
        ('{"caller name": {"a": "Wang"}}', '{"caller name": {"a": "W***"}}'),
        ('{"caller name": ["Wang", "L', '{"caller name": "[***"'),
        (
            '--x\r\nContent-Disposition: form-data; name="who"\r\n\r\nWang\r\n--x',
            '--x\r\nContent-Disposition: form-data; name="who"\r\n\r\nW***\r\n--x',
        ),
        ("note=ask wang@example.com", "note=ask w***@example.com"),
        ("x=\0007\0 13800000001", "x=\ufffd7\ufffd 138****0001"),
        ("x=%007%0013800000001", "x= 713*****0001"),
    ],
)
def test_a_body_is_shown_field_by_field(plan: Plan, body: str, shown: str) -> None:
    assert masked_body(plan, body) == shown


def test_a_head_is_shown_by_segments_query_and_headers(plan: Plan) -> None:
    head = (
        f"POST /desk/c-10012334?tel={VIP}&who=Wang HTTP/1.1\r\n"
        f"X-Who: Wang\r\nX-Day: 20000000000\r\nX-Other: {VIP}"
    )
    assert masked_head(plan, head) == (
        "POST /desk/c-1****34?tel=138****0001&who=W*** HTTP/1.1\r\n"
        "X-Who: W***\r\nX-Day: 20000000000\r\nX-Other: 138****0001"
    )
    assert masked_head(None, f"GET /x/{VIP}") == "GET /x/138****0001"
    assert masked_head(plan, f"{VIP}") == "138****0001"
    assert masked_body(None, f"tel={VIP}") == "tel=138****0001"


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_empty_header_unmasks_no_line_behind_it(plan: Plan, end: str) -> None:
    head = f"POST /desk HTTP/1.1{end}X-Day:{end}X-Who: Wang Wei{end}Host: x"
    shown = masked_head(plan, head)
    assert "Wang" not in shown
    assert shown.split(end)[1::2] == ["X-Day:", "Host: x"]
