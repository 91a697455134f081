"""Made-up people: nobody real is left, and who was the same is the same."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.pseudonyms import Pseudonyms
from ivrhooks.basics.people.personal import FieldKinds


def test_one_person_is_one_made_up_person_wherever_they_stand() -> None:
    made = Pseudonyms("CN")
    kinds = FieldKinds({"tel": "phone", "nick": "name", "mail": "email", "id": "id"})
    record = {
        "tel": "+86 138 0000 0001;13900000002",
        "nick": "Wang Wei",
        "mail": "wang@crm.example.org",
        "id": "c-1001",
        "note": "Wang Wei called from 13800000001, order 2026-10-01, 7",
        "list": [{"key": "tel", "value": 13800000001}],
    }
    other = made.record(record, kinds)
    assert other["tel"] == "+8613123456789;13123456790"
    assert (other["nick"], other["id"]) == ("Example 1", "id-1")
    assert other["mail"] == "caller-1@example.com"
    assert made.value("138-0000-0001", "phone") == made.value("13800000001", "phone")
    text = str(other)
    for real in ("Wang", "13800000001", "13900000002", "crm.example.org", "c-1001"):
        assert real not in text
    assert "2026-10-01, 7" in text
    assert other["list"] == [{"key": "tel", "value": 13123456789}]


@pytest.mark.parametrize("value", ["", None, True, "anonymous", "12", 1.5])
def test_texts_without_persons_stay(value) -> None:
    assert Pseudonyms("VN").value(value, "phone") == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [("12", "12"), ("110", "13123456789"), ("", ""), (None, None), (True, True)],
)
def test_fewer_than_three_digits_are_no_number(value, shown) -> None:
    assert Pseudonyms("CN").value(value, "phone") == shown


def test_a_name_of_two_letters_is_looked_for_and_one_letter_is_not() -> None:
    made = Pseudonyms("CN")
    assert made.value("Li", "name") == "Example 1"
    assert made.value("X", "name") == "Example 2"
    assert made.text("Li called, X marks it") == "Example 1 called, X marks it"


@pytest.mark.parametrize(
    ("region", "number", "code"),
    [
        ("CN", "13123456789", "86"),
        ("VN", "0912345678", "84"),
        (None, "13123456789", "86"),
    ],
)
def test_a_person_is_the_same_in_every_notation_and_kind(
    region: str | None, number: str, code: str
) -> None:
    made = Pseudonyms(region)
    abroad = number.lstrip("0")
    following = str(int(number) + 1).rjust(len(number), "0")
    for value, kind, expected in (
        ("13912345678", "phone", number),
        ("008613912345678", "phone", f"00{code}{abroad}"),
        (13912345678, "phone", int(number)),
        (
            "call +86 139 1234 5678 or a@b.com",
            "text",
            f"call +{code}{abroad} or caller-1@example.com",
        ),
        ("a@b.com", "email", "caller-1@example.com"),
        ("0902123123, x@y.vn", "text", f"{following}, caller-2@example.com"),
        ("Wang", "none", "Wang"),
        (7, "none", 7),
        ("Wang Wei", "name", "Example 1"),
        ("Dear Wang Wei!", "text", "Dear Example 1!"),
        (" wang wei ", "name", "Example 1"),
        (5, "name", "Example 2"),
        ("A-17", "id", "id-1"),
        (17, "id", 1002),
        ("17", "id", "1002"),
        ("A-17 is no name", "text", "A-17 is no name"),
        (5, "text", 5),
        ("", "name", ""),
        (None, "id", None),
    ):
        assert made.value(value, kind) == expected, (value, kind)
