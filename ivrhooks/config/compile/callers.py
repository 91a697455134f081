"""The caller profiles: what each caller sends, and what its answers look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]

SELF = "{name}"
"""Placeholder for the input's own name in a path."""


@dataclass(frozen=True, slots=True)
class CallerProfile:
    """What is special about one kind of caller.

    - ``under``: the keys below which the outputs stand in an answer.
    - ``constants``: values that stand beside ``under`` at the top level.
    - ``strings``: every output is written as text.
    - ``max_bytes``: size limit of the whole answer.
    - ``withheld``: digits that mean a withheld caller.
    - ``paths``: where an input is looked up in a JSON body, by input name; ``*`` is any
      other.
    - ``also``: where an input is looked up after its own ``path:``.
    """

    under: Path = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    strings: bool = False
    max_bytes: int | None = None
    on_invalid: int = 400
    unset: str = "default"
    withheld: frozenset[str] = frozenset()
    paths: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    also: tuple[Path, ...] = ()


PROFILES: Mapping[str, CallerProfile] = {
    "sobot": CallerProfile(unset="omit"),
    "generic": CallerProfile(),
    "genesys": CallerProfile(),
    "asterisk": CallerProfile(max_bytes=4_000),
    "kamailio": CallerProfile(max_bytes=8_000),
    "twilio": CallerProfile(
        max_bytes=64_000,
        on_invalid=200,
        withheld=frozenset(
            ("266696687", "7378742833", "2562533", "8566696", "86282452253")
        ),
    ),
    "connect": CallerProfile(
        strings=True,
        max_bytes=32_000,
        paths={
            "tel": (("Details", "ContactData", "CustomerEndpoint", "Address"),),
            "*": (("Details", "Parameters", SELF),),
        },
    ),
    "dialogflow": CallerProfile(
        under=("sessionInfo", "parameters"),
        max_bytes=65_536,
        paths={
            "tel": (
                ("sessionInfo", "parameters", SELF),
                ("payload", "telephony", "caller_id"),
            ),
            "*": (("sessionInfo", "parameters", SELF),),
        },
        also=(("sessionInfo", "parameters", SELF),),
    ),
    "retell": CallerProfile(
        under=("call_inbound", "dynamic_variables"),
        strings=True,
        on_invalid=200,
        paths={"tel": (("call_inbound", "from_number"),)},
    ),
    "elevenlabs": CallerProfile(
        under=("dynamic_variables",),
        constants={"type": "conversation_initiation_client_data"},
        on_invalid=200,
        paths={"tel": (("caller_id",),)},
    ),
    "vapi": CallerProfile(
        under=("assistantOverrides", "variableValues"),
        on_invalid=200,
        paths={"tel": (("message", "call", "customer", "number"),)},
    ),
}
"""The profiles by the name that ``caller:`` gives."""
