"""Encrypts an entry in two parts: what lists show, and the rest.

Both are JSON and bytes, compressed and encrypted. The columns beside them (time,
endpoint, status, milliseconds) say nothing about a person.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.journal.entry import (
    MAX_ANSWERS,
    MAX_BODY,
    MAX_HEAD,
    MAX_TRACE,
    Entry,
)
from ivrhooks.languages.catalogue import because, unpacked
from ivrhooks.store.cipher import CannotDecrypt, Cipher

LIST, WHOLE = "journal list", "journal entry"
"""The encryption purpose of each part."""

_LENGTHS = struct.Struct(">II")
_PART = b"\n"
"""Separates what a replay needs from the larger part that people look at. JSON on one
line does not contain it."""
_CHUNK = 4096
_LEVEL = 1  # fast: it runs beside the answers
_MAX_TEXT = 2048
_MAX_REASONS = 32


def seal_list(entry: Entry, cipher: Cipher) -> bytes:
    """Encrypt the part that lists show and that identifies a caller."""
    fields = {
        "request_id": _text(entry.request_id),
        "path": _text(entry.path),
        "peer": _text(entry.peer),
        "reasons": [
            _bounded(reason.packed()) for reason in entry.reasons[:_MAX_REASONS]
        ],
        "warnings": list(entry.warnings),
        "defaults": dict(entry.defaults),
        "people": sorted(entry.people),
        "callers": list(entry.callers),
    }
    return cipher.encrypt(loose_json(fields), LIST)


def open_list(data: bytes, cipher: Cipher) -> dict[str, Any]:
    """Return what ``seal_list`` was given. Raises CannotDecrypt."""
    fields: dict[str, Any] = orjson.loads(cipher.decrypt(data, LIST))
    fields["people"] = [(str(kind), str(text)) for kind, text in fields["people"]]
    fields["reasons"] = [unpacked(packed) for packed in fields.get("reasons", ())]
    old_reason = fields.pop("reason", "")  # of an entry of an earlier version
    if old_reason:
        fields["reasons"] = [because("as_said", text=old_reason)]
    return fields


def seal_full(entry: Entry, cipher: Cipher) -> bytes:
    """Encrypt what was sent, what was answered and why, within the size limits."""
    head, body = entry.head[:MAX_HEAD], entry.body[:MAX_BODY]
    replayed = {
        "answers": _answers(entry),
        "outputs": dict(entry.outputs),
        "now": entry.now,
        "lookups": None if entry.lookups is None else list(entry.lookups),
    }
    shown = {"trace": _trace(entry), "deadline_ms": entry.deadline_ms}
    lengths = _LENGTHS.pack(len(head), len(body))
    packed = lengths + head + body + loose_json(replayed) + _PART + loose_json(shown)
    return cipher.encrypt(zlib.compress(packed, _LEVEL), WHOLE)


def open_full(data: bytes, cipher: Cipher) -> dict[str, Any]:
    """Return ``head``, ``body``, ``trace``, ``detail``, ``answers``, ``outputs``,
    ``now``, ``lookups`` and ``deadline_ms``. Raises CannotDecrypt."""
    try:
        packed = zlib.decompress(cipher.decrypt(data, WHOLE))
    except zlib.error as problem:
        raise CannotDecrypt("it is damaged") from problem
    sent, rest = _split_sent(packed)
    # an entry of an earlier version has a single part
    made = {**_load(rest.partition(_PART)[0]), **_load(rest.partition(_PART)[2])}
    trace, detail = made.get("trace") or (None, {})
    return {
        **sent,
        **_replayed(made),
        "trace": trace,
        "detail": detail,
        "deadline_ms": made.get("deadline_ms", 0.0),
    }


def open_replayed(data: bytes, cipher: Cipher) -> dict[str, Any]:
    """Return what a replay needs: all but ``trace``, ``detail`` and ``deadline_ms``,
    which is much faster.

    Raises CannotDecrypt.
    """
    unpacking = zlib.decompressobj()
    try:
        packed = unpacking.decompress(cipher.decrypt(data, WHOLE), _CHUNK)
        while True:
            sent, rest = _split_sent(packed)
            first, end, _ = rest.partition(_PART)
            more = unpacking.decompress(unpacking.unconsumed_tail, len(packed))
            if end or not more:
                return {**sent, **_replayed(_load(first))}
            packed += more
    except (zlib.error, struct.error) as problem:
        raise CannotDecrypt("it is damaged") from problem


def _split_sent(packed: bytes) -> tuple[dict[str, bytes], bytes]:
    """Return what was sent, and the bytes after it."""
    head, body = _LENGTHS.unpack_from(packed)
    start = _LENGTHS.size
    sent = {
        "head": packed[start : start + head],
        "body": packed[start + head : start + head + body],
    }
    return sent, packed[start + head + body :]


def _replayed(made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "answers": made.get("answers", []),
        "outputs": made.get("outputs", {}),
        "now": made.get("now", 0.0),
        "lookups": made.get("lookups"),
    }


def _load(data: bytes) -> Mapping[str, Any]:
    try:
        made: Mapping[str, Any] = orjson.loads(data)
    except ValueError:  # none, or a customer system sent JSON that cannot be written
        return {}
    return made


def _text(value: str) -> str:
    """Return a text of bounded length without lone surrogates."""
    return value[:_MAX_TEXT].encode("utf-8", "replace").decode()


def _bounded(data: Any) -> Any:
    """Return the packed value with bounded texts."""
    if isinstance(data, str):
        return _text(data)
    if isinstance(data, dict):
        return {name: _bounded(value) for name, value in data.items()}
    return [_bounded(item) for item in data] if isinstance(data, list) else data


def _trace(entry: Entry) -> list[Any] | None:
    """Return trace and detail.

    Where they are too long, they come without the lookups' results, then without the
    detail.
    """
    if entry.trace is None:
        return None
    steps = [
        {**step, "result": "left out: too long"}
        for step in entry.trace.get("operations", ())
    ]
    cut = {**entry.trace, "operations": steps}
    for kept in ([entry.trace, entry.detail], [cut, entry.detail], [cut, {}]):
        if len(loose_json(kept)) <= MAX_TRACE:
            return kept
    return None


def _answers(entry: Entry) -> list[Mapping[str, Any]]:
    answers = list(entry.answers)
    if not answers or len(loose_json(answers)) <= MAX_ANSWERS:
        return answers
    return [{**answer, "record": None, "cut": True} for answer in answers]
