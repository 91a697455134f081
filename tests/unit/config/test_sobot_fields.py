"""The fields that Sobot's IVR adds by itself."""

from __future__ import annotations

import re
from pathlib import Path

from ivrhooks.config.sobot_fields import EXAMPLE, PROBE, SECRET_FIELDS
from ivrhooks.http.request import SECRET_FIELDS as MASKED

VENDORS_PAGE = Path(__file__).parents[3] / "docs" / "vendors" / "ivr.md"


def test_the_fields_are_those_of_the_vendors_example() -> None:
    (body,) = re.findall(
        r"^(partnerId=\S+)&tel=", VENDORS_PAGE.read_text("utf-8"), re.MULTILINE
    )
    pairs = [field.partition("=") for field in body.split("&")]
    assert list(EXAMPLE.items()) == [
        (name, value if sign else None) for name, sign, value in pairs
    ]


def test_a_probe_sends_all_fields_and_no_real_secret() -> None:
    assert list(PROBE) == list(EXAMPLE)
    assert {PROBE[name] for name in SECRET_FIELDS} == {"probe"}


def test_the_secret_fields_are_those_that_a_data_request_masks() -> None:
    assert SECRET_FIELDS == MASKED
