"""What numbering plans say of a number."""

from __future__ import annotations

import pytest

from ivrhooks.basics import dialling


@pytest.mark.parametrize(
    ("digits", "region", "rest"),
    [
        ("008613800000001", "CN", "8613800000001"),
        ("0012345", "CN", "12345"),
        ("0012", "CN", None),
        ("0018613800000001", "HK", "8613800000001"),
        ("008613800000001", "HK", "8613800000001"),
        ("0016502530000", "HK", "16502530000"),
        ("0111234567", "US", None),
        ("011442079460018", "US", "442079460018"),
        ("13800000001", "CN", None),
        ("008613800000001", None, "8613800000001"),
    ],
)
def test_an_international_prefix(
    digits: str, region: str | None, rest: str | None
) -> None:
    assert dialling.without_prefix(digits, region) == rest


@pytest.mark.parametrize(
    ("context", "digits", "number"),
    [
        ("84", "0901230001", "84901230001"),
        ("84", "901230001", "84901230001"),
        ("8428", "38120001", "842838120001"),
        ("86", "02162881234", "862162881234"),
        ("39", "0669812345", "390669812345"),
        ("999", "12345", "99912345"),
    ],
)
def test_a_number_within_a_context(context: str, digits: str, number: str) -> None:
    assert dialling.with_country(context, digits) == number


def test_codes_of_countries() -> None:
    assert dialling.region_code("vn") == "84"
    assert dialling.region_code(None) is None
    assert dialling.country_code("84901230001") == "84"
    assert dialling.country_code("999999999") is None


def test_valid_numbers() -> None:
    assert dialling.is_valid("13800000001", False, "CN")
    assert not dialling.is_valid("13800000001", False, None)
    assert dialling.is_valid("8613800000001", True, None)
    assert not dialling.is_valid("1380000", False, "CN")


def test_a_prefix_of_its_own() -> None:
    assert dialling.international_prefix("GB") is None
    own = dialling.international_prefix("US")
    assert own is not None
    assert own.match("011442079460018")
