"""People's data is shown by its kind, whatever it stands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.people.personal import (
    KINDS,
    NO_KINDS,
    FieldKinds,
    default_kind,
    mask_as,
    mask_record,
    plain_fields,
)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "13800000001", "138****0001"),
        ("phone", 13800000001, "138****0001"),
        ("phone", "13800000001;13900000002", "138****0001;139****0002"),
        ("phone", "anonymous", "anonymous"),
        ("phone", "10086", "***86"),
        ("name", "Wang", "W***"),
        ("name", " 王伟 ", "王***"),
        ("name", "W", "***"),
        ("name", "", ""),
        ("email", "wang@example.com", "w***@example.com"),
        ("email", "wang at home", "w***"),
        ("id", "c-10012334", "c-1****34"),
        ("id", "customer-10012334", "cust****34"),
        ("id", "c-1001", "c-****1"),
        ("id", 7, "****"),
        ("id", "", ""),
        (
            "text",
            "call 13800000001 or w@example.com",
            "call 138****0001 or w***@example.com",
        ),
        ("text", 13800000001, "138****0001"),
        ("text", 42, 42),
        ("none", "13800000001", "13800000001"),
        ("none", 1790000000000, 1790000000000),
        ("phone", None, None),
        ("name", True, True),
        ("id", 1.5, 1.5),
        ("phone", 13800000001.0, "138****0001"),
        ("text", 13800000001.0, "138****0001"),
        ("none", 13800000001.0, 13800000001.0),
    ],
)
def test_a_value_is_shown_by_its_kind(kind: str, value: object, shown: object) -> None:
    assert mask_as(kind, value) == shown


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_masking_takes_any_text(kind: str, text: str) -> None:
    assert isinstance(mask_as(kind, text), str)


@given(st.from_regex(r"[a-z]{4,12}", fullmatch=True))
def test_names_and_ids_are_masked(text: str) -> None:
    assert text not in mask_as("name", text)
    assert text not in mask_as("id", text)
    assert text not in mask_as("email", f"{text}@example.com")


def test_a_field_that_says_no_kind_has_that_of_its_type() -> None:
    assert default_kind("string", "phone") == "phone"
    assert default_kind("string") == "text"
    assert default_kind("int") == "none"
    assert default_kind("bool") == "none"


KNOWN = FieldKinds(
    {
        "items.nick": "name",
        "items.created": "none",
        "groups.name": "none",
        "people.name": "name",
        "owner": "name",
        "mail": "email",
        "full_name": "name",
        "mobile": "phone",
    }
)


def test_a_field_is_known_at_any_depth_and_the_longest_name_counts() -> None:
    record = {
        "data": {"items": [{"nick": "Wang", "created": "20261130 13800000001"}]},
        "nick": "Li",
        "groups": [{"name": "north"}],
        "people": [{"name": "Chen"}],
        "name": "Zhao",
        "owner": {"given": "Ada", "age": 9},
        "note": "13800000001",
    }
    assert mask_record(record, KNOWN) == {
        "data": {"items": [{"nick": "W***", "created": "20261130 13800000001"}]},
        "nick": "L***",
        "groups": [{"name": "north"}],
        "people": [{"name": "C***"}],
        "name": "Z***",  # of two kinds for one name the stricter
        "owner": {"given": "A***", "age": "***"},
        "note": "138****0001",
    }


def test_the_value_of_a_pair_has_the_kind_of_its_key() -> None:
    record = {
        "attribute_structure": [
            {"field_code": "full_name", "value": [{"display_value": "Wang"}]},
            {"field_code": "mobile", "value": [{"display_value": "13800000001"}]},
            {"field_code": "mail", "value": "wang@example.com"},
            {"field_code": "color", "value": "red"},
        ],
        "custom_fields": [{"key": "mobile", "value": 13800000001}],
    }
    assert mask_record(record, KNOWN) == {
        "attribute_structure": [
            {"field_code": "full_name", "value": [{"display_value": "W***"}]},
            {"field_code": "mobile", "value": [{"display_value": "138****0001"}]},
            {"field_code": "mail", "value": "w***@example.com"},
            {"field_code": "color", "value": "red"},
        ],
        "custom_fields": [{"key": "mobile", "value": "138****0001"}],
    }


def test_secrets_are_hidden_whatever_their_kind() -> None:
    record = {"token": {"a": 1}, "X-Key": "k", "nick": "s3cret", "created": "a s3cret"}
    assert mask_record(record, KNOWN, secrets=["x-key"], texts=["s3cret"]) == {
        "token": "***",
        "X-Key": "***",
        "nick": "****",
        "created": "a ***",
    }


def test_plain_fields_come_with_their_kinds() -> None:
    record = {"items": [{"nick": "Wang"}, {"nick": "Li"}], "mail": None, "x": 1}
    assert sorted(map(repr, plain_fields(record, KNOWN))) == [
        "('email', None)",
        "('name', 'Li')",
        "('name', 'Wang')",
        "('text', 1)",
    ]
    assert list(plain_fields("a", NO_KINDS)) == [("text", "a")]
