"""A parameter of a plan: what a header or an input of an endpoint may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import regex

from ivrhooks.basics.phone import PhoneReader


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared header or input. ``name`` as written; header names ignore case.
    ``pii``: the kind of its value (``basics.people.personal``).

    ``equals`` is compared as text, in constant time. ``equals_written`` is what the
    file says where the value was filled in: ``${NAME}``. ``hidden``: which of
    ``equals``, ``enum`` and ``pattern`` were filled in; they are never shown. ``wire``:
    its name in the request. ``paths``: where in a JSON body it is looked up first;
    ``body_path``: the keys of the first, where that is plain. ``segment``: it is read
    from the path alone.
    """

    name: str
    type: str  # int | string
    place: str  # header | input
    required: bool = False
    default: int | str | None = None
    format: str | None = None  # phone
    read_phone: PhoneReader | None = field(default=None, repr=False)
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    pattern: regex.Pattern[str] | None = None
    enum: tuple[int | str, ...] = ()
    secret: bool = False
    equals: str | None = field(default=None, repr=False)
    help: str = ""
    equals_written: str = field(default="", repr=False)
    hidden: frozenset[str] = frozenset()
    pii: str = "text"
    wire: str = ""
    body_path: tuple[str, ...] = ()
    paths: tuple[Callable[[Any], Any], ...] = field(default=(), repr=False)
    segment: bool = False
    limited: bool = field(default=True, init=False)
    quick_pattern: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        quick = self.pattern is not None and is_quick(self.pattern.pattern)
        object.__setattr__(self, "quick_pattern", quick)
        if not self.wire:
            object.__setattr__(self, "wire", self.name)
        limits = (self.min, self.max, self.max_length, self.pattern)
        limited = bool(self.enum) or any(limit is not None for limit in limits)
        object.__setattr__(self, "limited", limited)

    @property
    def confidential(self) -> bool:
        """Whether a received value is masked wherever it is shown."""
        return self.secret or bool(self.hidden)

    @property
    def shown_enum(self) -> tuple[int | str, ...]:
        """The values of ``enum`` that may be shown."""
        return () if "enum" in self.hidden else self.enum

    @property
    def shown_pattern(self) -> str:
        """The pattern, where it may be shown."""
        if self.pattern is None or "pattern" in self.hidden:
            return ""
        return str(self.pattern.pattern)

    @property
    def secret_texts(self) -> frozenset[str]:
        """The values that it must have, as far as they are secret."""
        texts = {self.equals} if self.equals else set()
        if "enum" in self.hidden:
            texts.update(map(str, self.enum))
        if self.pattern is not None and "pattern" in self.hidden:
            text = self.pattern.pattern
            bare = text.removeprefix("^").removesuffix("$")
            texts.update((text, re.sub(r"\\(.)", r"\1", bare)))
        return frozenset(texts)


MAX_WAYS = 1_000
"""Ways to go from each place of a text: a thousand places take ten milliseconds."""

UNBOUNDED = 1_000
"""Counted for a repetition without an end."""

_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>[0-9]+)(?P<to>,(?P<most>[0-9]*))?\}"
    r"|(?P<sign>[*+?(|])|.",
    re.DOTALL,
)


def is_quick(pattern: str) -> bool:
    """Whether ``pattern`` never searches a text of a thousand characters for long: no
    groups, no alternatives, and few repetitions. False where that is unknown."""
    ways = 1
    for part in _PART.finditer(pattern):
        sign = part["sign"]
        if sign in ("(", "|"):
            return False
        if sign == "?":
            ways *= 2
        elif sign is not None or (part["to"] and not part["most"]):
            ways *= UNBOUNDED
        elif part["most"]:
            ways *= max(1, int(part["most"]) - int(part["least"]) + 1)
        if ways > MAX_WAYS:
            return False
    return True
