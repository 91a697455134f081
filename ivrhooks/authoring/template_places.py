"""Finds the column of an error in a template, of which Jinja reports only the line.

A syntax error is at the last token that the parser read. A name, filter or argument is
where the word in the message occurs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Token, TokenStream, ignored_tokens
from jinja2.parser import Parser

UNREADABLE = "the template cannot be read"
"""How the message of a template begins that does not parse."""

_SUBJECT = re.compile(r"`([^`]+)`|'([^']+)'")
_AT = re.compile(r"at (\d+)$")
_UNSEEN = ignored_tokens | {"raw_begin", "raw_end"}


@dataclass(frozen=True, slots=True)
class PlacedError:
    """One error in a template, with line and column, both from 1."""

    message: str
    line: int
    column: int


def placed(template: str, message: str, line: int) -> PlacedError:
    """Return an error with its column in the line."""
    if message.startswith(UNREADABLE):
        stopped = stopped_at(template)
        if stopped is not None:
            return PlacedError(message, *_line_and_column(template, stopped))
    lines = template.split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    for match in _SUBJECT.finditer(message):
        at = _position_of(text, match[1] or match[2])
        if at is not None:
            return PlacedError(message, line, at + 1)
    return PlacedError(message, line, max(text.find("{{"), 0) + 1)


def _position_of(text: str, subject: str) -> int | None:
    """Return where a line contains a name, or else its last part."""
    for part in (subject, subject.rpartition(".")[2]):
        for before in (r"(?<![\w.])", r"(?<!\w)"):
            match = re.search(rf"{before}{re.escape(part)}(?!\w)", text)
            if match is not None:
                return match.start()
    return None


def _line_and_column(template: str, at: int) -> tuple[int, int]:
    before = template[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def stopped_at(template: str) -> int | None:
    """Return the index at which the parser stopped; None where it reads the template,
    or refuses it for its depth."""
    environment = Environment(autoescape=True)
    tokens = _TokenCount()
    try:
        parser = Parser(environment, template)
        parser.stream = TokenStream(tokens.each(parser.stream), None, None)
        parser.parse()
    except TemplateSyntaxError as error:
        sign = _AT.search(error.message or "")
        if sign is not None:
            return int(sign[1])
        return len(template) if tokens.all else _token(environment, template, tokens)
    except RecursionError:
        return None
    return None


class _TokenCount:
    """What a parser has taken: how many tokens, and whether these are all."""

    def __init__(self) -> None:
        self.count = 0
        self.all = False

    def each(self, stream: TokenStream) -> Iterator[Token]:
        while stream:
            self.count += 1
            yield next(stream)
        self.all = True


def _token(environment: Environment, template: str, tokens: _TokenCount) -> int:
    """Return where the last token begins that was read."""
    at, places = 0, [0]
    for _, kind, text in environment.lexer.tokeniter(template, None):
        if kind not in _UNSEEN:
            places.append(at)
        at += len(text)
        if len(places) > tokens.count:
            break
    return places[-1]
