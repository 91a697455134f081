"""Carries a trace back to the console, in headers of the answer it describes.

So the body stays byte for byte what the IVR gets, and any worker may answer.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from ivrhooks.basics.loose_json import loose_json

NAME = "X-Ivrhooks-Trace"
PART = 4096
MAX_PARTS = 60
MAX_BYTES = 4 * 1024 * 1024

_TOO_LONG = "left out: too long to be shown here"


def pack(trace: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the headers that carry ``trace``: ``{"result", "detail"}``.

    Where it is too long, the results of the lookups are left out.
    """
    text = _encoded(trace)
    if len(text) > PART * MAX_PARTS:
        text = _encoded({**trace, "result": _without_results(trace["result"])})
    if len(text) > PART * MAX_PARTS:
        return ()
    parts = [text[at : at + PART] for at in range(0, len(text), PART)]
    return tuple((f"{NAME}-{number}", part) for number, part in enumerate(parts, 1))


def unpack(headers: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the headers of an answer (lower-case names) carry; None where they
    carry nothing readable."""
    parts: list[str] = []
    while (part := headers.get(f"{NAME.lower()}-{len(parts) + 1}")) is not None:
        parts.append(part)
    if not parts:
        return None
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b64decode("".join(parts)), MAX_BYTES)
        trace = orjson.loads(data)
    except (binascii.Error, zlib.error, ValueError):
        return None
    return trace if isinstance(trace, dict) else None


def _encoded(trace: Mapping[str, Any]) -> str:
    return base64.b64encode(zlib.compress(loose_json(trace))).decode()


def _without_results(result: Mapping[str, Any]) -> dict[str, Any]:
    steps = [{**step, "result": _TOO_LONG} for step in result["operations"]]
    return {**result, "operations": steps}
