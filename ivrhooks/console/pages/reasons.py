"""Why a data request was refused, in the reader's language.

The journal has reasons in English, put together of few sentences; those are known here.
What is not known stays in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ivrhooks.languages.catalogue import FIRST, translate

_SENTENCES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("header_missing", "the header (?P<name>.+) did not arrive"),
        ("header_dropped", "`(?P<name>.+)` would be dropped by the web server"),
        ("header_instead", "`(?P<name>.+)` came instead"),
        ("header_other", "the header (?P<name>.+) arrived with another value"),
        ("no_endpoint", "no endpoint has the path (?P<path>.+)"),
        ("nearest", "the nearest is (?P<path>.+)"),
        ("missing", "is missing"),
        ("phone", "send this (?:header|parameter) with the telephone number as text"),
        ("int", "send this (?:header|parameter) as a whole number of at most 18 .+"),
        ("string", "send this (?:header|parameter) as a text or a whole number"),
        ("one_of", "send (?:this (?:header|parameter) as )?one of: (?P<values>.+)"),
        ("at_least", "send (?P<value>-?[0-9]+) or more"),
        ("at_most", "send (?P<value>-?[0-9]+) or less"),
        ("max_length", "send at most (?P<count>[0-9]+) characters"),
        ("pattern", "send a text that matches (?P<pattern>.+)"),
        ("secret", "send the header (?P<name>.+) with the secret agreed on"),
        ("agreed", "send this header with the agreed value"),
        ("too_many", "too many data requests from this address"),
        ("later", "ask again later"),
        ("method", "(?P<method>[A-Z]+) is not taken here"),
        ("body_only", "this endpoint takes a (?P<format>form|json) body only"),
        ("send", "send (?P<what>GET|POST|form|json|%20)"),
        ("blank", "the request line has a blank in its address"),
        ("tls", r"this is TLS \(https\), and plain http is spoken here"),
        ("no_colon", "a header line has no colon"),
        ("no_name", "`(?P<name>.+)` cannot be the name of a header"),
        ("late", "the request did not come in time"),
        ("long_line", "the request line is too long"),
        ("many_headers", "the headers are too large or too many"),
        ("incomplete", "the request was not complete"),
        ("no_http", "the request is no HTTP that can be read"),
        ("large_body", "the body is larger than (?P<count>[0-9]+) bytes"),
        ("address", "this address may not ask here"),
        ("binary", "the body holds a NUL byte: it is no text"),
        ("markup", "the body is XML or HTML: send a form or a JSON object"),
        ("no_json", "the JSON body cannot be read: (?P<why>.+)"),
    )
)
SENTENCES = tuple(key for key, _ in _SENTENCES)
"""The keys of the sentences; each language has a text ``reason.<key>``."""

_NAMED = re.compile("(?P<name>[^:]+): (?=is missing$|send )")


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a reason. ``lang``: "en" where it stays English, "" where it is in the
    page's language."""

    text: str
    lang: str = ""


def in_words(language: str, reason: str) -> list[Said]:
    """``reason`` sentence by sentence."""
    if language == FIRST or not reason:
        return [Said(reason)]
    return [_sentence(language, one) for one in reason.split("; ")]


def _sentence(language: str, sentence: str) -> Said:
    named = _NAMED.match(sentence)
    rest = sentence[named.end() :] if named else sentence
    for key, pattern in _SENTENCES:
        found = pattern.fullmatch(rest)
        if found:
            values: dict[str, Any] = found.groupdict()
            text = translate(language, f"reason.{key}", **values)
            if named:
                text = translate(language, "reason.of", name=named["name"], said=text)
            return Said(text)
    return Said(sentence, FIRST)
