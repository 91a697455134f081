"""A caller is found by any notation of a number, by an e-mail address, or by an id."""

from __future__ import annotations

import pytest

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person, marks_of, sightings

CIPHER = Cipher([b"k" * 32])


@pytest.mark.parametrize(
    ("typed", "came"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("13800000001", "+8613800000001"),
        ("(138) 0000 0001", "8613800000001"),
        ("١٣٨٠٠٠٠٠٠٠١", "13800000001"),
        ("tel:+8613800000001", "13800000001"),
        ("1001", "1001"),
    ],
)
def test_a_number_is_found_in_any_notation(typed: str, came: str) -> None:
    wanted = Person(typed, "CN")
    assert wanted.is_in(sightings("phone", came))
    marks = marks_of(sightings("phone", came), CIPHER)
    assert marks & set(wanted.marks(CIPHER))


@pytest.mark.parametrize(
    ("typed", "kind", "came"),
    [
        ("13800000001", "phone", "13800000002"),
        ("13800000001", "phone", "13900000001"),  # the same last digits
        ("+84138000001", "phone", "13800000001"),
        ("1001", "phone", "13800001001"),
        ("wang@example.com", "email", "li@example.com"),
        ("c-1001", "id", "c-10011"),
        ("c-1001", "phone", "1001"),
    ],
)
def test_no_other_person_is_found(typed: str, kind: str, came: str) -> None:
    assert not Person(typed, "CN").is_in(sightings(kind, came))


@pytest.mark.parametrize(
    ("typed", "kind", "came"),
    [
        ("Wang@Example.com ", "email", "wang@example.com"),
        ("C-1001", "id", "c-1001"),
        ("1001", "id", 1001),
        ("13800000001", "text", "please call 138 0000 0001 back"),
        ("wang@example.com", "text", "mail wang@example.com"),
        ("13800000002", "phone", "13800000001;13800000002"),
    ],
)
def test_addresses_ids_and_free_text(typed: str, kind: str, came: object) -> None:
    assert Person(typed, "CN").is_in(sightings(kind, came))


def test_a_parameter_of_any_kind_may_be_an_id() -> None:
    assert list(sightings("text", "c-1001", ids=True)) == [("id", "c-1001")]
    assert list(sightings("none", 7, ids=True)) == [("id", "7")]
    assert list(sightings("text", "c-1001")) == []
    assert list(sightings("text", "", ids=True)) == []


@pytest.mark.parametrize("kind", ["id", "text"])
def test_a_longer_text_is_no_id(kind: str) -> None:
    assert list(sightings(kind, "x" * 256, ids=True)) == [("id", "x" * 256)]
    assert list(sightings(kind, "x" * 257, ids=True)) == []


def test_a_text_with_letters_is_looked_for_as_an_id_alone() -> None:
    assert Person("c-1001").sightings == (("id", "c-1001"),)
    assert Person("anonymous").sightings == (("id", "anonymous"),)


def test_names_flags_and_withheld_callers_are_no_sighting() -> None:
    for kind, value in [
        ("name", "Wang"),
        ("id", True),
        ("phone", None),
        ("phone", PhoneNumber("anonymous", withheld=True)),
        ("phone", "anonymous"),
        ("id", ""),
        ("text", 1.5),
    ]:
        assert list(sightings(kind, value, ids=True)) == []


def test_a_plus_that_was_sent_is_remembered() -> None:
    number = PhoneNumber("8613800000001", plus=True)
    assert list(sightings("phone", number)) == [("phone", "+8613800000001")]
    number = PhoneNumber("13800000001")
    assert list(sightings("phone", number)) == [("phone", "13800000001")]


def test_the_searched_person_is_in_no_repr() -> None:
    assert "13800000001" not in repr(Person("13800000001"))
    assert Person("  ").sightings == ()


@pytest.mark.parametrize(
    "value",
    [
        ("GET", "https://crm/q?tel=13800000001&x=1", (), None),
        ("GET", "https://crm/q?tel=%2B86+138+0000+0001", (), None),
        ("POST", "https://crm/q", (), b'{"phone": "008613800000001"}'),
        {"list": [{"tel": 13800000001}]},
        "call 138-0000-0001 back",
    ],
)
def test_a_number_is_found_in_whatever_a_cache_holds(value: object) -> None:
    assert Person("13800000001", "CN").mentioned_in(value)
    assert not Person("13900000001", "CN").mentioned_in(value)


def test_an_address_and_an_id_are_found_in_whatever_a_cache_holds() -> None:
    request = ("GET", "https://crm/c/c-1001?mail=Wang%40example.com", (), None)
    assert Person("wang@example.com").mentioned_in(request)
    assert Person("C-1001").mentioned_in(request)
    assert not Person("c-100").mentioned_in(request)
    assert not Person("").mentioned_in(request)
    assert not Person("c-1001").mentioned_in({"c-1001": True, "n": 1.5})
    assert not Person("true").mentioned_in({"vip": True})
    assert Person("wang@example.com").mentioned_in("write to wang@example.com.")
