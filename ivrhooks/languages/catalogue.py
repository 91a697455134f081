"""Translates keys, with their values, to texts in a reader's language.

Each language has one file in this folder, ``<language>.json``, which maps a key to its
text; ``{name}`` in a text stands for a value. All files have the same keys, and all
texts of a key have the same names. docs/decisions/0010-languages.md says why, and
CONTRIBUTING.md how to add a language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Union

LANGUAGES = ("en", "zh", "vi")
FIRST = "en"
"""The language where nobody chose one: in answers, logs and on the command line."""

Value = Union[str, int, float, "Reason", tuple["Value", ...]]
"""A value in a text. A tuple is written as a list, joined by the text ``list.all``."""

NO_VALUES: Mapping[str, Value] = MappingProxyType({})

_GROUP = "reason"


def load_catalogue(file: Path) -> Mapping[str, str]:
    """Return the texts of one language by key."""
    texts: dict[str, str] = json.loads(file.read_text("utf-8"))
    return MappingProxyType(texts)


CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: load_catalogue(Path(__file__).parent / f"{language}.json")
        for language in LANGUAGES
    }
)


def translate(language: str, key: str, /, **values: Value) -> str:
    """Return the text of ``key`` with its ``{names}`` filled in. Raises KeyError."""
    text = CATALOGUES[language][key]
    shown = {name: _value_text(language, value) for name, value in values.items()}
    return text.format_map(shown)


def word(language: str, group: str, value: object) -> str:
    """Return the text of a word of the program, such as ``origin.default``.

    A word without a text stays as it is.
    """
    return CATALOGUES[language].get(f"{group}.{value}", str(value))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused: the key of a text ``reason.<key>``, and its values.

    ``str`` gives the reason in English, ``within`` in any language.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=lambda: NO_VALUES)

    def within(self, language: str) -> str:
        """Return the reason in a language."""
        return translate(language, f"{_GROUP}.{self.key}", **self.values)

    def __str__(self) -> str:
        return self.within(FIRST)

    def packed(self) -> dict[str, Any]:
        """Return the reason in JSON's types; ``unpacked`` reverses this."""
        values = {name: _packed(value) for name, value in self.values.items()}
        return {"key": self.key, "values": values}


def because(key: str, /, **values: Value) -> Reason:
    """Return a reason with its values."""
    return Reason(key, values)


def unpacked(data: Mapping[str, Any]) -> Reason:
    """Return the reason that ``packed`` was called on."""
    values = {name: _unpacked(value) for name, value in data["values"].items()}
    return Reason(data["key"], values)


def _value_text(language: str, value: Value) -> str:
    if isinstance(value, Reason):
        return value.within(language)
    if isinstance(value, tuple):
        listed = (_value_text(language, item) for item in value)
        return CATALOGUES[language]["list.all"].join(listed)
    return str(value)


def _packed(value: Value) -> Any:
    if isinstance(value, Reason):
        return value.packed()
    return [_packed(item) for item in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Value:
    if isinstance(value, Mapping):
        return unpacked(value)
    if isinstance(value, list):
        return tuple(_unpacked(item) for item in value)
    text: Value = value
    return text
