"""Writes any value of a customer system as JSON that people look at.

The JSON for the IVR is written elsewhere, and strictly.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def loose_json(value: Any) -> bytes:
    """Return ``value`` as one line of JSON.

    Whole numbers of any size stay. A value that JSON does not have becomes a text. A
    lone surrogate becomes ``?``.
    """
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(value, default=str, ensure_ascii=False)
        return text.encode("utf-8", "replace")
