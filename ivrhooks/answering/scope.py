"""The names that templates can use while one data request is answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivrhooks.answering.trace_context import TraceContext

MAX_NOTES = 50
"""How many notes of one data request are kept; an expression in a loop must not fill
the log."""


class HeaderValues(dict[str, Any]):
    """Declared headers by lower-case name, read in any case: ``headers['X-Shop']``."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return dict.__getitem__(self, name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and dict.__contains__(self, name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of ``name``, in any case."""
        return dict.get(self, name.lower(), default)


class RequestScope:
    """``config.plan.Scope`` for one data request, filled as its lookups end.

    ``now``: None where no template of the plan reads it.
    """

    __slots__ = ("notes", "statuses", "tracing", "values")

    def __init__(
        self,
        inputs: Mapping[str, Any],
        headers: Mapping[str, Any],
        now: datetime | None,
        request_id: str,
        notes: list[str],
    ) -> None:
        self.notes = notes
        self.tracing: TraceContext | None = None
        self.statuses: dict[str, dict[str, str]] = {}
        self.values: dict[str, Any] = {
            "inputs": inputs,
            "headers": headers,
            "now": now,
            "request": {"id": request_id},
            "lookups": self.statuses,
        }

    def set_result(self, lookup: str, status: str, record: Any) -> None:
        """Make the result and status of an ended lookup readable."""
        self.values[lookup] = record
        self.statuses[lookup] = {"status": status}

    def note(self, text: str) -> None:
        """Add a line for log and trace, once."""
        if len(self.notes) < MAX_NOTES and text not in self.notes:
            self.notes.append(text)
