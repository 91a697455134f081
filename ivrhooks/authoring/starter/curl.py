"""Reads a data request out of a curl line, as a call centre's page prints it.

Printed lines have slips that no shell takes: ``-D`` for ``-d``, a quote that is not
closed, ``//`` remarks behind an argument. They are read all the same.

Reference: docs/vendors/ivr.md#17-contradictions-and-gaps-and-what-to-do
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_REMARK = re.compile(r"(?<=[\"'])\s*//[^\n]*")
_DATA = frozenset(
    {
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-ascii",
        "--data-urlencode",
        "--json",
    }
)
_WITH_VALUE = frozenset(
    {"-u", "-o", "-w", "-A", "-e", "-b", "-c", "-m", "--user", "--output", "--max-time"}
    | {"--user-agent", "--referer", "--cookie", "--connect-timeout", "--retry"}
    | {"--write-out", "--cacert", "--cert", "--key", "-x", "--proxy"}
)


class CannotRead(Exception):
    """This is no curl line of a data request; the message says what to write."""


@dataclass(slots=True)
class CurlRequest:
    """What a curl line sends. ``fields``: by name, of the query and of a form or JSON
    body; ``json``: whether the body is JSON."""

    method: str = ""
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    json: bool = False

    @property
    def format(self) -> str:
        """``form``, ``json`` or ``query``, as an endpoint says it."""
        if self.json:
            return "json"
        return "query" if self.method == "GET" else "form"


def read_curl(text: str) -> CurlRequest:
    """The data request of a curl line. Raises CannotRead."""
    words = _words(text)
    if not words or words[0] != "curl":
        raise CannotRead("write the whole line, beginning with curl: curl https://…")
    method, urls, headers, bodies = "", [], {}, []
    for option, value in _options(words[1:]):
        if option in ("-X", "--request"):
            method = value.upper()
        elif option in ("-H", "--header"):
            name, _, told = value.partition(":")
            headers[name.strip()] = told.strip()
        elif option in ("-G", "--get"):
            method = "GET"
        elif option == "":
            urls.append(value)
        else:
            bodies.append(value)
    if not urls:
        raise CannotRead("there is no URL in it; write curl https://host/path …")
    return _request(method, urls[0], headers, bodies)


def _words(text: str) -> list[str]:
    """The line's words as a shell splits them; once more without remarks and with its
    last quote closed where a shell would not take it."""
    joined = re.sub(r"\\\r?\n", " ", text.strip())
    for attempt in (_REMARK.sub("", joined), joined):
        for end in ("", '"', "'"):
            try:
                return shlex.split(f"{attempt}{end}")
            except ValueError:
                continue
    raise CannotRead("its quotes cannot be read; write one curl command")


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of option and value; a bare word has the option ``""``."""
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if word.startswith("--") and sign:
            yield from _known(name, value)
        elif word in ("-X", "--request", "-H", "--header", "-D") or word in _DATA:
            yield from _known(word, next(rest, ""))
        elif word == "--url":
            yield "", next(rest, "")
        elif word in _WITH_VALUE:
            next(rest, None)
        elif word.startswith("-"):
            yield from _short(word)
        else:
            yield "", word


def _known(option: str, value: str) -> Iterator[tuple[str, str]]:
    if option == "-D" and not ("=" in value or value.lstrip().startswith("{")):
        return  # the file that curl's own -D dumps headers to
    if option == "--url":
        yield "", value
    elif option in ("-X", "--request", "-H", "--header"):
        yield option, value
    elif option in _DATA or option == "-D":
        yield "-d", value


def _short(word: str) -> Iterator[tuple[str, str]]:
    """``-XPOST``, ``-dname=value`` and flags."""
    if word in ("-G", "--get"):
        yield word, ""
    elif word[:2] in ("-X", "-H", "-d") and len(word) > 2:
        yield word[:2], word[2:]


def _request(
    method: str, url: str, headers: dict[str, str], bodies: list[str]
) -> CurlRequest:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    request = CurlRequest(
        method=method or ("POST" if bodies else "GET"),
        path=unquote(parts.path) or "/",
        headers=headers,
        fields=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )
    body = "&".join(bodies)
    told = {name.lower(): value for name, value in headers.items()}
    if body.lstrip().startswith("{"):
        request.fields.update(_json_object(body))
        request.json = True
    elif "json" in told.get("content-type", "") and not body:
        request.json = request.method != "GET"
    else:
        request.fields.update(parse_qsl(body, keep_blank_values=True))
    return request


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CannotRead(f"its body is no JSON: {error}") from None
    assert isinstance(value, dict)  # noqa: S101 - it begins with a brace
    return value
