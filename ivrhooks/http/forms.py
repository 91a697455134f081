"""Reads form fields as IVRs really write them: urlencoded text and multipart bodies.

Both give fields by name, the last of a repeated name; nothing that is not UTF-8 costs
a field.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData

MAX_FIELDS = 1000
MAX_PARTS = 200

_ESCAPES = re.compile(rb"((?:%[0-9A-Fa-f]{2})+)")


def read_urlencoded(data: bytes) -> dict[str, str]:
    """The fields of a query string or form body.

    ``+`` is a blank, a bare name has an empty value, ``;`` separates nothing.
    """
    fields: dict[str, str] = {}
    try:
        pairs = data.decode().split("&")
    except UnicodeDecodeError:
        return _read_bytewise(data)
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = decode_text(name.encode()), decode_text(value.encode())
        if pair:
            fields[name] = value
    return fields


def _read_bytewise(data: bytes) -> dict[str, str]:
    pairs = (pair.partition(b"=") for pair in data.split(b"&") if pair)
    return {decode_text(name): decode_text(value) for name, _, value in pairs}


def decode_text(raw: bytes) -> str:
    """Text of one urlencoded name or value: what is not UTF-8 stays, its escapes as
    they were written, raw bytes as U+FFFD."""
    return decode_segment(raw.replace(b"+", b" ") if b"+" in raw else raw)


def decode_segment(raw: bytes) -> str:
    """The same of a segment of a path, where a plus is one."""
    try:
        return (unquote_to_bytes(raw) if b"%" in raw else raw).decode()
    except UnicodeDecodeError:
        return "".join(
            _decode_escapes(part) if odd % 2 else part.decode("utf-8", "replace")
            for odd, part in enumerate(_ESCAPES.split(raw))
        )


def _decode_escapes(run: bytes) -> str:
    octets = bytes.fromhex(run.replace(b"%", b"").decode("ascii"))
    text = []
    while octets:
        try:
            text.append(octets.decode())
            break
        except UnicodeDecodeError as bad:
            text.append(octets[: bad.start].decode())
            text.append(run[3 * bad.start : 3 * bad.end].decode("ascii"))
            octets, run = octets[bad.end :], run[3 * bad.end :]
    return "".join(text)


def read_multipart(data: bytes, boundary: bytes) -> dict[str, str]:
    """The fields of a multipart body; files in it are left out. Raises ValueError where
    the body is cut, broken or has too many parts."""
    decoder = MultipartDecoder(boundary, max_parts=MAX_PARTS)
    decoder.receive_data(data.decode("utf-8", "replace").encode())
    decoder.receive_data(None)
    fields: dict[str, str] = {}
    try:
        _read_parts(decoder, fields)
    except RequestEntityTooLarge:
        raise ValueError(f"more than {MAX_PARTS} parts") from None
    except (AttributeError, TypeError):
        raise ValueError("a part without a name") from None
    return fields


def _read_parts(decoder: MultipartDecoder, fields: dict[str, str]) -> None:
    name: str | None = None
    pieces: list[bytes] = []
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Data):
            pieces.append(event.data)
            if not event.more_data and name is not None:
                fields[name] = b"".join(pieces).decode()
        else:
            name = event.name if isinstance(event, Field) else None
            pieces = []
