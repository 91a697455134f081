"""Texts that an integrator writes in several languages."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh", "vi")


class Localized(str):
    """A text in several languages. Used as a str it is the English one, else the
    first."""

    __slots__ = ("languages",)
    languages: Mapping[str, str]

    def __new__(cls, languages: Mapping[str, str]) -> Localized:
        """Create it from a mapping of languages to texts with at least one entry."""
        first = next(iter(languages.values()))
        text = super().__new__(cls, languages.get("en", first))
        text.languages = languages
        return text

    def __reduce__(self) -> tuple[type[Localized], tuple[Mapping[str, str]]]:
        return Localized, (self.languages,)


def in_language(text: str, language: str) -> str:
    """Return ``text`` in ``language``, or as it is where that language is missing."""
    return text.languages.get(language, text) if isinstance(text, Localized) else text


def language_problem(key: object, text: object) -> str:
    """Return what is wrong with the text of one language, or "" where it is good."""
    if key not in LANGUAGES:
        return f"unknown language `{key}`; write en, zh or vi"
    if not isinstance(text, str) or not text.strip():
        return "this is no text; write one, in quotes"
    return ""
