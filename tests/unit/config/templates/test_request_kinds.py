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


def test_a_field_that_is_no_parameter_hides_none_behind_it() -> None:
    value = {"a": "plain", "b": "{{ inputs.tel }}", "c": 7, "d": "{{ inputs.who }}"}
    assert sent_kinds(value, KINDS) == {"b": "phone", "d": "name"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["{{ inputs.who }}", "{{ inputs.tel }}"], "name"),
        (["{{ inputs.tel }}", "{{ inputs.who }}"], "name"),
        (["{{ inputs.note }}", "{{ inputs.who }}"], "name"),
    ],
)
def test_of_two_values_of_a_field_the_strictest_kind_counts(
    values: list[str], kind: str
) -> None:
    assert sent_kinds({"a": values}, KINDS) == {"a": kind}


@pytest.mark.parametrize(
    "text",
    [
        "{{- inputs.tel -}}",
        " {{ inputs['tel'] }} ",
        '{{ inputs["tel"] | phone("national") }}',
    ],
)
def test_the_ways_in_which_a_parameter_is_written(text: str) -> None:
    assert sent_kinds({"a": text}, KINDS) == {"a": "phone"}
