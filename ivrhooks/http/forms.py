"""Reads form fields as IVRs really write them: urlencoded text and multipart bodies.

Both return fields by name, the last of a repeated name. No field is lost for not being
UTF-8: it is read by the charset of the label, where that can read it.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData

from ivrhooks.basics.charsets import codec_of_label

MAX_FIELDS = 1000
MAX_PARTS = 200
_UNREADABLE = "%EF%BF%BD"
"""What ``escaped_target`` makes of a byte in a request line that is not UTF-8."""


def read_urlencoded(data: bytes, codec: str | None = None) -> dict[str, str]:
    """Return the fields of a query string or form body.

    ``+`` is a blank, a bare name has an empty value, ``;`` is no separator. ``codec``:
    that of the label's charset, for text that is not UTF-8.
    """
    fields: dict[str, str] = {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _read_bytewise(data, codec)
    escaped = "%" in text or "+" in text
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if escaped and ("%" in pair or "+" in pair):
            name = decode_text(name.encode(), codec)
            value = decode_text(value.encode(), codec)
        if pair:
            fields[name] = value
    return fields


def _read_bytewise(data: bytes, codec: str | None) -> dict[str, str]:
    pairs = (pair.partition(b"=") for pair in data.split(b"&") if pair)
    return {
        decode_text(name, codec): decode_text(value, codec) for name, _, value in pairs
    }


def decode_text(raw: bytes, codec: str | None = None) -> str:
    """Return the text of one urlencoded name or value.

    It is read as UTF-8, else by the charset of the label. Where neither works, escapes
    stay as they were written and raw bytes become U+FFFD.
    """
    return decode_segment(raw.replace(b"+", b" ") if b"+" in raw else raw, codec)


def decode_segment(raw: bytes, codec: str | None = None) -> str:
    """Return the text of a path segment as ``decode_text`` does, but keep ``+`` as a
    plus sign."""
    octets = unquote_to_bytes(raw) if b"%" in raw else raw
    try:
        return octets.decode()
    except UnicodeDecodeError:
        pass
    if codec is not None:
        try:
            return octets.decode(codec)
        except UnicodeError:
            pass
    return raw.decode("utf-8", "replace").replace(_UNREADABLE, "\ufffd")


def read_multipart(
    data: bytes, boundary: bytes, codec: str | None = None
) -> dict[str, str]:
    """Return the fields of a multipart body, without its files.

    ``codec``: as in a form. Raises ValueError where the body is truncated, broken or
    has too many parts.
    """
    try:
        return _read_parts(data, boundary, codec)
    except UnicodeDecodeError:  # a name that is not UTF-8
        return _read_parts(_as_utf8(data, codec), boundary, codec)


def _as_utf8(data: bytes, codec: str | None) -> bytes:
    try:
        text = data.decode(codec or "utf-8")
    except UnicodeError:
        text = data.decode("utf-8", "replace")
    return text.encode("utf-8", "replace")


def _read_parts(data: bytes, boundary: bytes, codec: str | None) -> dict[str, str]:
    decoder = MultipartDecoder(boundary, max_parts=MAX_PARTS)
    decoder.receive_data(data)
    decoder.receive_data(None)
    fields: dict[str, str] = {}
    try:
        _read_events(decoder, fields, codec)
    except RequestEntityTooLarge:
        raise ValueError(f"more than {MAX_PARTS} parts") from None
    except (AttributeError, TypeError):
        raise ValueError("a part without a name") from None
    return fields


def _read_events(
    decoder: MultipartDecoder, fields: dict[str, str], codec: str | None
) -> None:
    name: str | None = None
    own = codec
    chunks: list[bytes] = []
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Data):
            chunks.append(event.data)
            if not event.more_data and name is not None:
                fields[name] = _decoded(b"".join(chunks), own)
        else:
            name, own, chunks = None, codec, []
            if isinstance(event, Field):
                name = event.name
                own = codec_of_label(event.headers.get("content-type", "")) or codec


def _decoded(octets: bytes, codec: str | None) -> str:
    """Return a part's text: UTF-8, else by its charset, else with U+FFFD."""
    for charset in ("utf-8", codec):
        if charset is not None:
            try:
                return octets.decode(charset)
            except UnicodeError:
                pass
    return octets.decode("utf-8", "replace")
