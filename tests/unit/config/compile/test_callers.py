# ruff: noqa: E501 - a case stands on one line
"""The profiles of those who call."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.compile.callers import PROFILES, SELF
from ivrhooks.config.schema.root import CALLERS


def test_every_caller_has_a_profile() -> None:
    assert set(PROFILES) == set(CALLERS)


def test_only_sobot_leaves_out_unset_outputs() -> None:
    assert [name for name, profile in PROFILES.items() if profile.unset == "omit"] == [
        "sobot"
    ]


def test_callers_that_accept_only_status_200() -> None:
    refusing = {name for name, profile in PROFILES.items() if profile.on_invalid == 200}
    assert refusing == {"twilio", "retell", "elevenlabs", "vapi"}


@pytest.mark.parametrize(
    ("caller", "under", "strings", "most"),
    [
        ("sobot", (), False, None),
        ("generic", (), False, None),
        ("genesys", (), False, None),
        ("asterisk", (), False, 4_000),
        ("kamailio", (), False, 8_000),
        ("twilio", (), False, 64_000),
        ("connect", (), True, 32_000),
        ("dialogflow", ("sessionInfo", "parameters"), False, 65_536),
        ("retell", ("call_inbound", "dynamic_variables"), True, None),
        ("elevenlabs", ("dynamic_variables",), False, None),
        ("vapi", ("assistantOverrides", "variableValues"), False, None),
    ],
)
def test_the_shape_of_an_answer_for_each_caller(
    caller: str, under: tuple[str, ...], strings: bool, most: int | None
) -> None:
    """As the pages docs/how-to of the callers say."""
    profile = PROFILES[caller]
    assert (profile.under, profile.strings, profile.max_bytes) == (under, strings, most)


def test_elevenlabs_wants_a_type_beside_the_outputs() -> None:
    constants = {name: dict(profile.constants) for name, profile in PROFILES.items()}
    assert {name: value for name, value in constants.items() if value} == {
        "elevenlabs": {"type": "conversation_initiation_client_data"}
    }


BODIES: dict[str, Any] = {
    "connect": {"Details": {"ContactData": {"CustomerEndpoint": {"Address": "138"}}, "Parameters": {"menu": "2"}}},
    "dialogflow": {"payload": {"telephony": {"caller_id": "138"}}, "sessionInfo": {"parameters": {"menu": "2"}}},
    "retell": {"call_inbound": {"from_number": "138"}},
    "elevenlabs": {"caller_id": "138"},
    "vapi": {"message": {"call": {"customer": {"number": "138"}}}},
}  # fmt: skip


@pytest.mark.parametrize("caller", PROFILES)
def test_the_field_of_the_number_for_each_caller(caller: str) -> None:
    """The example bodies of the callers' documentation, in short."""
    paths = PROFILES[caller].paths
    assert bool(paths) is (caller in BODIES)
    for name in paths and ("tel", "menu"):
        body = BODIES[caller]
        values = []
        for path in paths.get(name, paths.get("*", ())):
            value = body
            for key in path:
                value = (value or {}).get(name if key == SELF else key)
            values.append(value)
        wanted = {"tel": "138", "menu": "2"}[name]
        if name == "tel" or "*" in paths:
            assert wanted in values


def test_the_digits_by_which_twilio_withholds_a_number() -> None:
    """docs/rules.md#telephone-numbers: with `caller: twilio` these are withheld callers."""
    withheld = {name: profile.withheld for name, profile in PROFILES.items()}
    digits = {"266696687", "7378742833", "2562533", "8566696", "86282452253"}
    assert withheld.pop("twilio") == digits
    assert set(withheld.values()) == {frozenset()}
