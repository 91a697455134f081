"""The texts: each in every language, and none that is missing or that nobody says."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import ivrhooks
from ivrhooks.actions.interface import STATES
from ivrhooks.answering.shown.causes import CAUSES
from ivrhooks.authoring.examples import REFUSED_WHEN
from ivrhooks.console.pages.replay import SPANS
from ivrhooks.console.pages.requests import FILTERS
from ivrhooks.console.services.contracts import CALLERS
from ivrhooks.console.services.outbox import CHANGES
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES
from ivrhooks.languages.catalogue import (
    CATALOGUES,
    LANGUAGES,
    Reason,
    because,
    translate,
    unpacked,
    word,
)
from ivrhooks.sources.transport.timed import PHASES

CODE = Path(ivrhooks.__file__).parent
STATUSES = ("not_found", "timeout", "error", "open", "busy", "skipped")
WORDS = {
    "action_state": STATES,
    "because": (
        *STATUSES,
        "default",
        *("no_value", "not_mapped", "invalid_input", "not_stored", "withheld"),
    ),
    "body": ("form", "json", "query"),
    "breaker": ("closed", "open", "half_open"),
    "caller": tuple(label for _, label in CALLERS),
    "cause": CAUSES,
    "callers": ("tests", "mock", "sandbox"),
    "copy": ("curl", "link"),
    "copy.hint": ("curl", "link"),
    "fault": FAULTS,
    "filter": FILTERS,
    "fits": ("refused", "too_large", "too_late"),
    "format": ("phone",),
    "link": ("ok", "stale", "not_asked", *STATUSES),
    "lookup": ("ok", "stale", *STATUSES),
    "mode": ("real", "mock"),
    "ask_phase": (*PHASES, "total"),
    "ask_status": ("ok", "not_found", "failed"),
    "nav": (
        "test",
        "requests",
        "contracts",
        "replay",
        "try",
        "outbox",
        "sources",
        "tables",
        "status",
    ),
    "sources": ("request", "response", "body", "record"),
    "pick": ("risk_first", "first", "newest"),
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
        "replay_busy",
        "replay_failed",
        "replay_late",
        "unauthorized",
        "unknown_endpoint",
        "unknown_page",
    ),
    "language": ("name", "tag"),
    "list": ("all", "and", "then"),
    "refused": tuple(REFUSED_WHEN),
    "setup": (
        *("agreed", "secret", "environment", "fallback", "file", "configuration"),
        *(f"when_{status}" for status in (400, 401, 404, 405)),
    ),
    "source": SOURCES,
    "span": SPANS,
    "verdict": ("same", "changed", "lost", "won", "not_judged"),
    "value_type": ("bool", "int", "list", "mapping", "none", "number", "string"),
    "system": ("interface", "is_vip", "is_black"),
    "warning": ("format_mismatch", "header_dropped", "unreadable_body"),
}
"""The words of the program that pages and sheets show, by group."""

SAME = re.compile(
    "caller.vip|body.json|value_type.int|.*endpoint.?|origin.cache|source.sandbox"
    "|reason.(of|said_of|as_said|send|a_header)"
    "|language.tag|list.(all|then)|setup.(api|url|dialplan|milliseconds)"
)
"""Texts that may be the same in two languages."""

LISTS = ("list.all", "list.and", "list.then")
PLACES = {f"setup.{word}" for word in ("environment", "fallback", "file")} | {
    "setup.configuration"
}
"""Chinese texts that stand behind a word without a blank, before a Latin one."""


@cache
def used() -> set[str]:
    """Every text that a template or a module asks for by name."""
    texts: set[str] = set()
    for file in CODE.rglob("*.html"):
        texts |= set(re.findall(r"\bt\('([a-z0-9_.]+)'(?! ~)", file.read_text("utf-8")))
    for file in CODE.rglob("*.py"):
        text = file.read_text("utf-8")
        texts |= set(re.findall(r"\bsay\(\"([a-z0-9_.]+)\"", text))
        texts |= set(re.findall(r"translate\(\w+, \"([a-z0-9_.]+)\"", text))
    return texts


@cache
def reasons() -> tuple[tuple[str, set[str]], ...]:
    """Every reason that the code gives: its key, and the names of its values."""
    return tuple(_reasons())


def _reasons() -> Iterator[tuple[str, set[str]]]:
    for file in CODE.rglob("*.py"):
        text = file.read_text("utf-8")
        if "because(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and _is_because(node.func):
                names = {keyword.arg or "**" for keyword in node.keywords}
                keys = _keys(node.args[0])
                assert keys, f"{file.name}: a key that is no constant"
                yield from ((f"reason.{key}", names) for key in keys)


def _is_because(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "because"


def _keys(node: ast.AST) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_keys(node.body), *_keys(node.orelse)]
    return [str(node.value)] if isinstance(node, ast.Constant) else []


def spoken() -> set[str]:
    """Every text that stands for a word of the program, and every reason."""
    words = {f"{group}.{word}" for group, words in WORDS.items() for word in words}
    return words | {key for key, _ in reasons()}


def names(text: str) -> set[str]:
    """What a text fills in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_exactly_the_used_texts(language: str) -> None:
    assert set(CATALOGUES[language]) == used() | spoken()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_translation_has_the_placeholders_of_the_english_text(
    language: str,
) -> None:
    english = CATALOGUES["en"]
    assert not {
        key: text
        for key, text in CATALOGUES[language].items()
        if names(text) != names(english[key]) or not text
    }


def test_a_reason_is_given_the_values_that_its_text_fills_in() -> None:
    english = CATALOGUES["en"]
    assert len({key for key, _ in reasons()}) > 50
    assert not [(key, got) for key, got in reasons() if names(english[key]) != got]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_blanks_around_it(language: str) -> None:
    texts = CATALOGUES[language]
    around = {key for key, text in texts.items() if text != text.strip()}
    assert {key for key in around if key not in LISTS} <= PLACES


def test_nothing_was_left_in_english() -> None:
    english = CATALOGUES["en"]
    for language in ("zh", "vi"):
        assert not [
            key
            for key, text in CATALOGUES[language].items()
            if text == english[key] and not SAME.fullmatch(key) and "nav" not in key
            if len(text) > 3
        ]
    assert not [
        key
        for key, text in CATALOGUES["zh"].items()
        if not re.search("[一-鿿]", text) and not SAME.fullmatch(key)
    ]


def test_a_language_is_called_by_its_own_name() -> None:
    names = [translate(language, "language.name") for language in LANGUAGES]
    assert names == ["English", "中文", "Tiếng Việt"]


def test_a_word_without_a_text_stays_as_it_is() -> None:
    assert word("zh", "origin", "cache") == "缓存"
    assert word("zh", "origin", "moon") == "moon"


WANTED = because("wanted_int", place=because("a_parameter"))
MISSING = because("of", name="tel", said=because("missing", wanted=WANTED))
SECRET = because(
    "secret",
    places=(
        because("header_named", name="X-Key"),
        because("parameter_named", name="key"),
    ),
)


@pytest.mark.parametrize(
    ("reason", "language", "text"),
    [
        (
            MISSING,
            "en",
            "tel: is missing; send this parameter as a whole number of at most 18 "
            "digits, such as 7",
        ),
        (MISSING, "zh", "tel：缺少此项；此参数须为最多 18 位的整数，例如 7"),
        (
            MISSING,
            "vi",
            "tel: bị thiếu; tham số này phải là số nguyên tối đa 18 chữ số, ví dụ 7",
        ),
        (
            SECRET,
            "en",
            "send the header X-Key and the parameter key with the secret agreed on",
        ),
        (SECRET, "zh", "请求头 X-Key、参数 key 须携带约定的密钥"),
        (
            because("no_object"),
            "en",
            "the JSON body is no object: send {…} with the inputs",
        ),
    ],
)
def test_a_reason_is_reported_in_any_language(
    reason: Reason, language: str, text: str
) -> None:
    assert reason.within(language) == text
    assert unpacked(json.loads(json.dumps(reason.packed()))).within(language) == text


def test_as_text_a_reason_is_english() -> None:
    assert str(because("at_least", value=3)) == f"{because('at_least', value=3)}"
    assert str(because("at_least", value=3)) == "send 3 or more"


def test_placeholders_in_values_are_not_filled_in() -> None:
    reason = because("as_said", text="{text} {0} {reason.of}")
    assert str(reason) == "{text} {0} {reason.of}"


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        translate("en", "no.such_text")
