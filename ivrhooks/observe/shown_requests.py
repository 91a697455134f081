"""Shows a row of the journal in the console's list and in ``ivrhooks requests``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.people.personal import mask_as

SHOWN = (
    "id",
    "request_id",
    "endpoint",
    "server_kind",
    "method",
    "status",
    "peer",
    "code",
    "warnings",
    "degraded",
    "defaults",
    "config",
    "test",
    "lost",
)


_NUMBER = re.compile(r"\+?[0-9.-]{7,}")


def _shown_id(text: str) -> str:
    """Return the id of a data request, masked where a client sends a telephone number
    as one."""
    return mask_text(text) if _NUMBER.fullmatch(text) else text


def _masked(data: Any) -> Any:
    """Return a packed reason with people's data masked."""
    if isinstance(data, str):
        return mask_text(data)
    if isinstance(data, dict):
        return {name: _masked(value) for name, value in data.items()}
    return [_masked(item) for item in data] if isinstance(data, list) else data


def shown_request(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's fields, people's data masked.

    ``at`` (ISO 8601), ``path``, ``reason`` (in English), ``reasons`` (the same as keys
    and values, for any language), ``ms``, ``callers`` (numbers that came with it) and
    the fields of SHOWN.
    """
    moment = datetime.fromtimestamp(row["at"], UTC)
    return {
        **{name: row[name] for name in SHOWN},
        "at": moment.isoformat(timespec="milliseconds"),
        "request_id": _shown_id(row["request_id"]),
        "path": mask_text(row["path"]),
        "reason": mask_text("; ".join(map(str, row["reasons"]))),
        "reasons": [_masked(reason.packed()) for reason in row["reasons"]],
        "ms": round(row["ms"], 1),
        "callers": [mask_as("phone", text) for text in row["callers"]],
    }
