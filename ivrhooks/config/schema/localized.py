"""Texts for people in several languages, where an integrator writes them so."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh", "vi")


class Localized(str):
    """A text in several languages; as it stands it is the English one, else the
    first."""

    __slots__ = ("languages",)
    languages: Mapping[str, str]

    def __new__(cls, languages: Mapping[str, str]) -> Localized:
        """Made of at least one text by language."""
        first = next(iter(languages.values()))
        text = super().__new__(cls, languages.get("en", first))
        text.languages = languages
        return text

    def __reduce__(self) -> tuple[type[Localized], tuple[Mapping[str, str]]]:
        return Localized, (self.languages,)


def in_language(text: str, language: str) -> str:
    """``text`` in ``language``, where it was written in it."""
    return text.languages.get(language, text) if isinstance(text, Localized) else text


def language_problem(key: object, text: object) -> str:
    """What is wrong with one text by language; "" where it is good."""
    if key not in LANGUAGES:
        return f"unknown language `{key}`; write en, zh or vi"
    if not isinstance(text, str) or not text.strip():
        return "this is no text; write one, in quotes"
    return ""
