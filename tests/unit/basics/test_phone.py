"""Telephone numbers: read, written in forms, compared."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.phone import (
    PhoneNumber,
    format_phone,
    phone_reader,
    read_phone,
    same_number,
)


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
    assert format_phone(number, "e164", "CN") is None
    assert format_phone(number, "digits", "CN") is None


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
        ("10086", "e164", "CN", None),
        ("10086", "national", "CN", "10086"),
        ("+8610086", "e164", "VN", "+8610086"),
        ("1795102162881234", "e164", "CN", "+862162881234"),
        ("1795102162881234", "national", "CN", "02162881234"),
        ("1259313800000001", "e164", "CN", "+8613800000001"),
        ("+8602162881234", "e164", "VN", "+862162881234"),
        ("+840901230001", "national", "CN", "0901230001"),
        ("+390669812345", "e164", "CN", "+390669812345"),
        ("138000000012", "e164", "CN", "+86138000000012"),
    ],
)
def test_forms(sent: str, form: str, region: str | None, expected: str | None) -> None:
    assert format_phone(read_phone(sent), form, region) == expected


@pytest.mark.parametrize(
    ("sent", "region", "digits", "plus", "extension"),
    [
        ("sip:13800000001@10.0.0.5", "CN", "13800000001", False, None),
        ("SIPS:+8613800000001@ims.example.com", "VN", "8613800000001", True, None),
        ("sip:13800000001:5060", "CN", "13800000001", False, None),
        ('"An" <0901230001>', "VN", "0901230001", False, None),
        ('"Li, An" <sip:0901230001@10.0.0.5>;tag=1', "VN", "0901230001", False, None),
        ("tel:0901230001;phone-context=+84", "CN", "84901230001", True, None),
        ("tel:38120001;phone-context=+8428", "CN", "842838120001", True, None),
        ("tel:+84901230001;phone-context=+86", "CN", "84901230001", True, None),
        ("tel:7042;phone-context=example.com", "CN", "7042", False, None),
        ("whatsapp:+84901230001", "CN", "84901230001", True, None),
        ("callto:+84 90 123 0001", "CN", "84901230001", True, None),
        ("%2B84901230001", "CN", "84901230001", True, None),
        ("sip:%2B84901230001@x", "CN", "84901230001", True, None),
        ("0901230001, 0912345678", "VN", "0901230001", False, None),
        ("0901230001 ext 12", "VN", "0901230001", False, "12"),
        ("0901230001 Ext. 12", "VN", "0901230001", False, "12"),
        ("0901230001x12", "VN", "0901230001", False, "12"),
        ("02162881234转8001", "CN", "02162881234", False, "8001"),
        ("021-62881234 分机 8001", "CN", "02162881234", False, "8001"),
        ("tel:+84-90-123-0001;ext=7", "CN", "84901230001", True, "7"),
        ("sip:0901230001;isub=7@x;user=phone", "VN", "0901230001", False, "7"),
        ("02838120001-101", "VN", "02838120001", False, "101"),
        ("02838120001#101", "VN", "02838120001", False, "101"),
        ("02838120001,101", "VN", "02838120001", False, "101"),
        ("+84 28 3812 0001-101", "CN", "842838120001", True, "101"),
        ("028-38120001", "VN", "02838120001", False, None),
        ("02838120001-101", "US", "02838120001101", False, None),
        ("٠٩٠١٢٣٠٠٠١ ext ١٢", "VN", "0901230001", False, "12"),
        ("0018613800000001", "HK", "8613800000001", True, None),
        ("0018613800000001", "SG", "8613800000001", True, None),
        ("0018613800000001", "TH", "8613800000001", True, None),
        ("008613800000001", "HK", "8613800000001", True, None),
        ("008613800000001", "TH", "8613800000001", True, None),
        ("0018613800000001", "CN", "18613800000001", True, None),
        ("011442079460018", "US", "442079460018", True, None),
        ("010442079460018", "JP", "442079460018", True, None),
        ("0111234567", "ZA", "0111234567", False, None),
    ],
)
def test_decoration_around_a_number_is_removed(
    sent: str, region: str, digits: str, plus: bool, extension: str | None
) -> None:
    number = read_phone(sent, region)
    assert (number, number.plus, number.extension) == (digits, plus, extension)
    assert not number.withheld


@pytest.mark.parametrize(
    "sent",
    [
        "sip:anonymous@anonymous.invalid",
        "Anonymous <sip:c8oqz84zk7z@example.org>",
        "0901230001abc",
        "x12",
        "ext 1234",
        "tel:12",
    ],
)
def test_a_wrapped_text_that_is_no_number_is_withheld(sent: str) -> None:
    number = read_phone(sent, "VN")
    assert (number, number.withheld) == (sent, True)


@pytest.mark.parametrize("sent", ["266696687", "+266696687", "86282452253"])
def test_a_caller_of_its_own_may_say_withheld_in_digits(sent: str) -> None:
    words = frozenset({"266696687", "86282452253"})
    assert phone_reader("US", words)(sent).withheld
    assert not phone_reader("US")(sent).withheld


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
    number = pickle.loads(pickle.dumps(read_phone("+84901234561;ext=7")))
    assert isinstance(number, PhoneNumber)
    assert number.plus
    assert number.extension == "7"
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
