"""Chooses the language of a page."""

from __future__ import annotations

from flask import Request

from ivrhooks.languages.catalogue import FIRST, LANGUAGES

COOKIE = "ivrhooks_lang"


def requested_language(request: Request) -> str:
    """Return ``?lang=``, or "" where it is absent or unknown."""
    language = request.args.get("lang", "")
    return language if language in LANGUAGES else ""


def language_of(request: Request) -> str:
    """Return ``?lang=``, else the cookie's language, else the browser's, else
    English."""
    kept = request.cookies.get(COOKIE, "")
    wanted = requested_language(request) or (kept if kept in LANGUAGES else "")
    return wanted or _preferred(request) or FIRST


def _preferred(request: Request) -> str:
    """Return the first known language among those the browser prefers."""
    for tag, quality in request.accept_languages:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    return ""
