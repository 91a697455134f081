"""JSON of whatever a customer system sent, for people to look at: it always succeeds.

What the IVR gets is written elsewhere, and strictly.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def loose_json(value: Any) -> bytes:
    """``value`` on one line. Whole numbers of any size stay; what is no JSON becomes
    text; a lone surrogate becomes ``?``."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(value, default=str, ensure_ascii=False)
        return text.encode("utf-8", "replace")
