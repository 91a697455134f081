"""Writes the YAML of a new file: readable lines whose values read back unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"true", "false", "null"})


def scalar(value: Any) -> str:
    """Return a value on one line: plain where it reads back as the same text, else as
    JSON."""
    if isinstance(value, str) and _is_plain(value):
        return value
    if isinstance(value, Mapping):
        inner = ", ".join(f"{scalar(str(k))}: {scalar(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(scalar, value))}]"
    return json.dumps(value, ensure_ascii=False)


def section(key: str, entries: Mapping[str, Any], indent: int = 0) -> list[str]:
    """Return a key with its entries below it; nothing where there are none."""
    if not entries:
        return []
    start = " " * indent
    lines = [f"{start}{scalar(key)}:"]
    return lines + [
        f"{start}  {scalar(name)}: {scalar(value)}" for name, value in entries.items()
    ]


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS
