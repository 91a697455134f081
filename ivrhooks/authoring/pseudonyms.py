"""Replaces real people by made-up ones in saved tests.

The same person becomes the same made-up person everywhere, so that dependent values
still match.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers

from ivrhooks.authoring.examples import example_number
from ivrhooks.basics.people.masking import personal_data_in
from ivrhooks.basics.people.personal import FieldKinds, fields_of

_DIGITS = re.compile(r"\+?[0-9](?:[0-9 ().\-/]*[0-9])?")
_FEWEST = 3  # digits of a telephone number; what has fewer is a withheld caller
_OWN = 9  # digits at the end of a number that are the same in any notation
_LEAST = 2  # letters of a name that is looked for in texts


class Pseudonyms:
    """``region``: the country of the example numbers."""

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._made: dict[tuple[str, str], str] = {}
        self._texts: dict[str, str] = {}

    def value(self, value: Any, kind: str) -> Any:
        """Return ``value`` of a kind (``basics.people.personal``) without a real person
        in it."""
        if isinstance(value, bool) or kind == "none" or value in (None, ""):
            return value
        if isinstance(value, int):
            made = self._replace(kind, str(value))
            return int(made) if made.isascii() and made.isdigit() else made
        return self._replace(kind, value) if isinstance(value, str) else value

    def record(self, value: Any, kinds: FieldKinds, kind: str = "text") -> Any:
        """Return a record with each field replaced by its kind, at every depth."""
        return self._record(value, (), kind, kinds)

    def _record(
        self, value: Any, path: tuple[str, ...], kind: str, kinds: FieldKinds
    ) -> Any:
        if isinstance(value, Mapping):
            return {
                name: self._record(item, below, inner, kinds)
                for name, item, below, inner in fields_of(value, path, kind, kinds)
            }
        if isinstance(value, list):
            return [self._record(item, path, kind, kinds) for item in value]
        return self.value(value, kind)

    # -------------------------------------------------------------------- by kind

    def _replace(self, kind: str, text: str) -> str:
        if kind == "text":
            return self.text(text)
        if kind == "phone":
            return _DIGITS.sub(lambda match: self._number(match[0]), text)
        made = self._pseudonym_of(kind, text)
        if kind == "name" and len(text.strip()) >= _LEAST:
            self._texts[text.strip()] = made
        return made

    def text(self, text: str) -> str:
        """Replace telephone numbers, e-mail addresses and known names in free text."""
        for name in sorted(self._texts, key=len, reverse=True):
            text = text.replace(name, self._texts[name])
        for kind, match in list(personal_data_in(text)):
            made = (
                self._number(match)
                if kind == "phone"
                else self._pseudonym_of(kind, match)
            )
            text = text.replace(match, made)
        return text

    def _number(self, text: str) -> str:
        digits = re.sub(r"[^0-9]", "", text)
        if len(digits) < _FEWEST:
            return text
        national = self._pseudonym_of("phone", digits[-_OWN:])
        if not text.startswith(("+", "00")):
            return national
        code = phonenumbers.country_code_for_region(self._region or "CN")
        prefix = "+" if text.startswith("+") else "00"
        return f"{prefix}{code}{national.lstrip('0')}"

    def _pseudonym_of(self, kind: str, text: str) -> str:
        key = (kind, text.strip().casefold())
        if key not in self._made:
            count = sum(known == kind for known, _ in self._made) + 1
            self._made[key] = self._new_pseudonym(kind, text, count)
        return self._made[key]

    def _new_pseudonym(self, kind: str, text: str, count: int) -> str:
        if kind == "phone":
            example = example_number(self._region)
            return str(int(example) + count - 1).rjust(len(example), "0")
        if kind == "email":
            return f"caller-{count}@example.com"
        if kind == "name":
            return f"Example {count}"
        digits = text.strip().isascii() and text.strip().isdigit()
        return str(1000 + count) if digits else f"id-{count}"
