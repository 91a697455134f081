"""Decides which request of which system fails, and how.

``fault_app.py`` makes the fault. It comes before the system looks at the request, its
credentials included: a fault imitates the network and the machine, not the vendor's
rules.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

NAMES = (
    *("refuse", "hang", "slow", "drip", "reset", "truncate"),
    *("500", "503", "429", "401"),
    *("html", "bad_json", "wrong_shape", "huge", "empty"),
)
SLOW_MS = 1500
DRIP_MS = 100

Answer = tuple[int, str, bytes]
"""Status, content type and body."""

_JSON = "application/json"
_HUGE = b'{"filler": "' + b"x" * (50 * 1024 * 1024) + b'"}'


class FaultError(ValueError):
    """A fault that cannot be set; says what to write."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One setting: good requests before it (``after``), its requests (``count``, None =
    until DELETE), and ``ms`` where a fault has a duration."""

    name: str
    after: int = 0
    count: int | None = None
    ms: int | None = None

    @property
    def alone(self) -> bool:
        """Whether it needs no answer of the system."""
        return self.name not in {"slow", "drip", "reset", "truncate"}

    @property
    def silent(self) -> bool:
        """Whether the client gets no byte at all."""
        return self.name in {"refuse", "hang"}

    @property
    def seconds(self) -> float:
        """The wait before a slow answer, or between two bytes of a dripping one."""
        default = DRIP_MS if self.name == "drip" else SLOW_MS
        return (default if self.ms is None else self.ms) / 1000

    def to_json(self) -> dict[str, Any]:
        """Return what ``GET /_sandbox/faults`` shows."""
        shown: dict[str, Any] = {"fault": self.name, "after": self.after}
        if self.count is not None:
            shown["count"] = self.count
        if self.ms is not None:
            shown["ms"] = self.ms
        return shown


_CANNED: Mapping[str, Callable[[], Answer]] = MappingProxyType(
    {
        "500": lambda: (500, _JSON, b'{"error": "Internal Server Error"}'),
        "503": lambda: (503, _JSON, b'{"error": "Service Unavailable"}'),
        "429": lambda: (429, _JSON, b'{"error": "Too Many Requests"}'),
        "401": lambda: (401, _JSON, b'{"error": "Unauthorized"}'),
        "html": lambda: (
            200,
            "text/html; charset=utf-8",
            b"<!doctype html>\n<html><body><h1>Maintenance</h1></body></html>\n",
        ),
        "bad_json": lambda: (200, _JSON, b'{"ret_code": "000000", "item": {"id": '),
        "wrong_shape": lambda: (200, _JSON, b'["not what you asked for", 42, [true]]'),
        "huge": lambda: (200, _JSON, _HUGE),
        "empty": lambda: (200, _JSON, b""),
    }
)


def canned(fault: Fault) -> Answer:
    """Return the answer of a fault that is an answer of its own."""
    return _CANNED[fault.name]()


class Faults:
    """The faults of all systems. Thread-safe."""

    def __init__(self, systems: Collection[str]) -> None:
        self._systems = tuple(systems)
        self._lock = threading.Lock()
        self._dials: dict[str, Fault] = {}

    def put(self, body: object) -> None:
        """Set the fault of each system named; null removes it, an empty mapping all of
        them.

        Raises FaultError and then changes nothing.
        """
        if not isinstance(body, Mapping):
            raise FaultError('write {"<system>": {"fault": "<name>"}}')
        dials = {name: self._read(name, value) for name, value in body.items()}
        with self._lock:
            if not dials:
                self._dials = {}
            for system, fault in dials.items():
                self._dials.pop(system, None)
                if fault is not None:
                    self._dials[system] = fault

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._dials = {}

    def take(self, system: str) -> Fault | None:
        """Return the fault for a new request of ``system``, and count it."""
        with self._lock:
            fault = self._dials.get(system)
            if fault is None:
                return None
            if fault.after > 0:
                self._dials[system] = replace(fault, after=fault.after - 1)
                return None
            if fault.count is not None:
                self._dials[system] = replace(fault, count=fault.count - 1)
                if fault.count <= 1:
                    del self._dials[system]
            return fault

    def to_json(self) -> dict[str, Any]:
        """Return the remaining faults by system."""
        with self._lock:
            return {name: fault.to_json() for name, fault in self._dials.items()}

    def _read(self, system: str, value: object) -> Fault | None:
        if system not in self._systems:
            known = ", ".join(self._systems)
            raise FaultError(f"there is no system {system!r}; there are {known}")
        if value is None:
            return None
        if not isinstance(value, Mapping):
            value = {"fault": value}
        unknown = sorted(set(value) - {"fault", "after", "count", "ms"})
        if unknown:
            raise FaultError(
                f"{system}: no key {unknown[0]!r}: fault, after, count, ms"
            )
        return Fault(
            _name(system, value.get("fault")),
            _number(system, value, "after", 0) or 0,
            _number(system, value, "count", 1),
            _number(system, value, "ms", 0),
        )


def _name(system: str, value: object) -> str:
    name = str(value)
    if name in NAMES:
        return name
    near = difflib.get_close_matches(name, NAMES, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(NAMES)}"
    raise FaultError(f"{system}: there is no fault {name!r}; {hint}")


def _number(system: str, dial: Mapping[str, Any], key: str, least: int) -> int | None:
    value = dial.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise FaultError(f"{system}: {key} must be a whole number from {least} up")
    return value
