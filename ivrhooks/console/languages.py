"""The console's three languages: which one a browser wants, and every text in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Request

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文", "vi": "Tiếng Việt"}
TAGS: Mapping[str, str] = {"en": "en", "zh": "zh-Hans", "vi": "vi"}
FIRST = "en"
COOKIE = "ivrhooks_lang"
FOLDER = Path(__file__).parent / "languages"


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts, by language and key."""

    by_language: Mapping[str, Mapping[str, str]]

    def say(self, language: str, key: str, **values: object) -> str:
        """The text of ``key``, its ``{names}`` filled in. Raises KeyError."""
        return self.by_language[language][key].format(**values)

    def word(self, language: str, group: str, value: object) -> str:
        """What a word of the program is called, ``origin.default``; one that has no
        text of its own stays as it is."""
        return self.by_language[language].get(f"{group}.{value}", str(value))


def load_texts(folder: Path = FOLDER) -> Texts:
    """Reads ``<language>.json`` of each language."""
    return Texts(
        {
            language: json.loads((folder / f"{language}.json").read_text("utf-8"))
            for language in LANGUAGES
        }
    )


def asked_language(request: Request) -> str:
    """``?lang=``; "" where it is not given or unknown."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else ""


def language_of(request: Request) -> str:
    """``?lang=``, else the cookie, else what the browser prefers, else English."""
    kept = request.cookies.get(COOKIE, "")
    wanted = asked_language(request) or (kept if kept in LANGUAGES else "")
    return wanted or _preferred(request) or FIRST


def _preferred(request: Request) -> str:
    """The first of ours among those that the browser says it likes."""
    for tag, quality in request.accept_languages:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    return ""
