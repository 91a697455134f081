"""The profiles of those who call."""

from __future__ import annotations

from ivrhooks.config.compile.callers import PROFILES
from ivrhooks.config.schema.root import CALLERS


def test_every_caller_has_a_profile() -> None:
    assert set(PROFILES) == set(CALLERS)


def test_only_sobot_leaves_out_what_is_unset() -> None:
    assert [name for name, profile in PROFILES.items() if profile.unset == "omit"] == [
        "sobot"
    ]


def test_who_takes_no_status_but_200() -> None:
    refusing = {name for name, profile in PROFILES.items() if profile.on_invalid == 200}
    assert refusing == {"twilio", "retell", "elevenlabs", "vapi"}
