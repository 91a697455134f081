"""Reads a data request from a curl line, as a call centre's page prints it.

Reference: docs/vendors/ivr.md#17-contradictions-and-gaps-and-what-to-do
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from math import isfinite
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ivrhooks.authoring.starter.command_words import first_command, words_of

_SHORT = MappingProxyType(
    {
        **{"X": "request", "H": "header", "d": "data", "F": "form", "G": "get"},
        **{"I": "head", "T": "upload-file", "D": "data-slip", "u": "user"},
        **dict.fromkeys("AbcCeEKmoPQrtUwxyYz", "with-value"),
    }
)
"""curl's short options that matter, or take a value; all others are flags. ``-D`` is
the vendor's slip for ``-d``."""

_FLAGS = frozenset({"get", "head"})
_WITH_VALUE = frozenset(
    {"user", "output", "max-time", "user-agent", "referer", "cookie", "cookie-jar"}
    | {"connect-timeout", "retry", "retry-delay", "retry-max-time", "write-out"}
    | {"cacert", "capath", "cert", "cert-type", "key", "key-type", "pass", "proxy"}
    | {"proxy-user", "proxy-header", "noproxy", "resolve", "connect-to", "config"}
    | {"interface", "range", "rate", "limit-rate", "max-filesize", "max-redirs"}
    | {"oauth2-bearer", "aws-sigv4", "ciphers", "dump-header", "stderr", "trace"}
    | {"trace-ascii", "unix-socket", "netrc-file", "proto", "tls-max", "dns-servers"}
    | {"doh-url", "local-port", "speed-limit", "speed-time", "time-cond", "curves"}
    | {
        "with-value",
        "expect100-timeout",
        "keepalive-time",
        "output-dir",
        "pinnedpubkey",
    }
)
_READ = frozenset(
    {"request", "header", "url", "url-query", "json", "form", "form-string", "data"}
    | {"data-raw", "data-binary", "data-ascii", "data-urlencode", "data-slip"}
    | {"upload-file"}
)
_LOGS_IN = MappingProxyType({"user": "Basic", "oauth2-bearer": "Bearer"})
"""Options that send a header Authorization, and how it begins."""

_REFUSED_METHODS = frozenset({"PUT", "DELETE", "PATCH", "OPTIONS"})


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
        """``form``, ``json`` or ``query``, as an endpoint has it."""
        if self.method == "GET":
            return "query"
        return "json" if self.json else "form"


@dataclass(slots=True)
class _Line:
    """What the options of a curl line say. ``bodies``: forms, or JSON; ``parts``: of a
    multipart form."""

    method: str = ""
    urls: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)
    json: str = ""
    query: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    in_query: bool = False


def read_curl(text: str) -> CurlRequest:
    """Return the data request of a curl line. Raises CannotRead."""
    words = words_of(text)
    if words is None:
        raise CannotRead("its quotes cannot be read; write one curl command")
    if not words or words[0].lower() not in ("curl", "curl.exe"):
        raise CannotRead("write the whole line, beginning with curl: curl https://…")
    line = _Line()
    for option, value in _options(first_command(words)[1:]):
        _take(line, option, value)
    if not line.urls:
        raise CannotRead("there is no URL in it; write curl https://host/path …")
    return _request(line)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of option and value; a bare word has the option ``url``."""
    rest = iter(words)
    for word in rest:
        name, sign, value = word[2:].partition("=")
        if not word.startswith("-") or word == "-":
            yield "url", word
        elif not word.startswith("--"):
            yield from _short(word[1:], rest)
        elif name in _READ or name in _WITH_VALUE:
            yield name, value if sign else next(rest, "")
        elif name in _FLAGS:
            yield name, ""


def _short(letters: str, rest: Iterator[str]) -> Iterator[tuple[str, str]]:
    """``-sSLXPOST``, ``-dname=value``, ``-d name=value`` and flags."""
    for index, letter in enumerate(letters):
        name = _SHORT.get(letter, "")
        if name in _FLAGS:
            yield name, ""
        elif name:
            yield name, letters[index + 1 :] or next(rest, "")
            return


def _take(line: _Line, option: str, value: str) -> None:
    if option == "url":
        line.urls.append(value)
    elif option == "request":
        line.method = value.upper()
    elif option == "header":
        name, _, content = value.partition(":")
        line.headers[name.strip()] = content.strip()
    elif option in _LOGS_IN:
        line.headers.setdefault("Authorization", f"{_LOGS_IN[option]} {value}")
    elif option in ("get", "head"):
        line.in_query = True
    elif option not in _WITH_VALUE:
        _take_body(line, option, value)


def _take_body(line: _Line, option: str, value: str) -> None:
    if option == "json":
        line.json += _from_no_file(value)
    elif option in ("form", "form-string"):
        _take_part(line, value, literal=option == "form-string")
    elif option == "upload-file":
        raise CannotRead("it uploads a file; an endpoint takes a form or JSON: -d …")
    else:
        _take_data(line, option, value)


def _take_data(line: _Line, option: str, value: str) -> None:
    if option in ("data-urlencode", "url-query"):
        pair = _encoded(value)
        (line.query if option == "url-query" else line.bodies).append(pair)
    elif option == "data-raw":
        line.bodies.append(value)
    elif option == "data-slip":
        if "=" in value or value.lstrip().startswith("{"):
            line.bodies.append(value)  # else the file that -D dumps headers to
    else:
        line.bodies.append(_from_no_file(value))


def _from_no_file(value: str) -> str:
    if value in ("@-", "@/dev/stdin"):
        raise CannotRead(
            "its body comes from standard input; write the body itself in the line: "
            "-d '…'"
        )
    if value.startswith("@"):
        raise CannotRead(
            f"its body is in the file {value[1:]}; write the body itself in the line"
        )
    return value


def _encoded(value: str) -> str:
    """Encode the content in ``content``, ``=content`` or ``name=content``."""
    name, sign, content = value.partition("=")
    if not sign and "@" in value:
        file = value.partition("@")[2]
        raise CannotRead(f"a value is in the file {file}; write it in the line")
    if not sign:
        name, content = "", value
    coded = quote(content, safe="")
    return f"{name}={coded}" if name else coded


def _take_part(line: _Line, value: str, *, literal: bool) -> None:
    """Take a part of a multipart form; a file in it is ignored."""
    name, _, content = value.partition("=")
    if not literal:
        if content.startswith(("@", "<")):
            return
        content = content.partition(";type=")[0]
    line.parts[name] = content.strip('"') if not literal else content


def _request(line: _Line) -> CurlRequest:
    url = next((url for url in line.urls if "://" in url), line.urls[0])
    parts = urlsplit(url if "://" in url else f"http://{url}")
    query = [parts.query, *line.query, *(line.bodies if line.in_query else ())]
    request = CurlRequest(_method(line), unquote(parts.path) or "/", line.headers)
    for text in query:
        request.fields.update(parse_qsl(text, keep_blank_values=True))
    if not line.in_query:
        _read_body(request, line)
    return request


def _method(line: _Line) -> str:
    """Return GET or POST, as curl chooses it. Raises CannotRead for others."""
    sends = bool(line.bodies or line.json or line.parts) and not line.in_query
    method = line.method or ("POST" if sends else "GET")
    if method in _REFUSED_METHODS:
        raise CannotRead(f"it is a {method}; an endpoint takes POST or GET")
    return "GET" if method == "HEAD" else method


def _read_body(request: CurlRequest, line: _Line) -> None:
    body = line.json or "&".join(line.bodies)
    headers = {name.lower(): value for name, value in line.headers.items()}
    first = body.lstrip()[:1]
    if line.parts:
        request.fields.update(line.parts)
    elif first == "{":
        request.fields.update(_json_object(body))
        request.json = True
    elif body.startswith("--") and "multipart" in headers.get("content-type", ""):
        request.fields.update(_parts(headers["content-type"], body))
    elif first == "[" or (line.json and body.strip()):
        raise CannotRead(
            "its body is JSON, but no object; an endpoint takes a JSON object: "
            '-d \'{"tel": "…"}\''
        )
    elif first == "<":
        raise CannotRead("its body is XML; an endpoint takes a form or a JSON object")
    elif "json" in headers.get("content-type", "") and not body:
        request.json = request.method != "GET"
    else:
        request.fields.update(parse_qsl(body, keep_blank_values=True))


def _parts(label: str, body: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a multipart body as a browser copies it, without files."""
    message = message_from_string(f"Content-Type: {label}\n\n{body}")
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            yield name, str(part.get_payload())


def _json_object(text: str) -> Mapping[str, Any]:
    if text.lstrip().removeprefix("{").lstrip().startswith('\\"'):
        text = text.replace('\\"', '"')  # as PowerShell has people write it
    try:
        value: Mapping[str, Any] = json.loads(
            text, parse_constant=_endless, parse_float=_finite
        )
    except ValueError as error:
        raise CannotRead(f"its body is no JSON: {error}") from None
    return value


def _finite(text: str) -> float:
    return float(text) if isfinite(float(text)) else _endless(text)


def _endless(text: str) -> float:
    raise CannotRead(
        f"its body has the number {text}, which no data request may; write another one"
    )
