"""A field that is one parameter has its kind."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.templates.request_kinds import sent_kinds

KINDS = {
    "inputs.tel": "phone",
    "inputs.who": "name",
    "inputs.caller id": "id",
    "inputs.note": "text",
    "inputs.n": "none",
    "headers.x-mail": "email",
}


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ({"a": "{{ inputs.tel }}"}, {"a": "phone"}),
        ({"json": {"b": ["{{inputs.who}}"]}}, {"b": "name"}),
        ({"a": "{{ inputs['caller id'] }}"}, {"a": "id"}),
        ({"a": "{{ headers['X-Mail'] }}"}, {"a": "email"}),
        ({"a": "{{ inputs.tel | phone('e164') }}"}, {"a": "phone"}),
        ({"a": {"x": "{{ inputs.tel }}"}, "x": "{{ inputs.who }}"}, {"x": "name"}),
        ({"a": "for {{ inputs.who }}", "b": "{{ inputs.who | upper }}"}, {}),
        ({"a": "{{ inputs.note }}", "b": "{{ inputs.n }}", "c": 7, "d": None}, {}),
        ("{{ inputs.tel }}", {}),
    ],
)
def test_kinds_by_name(value: Any, kinds: dict[str, str]) -> None:
    assert sent_kinds([value, None], KINDS) == kinds
