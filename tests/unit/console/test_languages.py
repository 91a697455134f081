"""The console's texts: each in three languages, and none that is missing or idle."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from flask import Flask, request

from ivrhooks.actions.interface import STATES
from ivrhooks.authoring.examples import REFUSED_WHEN
from ivrhooks.console import languages
from ivrhooks.console.languages import LANGUAGES, Texts, language_of, load_texts
from ivrhooks.console.pages.reasons import SENTENCES
from ivrhooks.console.pages.requests import FILTERS
from ivrhooks.console.services.contracts import CALLERS
from ivrhooks.console.services.outbox import CHANGES
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES
from ivrhooks.sources.transport.timed import PHASES

CONSOLE = Path(languages.__file__).parent
STATUSES = ("not_found", "timeout", "error", "open", "busy", "skipped")
WORDS = {
    "action_state": STATES,
    "because": (*STATUSES, "no_value", "not_mapped", "invalid_input", "not_stored"),
    "body": ("form", "json", "query"),
    "breaker": ("closed", "open", "half_open"),
    "caller": tuple(label for _, label in CALLERS),
    "callers": ("tests", "mock", "sandbox"),
    "copy": ("curl", "link"),
    "copy.hint": ("curl", "link"),
    "fault": FAULTS,
    "filter": FILTERS,
    "fits": ("too_large", "too_late"),
    "format": ("phone",),
    "lookup": ("ok", "stale", *STATUSES),
    "mode": ("real", "mock"),
    "ask_phase": (*PHASES, "total"),
    "ask_status": ("ok", "not_found", "failed"),
    "nav": (
        "test",
        "requests",
        "contracts",
        "outbox",
        "sources",
        "tables",
        "status",
    ),
    "sources": ("request", "response", "body", "record"),
    "outbox_change": tuple(CHANGES),
    "outbox_change_all": tuple(CHANGES),
    "outbox_sure": tuple(CHANGES),
    "origin": (
        "action",
        "source",
        "cache",
        "stale",
        "mock",
        "constant",
        "clock",
        "input",
        "default",
        "omitted",
    ),
    "problem": (
        "csrf",
        "forbidden",
        "invalid_request",
        "method_not_allowed",
        "no_answer",
        "not_found",
        "unauthorized",
        "unknown_endpoint",
        "unknown_page",
    ),
    "reason": (*SENTENCES, "of"),
    "refused": tuple(REFUSED_WHEN),
    "source": SOURCES,
    "warning": ("format_mismatch", "header_dropped", "unreadable_body"),
}
"""The words of the program that pages show, by group."""

SAME = re.compile(
    "caller.vip|body.json|reason.of|.*endpoint.?|origin.cache|source.sandbox"
)
"""Texts that may be the same in two languages."""


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts()


def used() -> set[str]:
    """Every text that a template asks for by name."""
    sources = [*CONSOLE.glob("templates/console/*.html"), *CONSOLE.glob("pages*.py")]
    found: set[str] = set()
    for file in sources:
        text = file.read_text("utf-8")
        found |= set(re.findall(r"\bt\('([a-z0-9_.]+)'(?! ~)", text))
        found |= set(re.findall(r"say\(language, \"([a-z0-9_.]+)\"", text))
    return found


def spoken() -> set[str]:
    """Every text that stands for a word of the program."""
    return {f"{group}.{word}" for group, words in WORDS.items() for word in words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_pages_is_there(texts: Texts, language: str) -> None:
    assert set(texts.by_language[language]) == used() | spoken()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_fills_in_what_the_english_one_does(texts: Texts, language: str) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = texts.by_language["en"]
    assert not {
        key: text
        for key, text in texts.by_language[language].items()
        if names(text) != names(english[key]) or text != text.strip() or not text
    }


def test_nothing_was_left_in_english(texts: Texts) -> None:
    english = texts.by_language["en"]
    for language in ("zh", "vi"):
        assert not [
            key
            for key, text in texts.by_language[language].items()
            if text == english[key] and not SAME.fullmatch(key) and "nav" not in key
            if len(text) > 3
        ]
    chinese = texts.by_language["zh"]
    assert not [
        key
        for key, text in chinese.items()
        if not re.search("[一-鿿]", text) and not SAME.fullmatch(key)
    ]


def test_a_word_without_a_text_stays_as_it_is(texts: Texts) -> None:
    assert texts.word("zh", "origin", "cache") == "缓存"
    assert texts.word("zh", "origin", "moon") == "moon"


@pytest.mark.parametrize(
    ("query", "cookie", "accepts", "language"),
    [
        ("", "", "", "en"),
        ("", "", "vi-VN,vi;q=0.9,en;q=0.5", "vi"),
        ("", "", "zh-CN,zh;q=0.9", "zh"),
        ("", "", "zh-Hans-CN, en;q=0.4", "zh"),
        ("", "", "fr, de;q=0.5", "en"),
        ("", "zh", "vi", "zh"),
        ("", "tlh", "vi", "vi"),
        ("?lang=en", "zh", "vi", "en"),
        ("?lang=tlh", "zh", "vi", "zh"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_browsers(
    query: str, cookie: str, accepts: str, language: str
) -> None:
    headers = {"Accept-Language": accepts, "Cookie": f"ivrhooks_lang={cookie}"}
    with Flask("pages").test_request_context(f"/_console/{query}", headers=headers):
        assert language_of(request) == language
