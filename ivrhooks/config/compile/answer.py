"""Compiles ``answer:`` and checks an endpoint against the limits of its caller
profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.basics.plain_texts import plain_texts
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.compile.callers import CallerProfile
from ivrhooks.config.plan import OutputRule
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.endpoint import AnswerEntry

_LARGEST_INT = 2**31 - 1
_KAMAILIO_TIMEOUT = 0.45
_GENESYS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What an engine's JSON functions do to an output; the texts of warnings.

    - ``dot``: about a name with a dot.
    - ``large_int``: about an int that 32 bits do not hold.
    """

    dot: str
    large_int: str


_READERS: Mapping[str, _Reader] = {
    "asterisk": _Reader(
        dot="Asterisk's JSON_DECODE reads a dot as a step into the answer: this is "
        "empty there; write _ in its place",
        large_int="Asterisk's JSON_DECODE keeps 32 bits of an int, so 13800000001 is "
        "915098113 there; write type: string, or a map",
    ),
    "kamailio": _Reader(
        dot="Kamailio's jansson reads a dot as a step into the answer: this keeps an "
        "earlier caller's value; write _ in its place",
        large_int="Kamailio's jansson leaves an int over 2,147,483,647 a text: version "
        "5 compares it as 0, and + appends to it; write type: string, or a map",
    ),
}


def compile_shape(
    profile: CallerProfile, root: AnswerEntry, own: AnswerEntry, location: Location
) -> tuple[AnswerShape, int | None]:
    """Return the shape of an endpoint's answers and their size limit in bytes.

    The endpoint's ``answer:`` overrides the root's, which overrides the caller profile.
    """
    under, constants = profile.under, profile.constants
    strings, most = profile.strings, profile.max_bytes
    for entry in (root, own):
        if entry.under is not None:
            under = tuple(filter(None, entry.under.split(".")))
        if entry.with_ is not None:
            constants = {**profile.constants, **plain_texts(entry.with_)}
        strings = strings if entry.strings is None else entry.strings
        most = entry.max_bytes if entry.max_bytes is not None else most
    _check_constants(constants, under, location)
    return AnswerShape(under, constants, strings), most


def _check_constants(
    constants: Mapping[str, Any], under: tuple[str, ...], location: Location
) -> None:
    at = location.at("answer", "with")
    if "error" in constants:
        at.at("error").error(
            "`error` is the name of the error in answers to bad requests; write "
            "another name",
            key=True,
        )
    below: Any = constants
    for key in under[:-1]:
        below = below.get(key) if isinstance(below, Mapping) else None
        if below is not None and not isinstance(below, Mapping):
            at.error(f"`{key}` holds the outputs; write a mapping, or leave it out")


def check_constant_names(
    shape: AnswerShape, outputs: Iterable[OutputRule], location: Location
) -> None:
    """Report constants of ``with:`` that have the name of an output."""
    if shape.under:
        return
    for rule in outputs:
        if rule.name in shape.constants:
            location.at("answer", "with", rule.name).error(
                f"`{rule.name}` is an output, too; write another name", key=True
            )


def check_profile(
    caller: str,
    outputs: Iterable[OutputRule],
    shape: AnswerShape,
    deadline: float,
    location: Location,
    *,
    system: bool = False,
) -> None:
    """Report what the caller's software does not accept."""
    if caller == "vapi" and "assistantId" not in shape.constants:
        location.at("answer", "with", "assistantId").error(
            "Vapi asks which assistant speaks; write answer: {with: {assistantId: "
            "…}} here or in ivrhooks.yaml",
            key=True,
        )
    if caller == "kamailio" and deadline > _KAMAILIO_TIMEOUT:
        location.at("deadline").note(
            f"Kamailio's http_async_client gives up after 500 ms, and the deadline is "
            f"{round(deadline * 1000)} ms; write deadline: 450ms, or set its "
            "`timeout`",
            key=True,
        )
    for rule in outputs:
        at = location.at("outputs", rule.name)
        if caller in _READERS:
            _check_reader(_READERS[caller], rule, at, system=system)
        elif caller == "genesys" and not _GENESYS_NAME.fullmatch(rule.name):
            at.warning(
                "a Genesys contract takes letters, digits and _ in a name, no digit "
                "first; write another name",
                key=True,
            )
        elif caller == "connect" and re.search(r"[/'\"]", rule.name):
            at.error(
                "Amazon Connect cannot read a name with / or quotes; write another "
                "name",
                key=True,
            )


def _check_reader(
    reader: _Reader, rule: OutputRule, location: Location, *, system: bool
) -> None:
    """Report what the caller's JSON functions cannot read."""
    if "." in rule.name:
        location.warning(reader.dot, key=True)
    if rule.type != "int":
        return
    answered = [value for value in (rule.map or {}).values() if isinstance(value, int)]
    answered += [v for v in (rule.default, *rule.defaults.values()) if type(v) is int]
    if any(abs(value) > _LARGEST_INT for value in answered) or not (
        system or _is_bounded(rule)
    ):
        location.warning(reader.large_int, key=True)


def _is_bounded(rule: OutputRule) -> bool:
    if rule.map is not None or rule.value is None:
        return True
    if not rule.value.constant:
        return False
    text = rule.value.source.strip()
    return text.lstrip("-").isdigit() and abs(int(text)) <= _LARGEST_INT
