"""Log lines for a person at a terminal: short, and one a data request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from ivrhooks.basics.people.masking import mask_text

_WIDTH = 18  # of the endpoint's name, so that what follows stands in columns


class ShortFormatter(logging.Formatter):
    """A log record as one short line. ``zone``: that of the times; None is the
    machine's."""

    zone: tzinfo | None = None

    def to_bytes(self, fields: Mapping[str, Any]) -> bytes:
        """The line of fields without a record, as it is written."""
        return short_line(fields, self.zone).encode("utf-8", "backslashreplace")

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; an exception's lines follow."""
        fields = getattr(record, "fields", None)
        if fields is not None:
            told = {"level": record.levelname.lower(), **fields}
            return short_line(told, self.zone)
        level = record.levelname.lower()
        mark = "" if level == "info" else f"{level}: "
        text = f"{_clock(self.zone)} {mark}{mask_text(_message(record))}"
        if record.exc_info:
            text += "\n" + mask_text(self.formatException(record.exc_info))
        return printable(text, keep="\n")


def short_line(fields: Mapping[str, Any], zone: tzinfo | None = None) -> str:
    """The line of a data request: time, endpoint, caller masked, status, milliseconds,
    and what was a default and why."""
    if fields.get("event") != "data_request":
        told = {name: fields[name] for name in fields if name not in ("time", "level")}
        return printable(f"{_clock(zone)} {fields.get('level', 'info')}: {told}")
    callers = ", ".join((fields.get("callers") or {}).values())
    where = fields.get("endpoint") or f"{fields.get('method', '')} {fields.get('path')}"
    parts = [
        f"{_clock(zone)} {where:<{_WIDTH}} {callers or '-':<14} {fields['status']}",
        f"{fields['ms']:>6.0f} ms",
        *_remarks(fields),
    ]
    return printable("  ".join(parts))


def _remarks(fields: Mapping[str, Any]) -> list[str]:
    said = [fields["mode"]] if fields.get("mode") else []
    if fields.get("error"):
        why = fields.get("reason") or ", ".join(fields.get("fields") or ())
        said.append(f"refused: {fields['error']}" + (f": {why}" if why else ""))
    if fields.get("degraded"):
        said.append(f"degraded: {fields['degraded']}")
    by_reason: dict[str, list[str]] = {}
    for output, because in (fields.get("defaults") or {}).items():
        by_reason.setdefault(str(because).replace("_", " "), []).append(output)
    said += [
        f"default: {', '.join(names)} ({because})"
        for because, names in by_reason.items()
    ]
    if fields.get("warnings"):
        said.append(f"warning: {', '.join(fields['warnings'])}")
    return said


def printable(text: str, keep: str = "") -> str:
    """``text`` with nothing in it that moves a cursor or forges a line."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in keep else f"\\u{ord(letter):04x}"
        for letter in text
    )


def _clock(zone: tzinfo | None) -> str:
    return datetime.now(UTC).astimezone(zone).strftime("%H:%M:%S")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit: say what there is
        return f"{record.msg} {record.args}"
