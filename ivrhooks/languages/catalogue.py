"""The one way of saying a thing in a reader's language: a key, and its values.

Each language has one file beside this one, ``<language>.json``: from a key to its text,
in which ``{name}`` stands for a value. All files have the same keys, and a text the
same names. docs/decisions/0010-languages.md says why, CONTRIBUTING.md how to add one.
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
"""What is spoken where nobody chose: in answers, logs and on the command line."""

Value = Union[str, int, float, "Reason", tuple["Value", ...]]
"""What stands in a text: several values are listed, joined by the text ``list.all``."""

NO_VALUES: Mapping[str, Value] = MappingProxyType({})

_GROUP = "reason"


def load_catalogue(file: Path) -> Mapping[str, str]:
    """The texts of one language by key."""
    texts: dict[str, str] = json.loads(file.read_text("utf-8"))
    return MappingProxyType(texts)


CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: load_catalogue(Path(__file__).parent / f"{language}.json")
        for language in LANGUAGES
    }
)


def translate(language: str, key: str, /, **values: Value) -> str:
    """The text of ``key``, its ``{names}`` filled in. Raises KeyError."""
    text = CATALOGUES[language][key]
    shown = {name: _shown(language, value) for name, value in values.items()}
    return text.format_map(shown)


def word(language: str, group: str, value: object) -> str:
    """What a word of the program is called, ``origin.default``; one that has no text of
    its own stays as it is."""
    return CATALOGUES[language].get(f"{group}.{value}", str(value))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused: the key of a text ``reason.<key>``, and its values.

    As text it is English; ``within`` says it in any language.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=lambda: NO_VALUES)

    def within(self, language: str) -> str:
        """The reason in a language."""
        return translate(language, f"{_GROUP}.{self.key}", **self.values)

    def __str__(self) -> str:
        return self.within(FIRST)

    def packed(self) -> dict[str, Any]:
        """The reason as JSON has it, for ``unpacked``."""
        values = {name: _packed(value) for name, value in self.values.items()}
        return {"key": self.key, "values": values}


def because(key: str, /, **values: Value) -> Reason:
    """A reason with its values."""
    return Reason(key, values)


def unpacked(data: Mapping[str, Any]) -> Reason:
    """What ``packed`` was called on."""
    values = {name: _unpacked(value) for name, value in data["values"].items()}
    return Reason(data["key"], values)


def _shown(language: str, value: Value) -> str:
    if isinstance(value, Reason):
        return value.within(language)
    if isinstance(value, tuple):
        listed = (_shown(language, one) for one in value)
        return CATALOGUES[language]["list.all"].join(listed)
    return str(value)


def _packed(value: Value) -> Any:
    if isinstance(value, Reason):
        return value.packed()
    return [_packed(one) for one in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Value:
    if isinstance(value, Mapping):
        return unpacked(value)
    if isinstance(value, list):
        return tuple(_unpacked(one) for one in value)
    text: Value = value
    return text
