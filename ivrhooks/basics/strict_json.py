"""Reads untrusted JSON, for every client and both servers.

orjson reads common JSON. The standard library reads what the grammar allows and orjson
does not (lone surrogates, integers of more than 64 bits). JSON that breaks the grammar
(NaN, an extra comma), is nested too deep or has a number of too many digits raises a
``ValueError`` that says why. If a key occurs twice, its last value counts.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

from ivrhooks.basics.charsets import codec_of
from ivrhooks.languages.catalogue import Reason, because

MAX_DEPTH = 100
LARGE = 64 * 1024  # bytes; a larger text is parsed twice only for what orjson lacks
MAX_NESTS, BYTES_PER_NEST = 30_000, 16  # lists and objects; more in a larger text
MAX_COMMAS, BYTES_PER_COMMA = 100_000, 4
MAX_DIGITS = 4300  # the limit of int(), whose time is quadratic

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF16_ZEROS = {b"\1\0\1\0": "utf-16-le", b"\0\1\0\1": "utf-16-be"}  # RFC 4627, 3
_DIGITS = bytes(ord("0") if chr(byte).isdecimal() else 0 for byte in range(256))
_LONG_INTEGER = b"0" * 19  # orjson makes a float of over 64 bits
_WORTH_READING_AGAIN = re.compile("surrogate|64 bits")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)


class NotJson(ValueError):
    """A text cannot be read as JSON. ``reason`` says why in any language; the text of
    the exception is in English."""

    def __init__(self, text: str, reason: Reason) -> None:
        super().__init__(text)
        self.reason = reason


def read_json(data: bytes | str) -> Any:
    """Return the value in ``data`` (UTF-8, perhaps with a byte order mark).

    Raises NotJson, which says why, and no other exception.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if raw.startswith(_UTF8_BOM):
        raw = raw[3:]
    nests = raw.count(b"[") + raw.count(b"{")
    if len(raw) > MAX_NESTS:
        _check_dense(raw, nests)
    try:
        value = _read_fast(raw)
    except ValueError as problem:
        if len(raw) > LARGE and not _WORTH_READING_AGAIN.search(str(problem)):
            raise _at_place(problem) from None
        value = _read_slowly(raw, "surrogatepass" if raw is not data else "strict")
    if nests > MAX_DEPTH:
        _check_depth(value)
    return value


def read_json_body(body: bytes, content_type: str = "") -> Any:
    """Return the value in an HTTP body.

    JSON is UTF-8, whatever the Content-Type says. Only a body that is no JSON in UTF-8
    is read in the charset of the Content-Type. Raises ValueError.
    """
    try:
        return read_json(body)
    except ValueError as problem:
        text = _by_label(body, content_type)
        if text is None:
            raise problem from None
    return read_json(text.removeprefix("\ufeff"))


def decode_text(body: bytes, content_type: str = "") -> str:
    """Return the text of an HTTP body. Never raises.

    The body is read as UTF-8, else in the charset of its Content-Type, or as UTF-16.
    Bytes that cannot be read become U+FFFD.
    """
    try:
        if body.find(0, 0, 4) < 0:
            return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    text = _by_label(body, content_type)
    return body.decode("utf-8", "replace") if text is None else text


def _check_dense(raw: bytes, nests: int) -> None:
    """Raise NotJson for a large text of hardly more than brackets or commas.

    A megabyte of brackets alone takes a hundred times as long to read as other JSON.
    """
    if nests > max(MAX_NESTS, len(raw) / BYTES_PER_NEST):
        raise NotJson("hardly more than brackets", because("json_brackets"))
    if raw.count(b",") > max(MAX_COMMAS, len(raw) / BYTES_PER_COMMA):
        raise NotJson("hardly more than commas", because("json_commas"))


def _read_fast(raw: bytes) -> Any:
    if _LONG_INTEGER in raw.translate(_DIGITS):
        raise ValueError("perhaps an integer of more than 64 bits")
    return orjson.loads(raw)


def _read_slowly(raw: bytes, errors: str) -> Any:
    try:
        return json.loads(
            raw.decode("utf-8", errors),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError as problem:
        text, at = f"no UTF-8 text: byte {problem.start}", problem.start
        raise NotJson(text, because("json_utf8", count=at)) from None
    except json.JSONDecodeError as problem:
        raise _at_place(problem) from None


def _at_place(problem: ValueError) -> NotJson:
    """Return an exception with the message of a parser, and the line and column."""
    if not isinstance(problem, json.JSONDecodeError):  # 64 bits, or a surrogate
        return NotJson(f"no JSON: {problem}", because("json_large"))
    line, column = problem.lineno, problem.colno
    text = f"no JSON: {problem.msg}, line {line} column {column}"
    return NotJson(text, because("json_place", line=line, column=column))


def _too_deep() -> NotJson:
    text = f"nested deeper than {MAX_DEPTH} levels"
    return NotJson(text, because("json_deep", count=MAX_DEPTH))


def _refuse_constant(name: str) -> NoReturn:
    reason = because("json_constant", name=name)
    raise NotJson(f"no JSON: {name} is no number", reason)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJson("a number too large to read", because("json_large"))
    return number


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        reason = because("json_digits", count=MAX_DIGITS)
        raise NotJson(f"a number of more than {MAX_DIGITS} digits", reason)
    return int(text)


def _check_depth(value: Any) -> None:
    """Raise NotJson if ``value`` is nested too deep.

    It is walked level by level: deep nesting would break a recursive walk.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep()


def _by_label(body: bytes, content_type: str) -> str | None:
    """Return the text in the charset of the Content-Type or in UTF-16, or None.

    UTF-16 is known by its byte order mark, or by the zeros in the first four bytes.
    """
    if body[:2] in _UTF16_MARKS:
        codec: str | None = "utf-16"
    else:
        label = _CHARSET.search(content_type)
        codec = codec_of(label[1]) if label is not None else None
        codec = codec or _UTF16_ZEROS.get(bytes(map(bool, body[:4])))
    if codec is None:
        return None
    try:
        return body.decode(codec)
    except (LookupError, UnicodeError, ValueError):
        return None
