"""Telephone numbers: read, written in forms, compared."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.phone import PhoneNumber, format_phone, read_phone, same_number


@pytest.mark.parametrize(
    ("sent", "digits", "plus"),
    [
        ("13800000001", "13800000001", False),
        ("+84901234561", "84901234561", True),
        (" 84901234561", "84901234561", True),
        ("+84 90 123 4562", "84901234562", True),
        (" 84 90 123 4562", "84901234562", True),
        ("0084901234561", "84901234561", True),
        ("(+84) 90-123.45/61", "84901234561", True),
        ("0901234561", "0901234561", False),
        (" 0901234561", "0901234561", False),
        ("010-1234 5678", "01012345678", False),
        ("１３８００００００００１", "138000000001", False),
        ("110", "110", False),
        ("007", "007", False),
        ("13800000001\u202c", "13800000001", False),
    ],
)
def test_a_number_is_its_digits_as_sent(sent: str, digits: str, plus: bool) -> None:
    number = read_phone(sent)
    assert (number, number.plus, number.withheld) == (digits, plus, False)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "   ",
        "anonymous",
        "Anonymous",
        "unknown",
        "PRIVATE",
        "nobody",
        "restricted",
        "unavailable",
        "withheld",
        "*46#",
        "#31#",
        "12",
        "+",
        "+1",
        "sip:alice@example.com",
        "匿名",
        "alice",
    ],
)
def test_a_withheld_caller_is_a_value(sent: str) -> None:
    number = read_phone(sent)
    assert number.withheld
    assert number == sent.strip()
    assert format_phone(number, "e164", "CN") == ""
    assert getattr(format_phone(number, "national", "CN"), "withheld", False)


@pytest.mark.parametrize(
    ("sent", "form", "region", "expected"),
    [
        ("+84901234561", "e164", "CN", "+84901234561"),
        ("+84901234561", "national", "CN", "0901234561"),
        ("+84901234561", "digits", "CN", "84901234561"),
        ("0901234561", "e164", "VN", "+84901234561"),
        ("0901234561", "national", "VN", "0901234561"),
        ("84901234561", "e164", "VN", "+84901234561"),
        ("84901234561", "e164", "CN", "+84901234561"),
        ("13800000001", "e164", "CN", "+8613800000001"),
        ("13800000001", "national", "CN", "13800000001"),
        ("8613800000001", "national", "CN", "13800000001"),
        ("01012345678", "national", "CN", "01012345678"),
        ("+12015550123", "national", "CN", "2015550123"),
        ("0901234561", "e164", None, None),
        ("0901234561", "digits", None, "0901234561"),
        ("007", "e164", "CN", None),
    ],
)
def test_forms(sent: str, form: str, region: str | None, expected: str | None) -> None:
    assert format_phone(read_phone(sent), form, region) == expected


def test_forms_of_texts_and_numbers_that_no_contract_has_read() -> None:
    assert format_phone("+84 90 1234561", "national", "CN") == "0901234561"
    assert format_phone(13800000001, "e164", "CN") == "+8613800000001"
    assert format_phone(["1"], "e164", "CN") is None
    assert format_phone(True, "e164", "CN") is None


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="write e164, national or digits"):
        format_phone("13800000001", "pretty", "CN")


@pytest.mark.parametrize(
    ("a", "b", "region", "same"),
    [
        ("84901234561", "0901234561", None, True),
        ("+84901234561", "0901234561", "CN", True),
        ("+84901234561", "84901234561", None, True),
        ("0084901234561", "090 123 4561", None, True),
        ("8613800000001", "13800000001", None, True),
        ("+8613800000001", "13800000001", "VN", True),
        ("+8613800000001", "+8413800000001", None, False),
        ("13800000001", "13800000002", None, False),
        ("84288", "0288", None, False),
        ("+6591234567", "91234567", None, True),
        ("6591234567", "91234567", "SG", True),
        ("6591234567", "91234567", None, False),
        ("anonymous", "anonymous", None, False),
        ("", "", None, False),
        ("123456", "123456", None, False),
        ("1234567", "1234567", None, True),
    ],
)
def test_same_number(a: str, b: str, region: str | None, same: bool) -> None:
    assert same_number(a, b, region) is same
    assert same_number(b, a, region) is same


def test_a_number_survives_a_copy() -> None:
    number = pickle.loads(pickle.dumps(read_phone("+84901234561")))
    assert isinstance(number, PhoneNumber)
    assert number.plus
    assert not number.withheld


@given(st.text(max_size=40), st.sampled_from(["e164", "national", "digits"]))
def test_nothing_that_is_sent_raises(sent: str, form: str) -> None:
    number = read_phone(sent)
    format_phone(number, form, "CN")
    same_number(number, "13800000001")
    assert number.withheld or number.isascii()


@given(st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True))
def test_a_plain_number_is_read_as_one_with_punctuation(sent: str) -> None:
    plain, written = read_phone(sent), read_phone(f"{sent}-")
    assert (plain.plus, plain.withheld) == (written.plus, written.withheld)
    assert plain == (sent if plain.withheld else written)
    assert same_number(plain, written) is (not plain.withheld and len(plain) >= 7)


@pytest.mark.parametrize(("length", "withheld"), [(256, False), (257, True)])
def test_a_number_has_an_end(length: int, withheld: bool) -> None:
    assert read_phone("1" * length).withheld is withheld
    assert read_phone("+" + "1" * (length - 1)).withheld is withheld
