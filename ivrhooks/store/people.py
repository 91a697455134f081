"""Finds a person in encrypted records: by number, e-mail address or id.

Each record has marks, which are keyed hashes. A number's mark is that of its last
digits, so that any notation leads to the record. A search then decrypts the record and
compares the whole number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus

from ivrhooks.basics.people.masking import personal_data_in
from ivrhooks.basics.phone import PhoneNumber, read_phone, same_number
from ivrhooks.store.cipher import Cipher

LAST_DIGITS = 7
LONGEST = 256
"""The length of a text that is taken for an id."""

Sighting = tuple[str, str]
"""``phone``, ``email`` or ``id``, and the received text."""

_WORDS = re.compile(r"[\s/?&=,;:<>\"'{}\[\]()]+")
_SEVERAL = re.compile(r"[;,，；、|]")
_NO_NUMBER = re.compile(r"[^\W\d_]|[*#@]")


def sightings(kind: str, value: Any, *, ids: bool = False) -> Iterator[Sighting]:
    """Yield what a value of a kind says about a person's identity.

    ``ids``: a whole text of kind text or none may be an id too, as in parameters.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return
    text = str(value).strip()
    if kind == "phone" or isinstance(value, PhoneNumber):
        yield from _numbers(value, text)
    elif kind in ("email", "id"):
        if 0 < len(text) <= LONGEST:
            yield kind, text
    elif kind != "name":
        if ids and 0 < len(text) <= LONGEST:
            yield "id", text
        yield from personal_data_in(text)


def _numbers(value: Any, text: str) -> Iterator[Sighting]:
    if isinstance(value, PhoneNumber):
        if value and not value.withheld:
            yield "phone", f"+{text}" if value.plus else text
        return
    for part in _SEVERAL.split(text):
        if any(letter.isdecimal() for letter in part):
            yield "phone", part.strip()


def index_text(sighting: Sighting) -> str:
    """Return the text whose hash is the mark of a sighting."""
    kind, text = sighting
    if kind == "phone":
        return f"phone:{_digits(text)[-LAST_DIGITS:]}"
    return f"{kind}:{text.strip().casefold()}"


def marks_of(sighted: Iterable[Sighting], cipher: Cipher) -> set[bytes]:
    """Return the marks to store with a record."""
    return {cipher.mark(text) for text in set(map(index_text, sighted))}


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def _texts(value: Any) -> Iterator[str]:
    """Yield every plain value in ``value`` as text, without the names of fields."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack += item.values()
        elif isinstance(item, (list, tuple)):
            stack += item
        elif isinstance(item, bytes):
            yield item.decode("utf-8", "replace")
        elif isinstance(item, (str, int)) and not isinstance(item, bool):
            yield str(item)


@dataclass(frozen=True)
class Person:
    """The person that is searched for: a number in any notation, an e-mail address or
    an id. ``region`` applies to numbers without country code."""

    text: str = field(repr=False)
    region: str | None = None

    @cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        """Return what the text may be."""
        text = self.text.strip()
        if not text:
            return ()
        if "@" in text and not text.startswith(("sip:", "sips:")):
            return (("email", text), ("id", text))
        number = read_phone(text, self.region)
        if number.withheld or _NO_NUMBER.search(text.removeprefix("tel:")):
            return (("id", text),)
        return (("phone", f"+{number}" if number.plus else str(number)), ("id", text))

    def marks(self, cipher: Cipher) -> list[bytes]:
        """Return its possible marks, under each key."""
        return [
            mark
            for sighting in self.sightings
            for mark in cipher.marks(index_text(sighting))
        ]

    def fits(self, sighting: Sighting) -> bool:
        """Return whether a sighting is of this person."""
        return any(self._same(known, sighting) for known in self.sightings)

    def is_in(self, sighted: Iterable[Sighting]) -> bool:
        """Return whether any of the sightings is of this person."""
        return any(map(self.fits, sighted))

    def mentioned_in(self, value: Any) -> bool:
        """Return whether anything in ``value`` mentions this person.

        Plain values of any depth are searched, also inside texts such as URLs and
        request bodies.
        """
        return any(map(self._is_in_text, _texts(value)))

    def _is_in_text(self, text: str) -> bool:
        plain = unquote_plus(text).casefold()
        return any(self._is_named(sighting, plain) for sighting in self.sightings)

    def _is_named(self, mine: Sighting, text: str) -> bool:
        kind, needle = mine[0], mine[1].casefold()
        if kind == "email":
            return needle in text
        if kind == "id":
            return needle in text and needle in _WORDS.split(text)
        if _digits(needle)[-LAST_DIGITS:] not in _digits(text):
            return False
        numbers = [match for match in personal_data_in(text) if match[0] == "phone"]
        words = [("phone", word) for word in _WORDS.split(text) if word]
        return any(
            self._same(mine, number) for number in (*numbers, *words, ("phone", text))
        )

    def _same(self, mine: Sighting, other: Sighting) -> bool:
        if mine[0] != other[0] or index_text(mine) != index_text(other):
            return False
        if mine[0] != "phone" or _digits(mine[1]) == _digits(other[1]):
            return True
        return same_number(mine[1], other[1], self.region)
