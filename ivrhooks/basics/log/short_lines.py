"""Log lines for a person at a terminal: one short line for each data request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from ivrhooks.basics.people.masking import mask_text

_WIDTH = 18  # of the endpoint's name, so that the rest is aligned in columns


class ShortFormatter(logging.Formatter):
    """Formats a log record as one short line.

    ``zone``: the time zone of the times; None for the machine's.
    """

    zone: tzinfo | None = None

    def to_bytes(self, fields: Mapping[str, Any]) -> bytes:
        """Return the line of fields that have no record, encoded for writing."""
        return short_line(fields, self.zone).encode("utf-8", "backslashreplace")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its line break, followed by those of an exception."""
        fields = getattr(record, "fields", None)
        if fields is not None:
            line = {"level": record.levelname.lower(), **fields}
            return short_line(line, self.zone)
        level = record.levelname.lower()
        mark = "" if level == "info" else f"{level}: "
        text = f"{_clock(self.zone)} {mark}{mask_text(_message(record))}"
        if record.exc_info:
            text += "\n" + mask_text(self.formatException(record.exc_info))
        return printable(text, keep="\n")


def short_line(fields: Mapping[str, Any], zone: tzinfo | None = None) -> str:
    """Return the line of a data request.

    It has the time, the endpoint, the masked caller, the status, the milliseconds, and
    which outputs were defaults and why.
    """
    if fields.get("event") != "data_request":
        rest = {name: fields[name] for name in fields if name not in ("time", "level")}
        return printable(f"{_clock(zone)} {fields.get('level', 'info')}: {rest}")
    callers = ", ".join((fields.get("callers") or {}).values())
    where = fields.get("endpoint") or f"{fields.get('method', '')} {fields.get('path')}"
    parts = [
        f"{_clock(zone)} {where:<{_WIDTH}} {callers or '-':<14} {fields['status']}",
        f"{fields['ms']:>6.0f} ms",
        *_remarks(fields),
    ]
    return printable("  ".join(parts))


def _remarks(fields: Mapping[str, Any]) -> list[str]:
    remarks = [fields["mode"]] if fields.get("mode") else []
    if fields.get("error"):
        why = fields.get("reason") or ", ".join(fields.get("fields") or ())
        remarks.append(f"refused: {fields['error']}" + (f": {why}" if why else ""))
    if fields.get("degraded"):
        remarks.append(f"degraded: {fields['degraded']}")
    by_reason: dict[str, list[str]] = {}
    for output, because in (fields.get("defaults") or {}).items():
        by_reason.setdefault(str(because).replace("_", " "), []).append(output)
    remarks += [
        f"default: {', '.join(names)} ({because})"
        for because, names in by_reason.items()
    ]
    if fields.get("warnings"):
        remarks.append(f"warning: {', '.join(fields['warnings'])}")
    return remarks


def printable(text: str, keep: str = "") -> str:
    """Return ``text`` with unprintable characters escaped, except those of ``keep``.

    The result cannot move a cursor or forge a line.
    """
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
    except (TypeError, ValueError):  # the arguments do not match the message
        return f"{record.msg} {record.args}"
