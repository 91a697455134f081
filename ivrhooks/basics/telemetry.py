"""Telemetry: one JSON line for each data request, and every other log line beside it.

All lines go to standard error, one object a line, telephone numbers masked and control
characters escaped, those of gunicorn and uvicorn too. A reader of that stream who is
slow holds up no call: lines wait in a bounded queue and are dropped, and counted, when
it is full.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import select
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

import orjson

from ivrhooks.basics.masking import mask_phone, mask_text
from ivrhooks.basics.phone import PhoneNumber

DATA_REQUESTS = "ivrhooks.data_requests"
"""The logger of the lines about data requests."""

MOST_WAITING = 2000
"""Lines kept for a slow reader of the log."""

_ATOMIC = 4096  # bytes that a pipe which is ready takes without waiting
_NAUGHTY = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SERVERS = (
    "gunicorn.error",
    "gunicorn.access",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "werkzeug",
)


# ------------------------------------------------------------------ log lines


class LookupLike(Protocol):
    """What the log says of a lookup (``answering.trace.LookupRun``)."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def started(self) -> float: ...
    @property
    def ended(self) -> float: ...
    @property
    def message(self) -> str: ...
    @property
    def age(self) -> float | None: ...


class TraceLike(Protocol):
    """What the log says of a data request (``answering.trace.Trace``)."""

    @property
    def endpoint(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def peer(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def started(self) -> float: ...
    @property
    def ended(self) -> float: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def lookups(self) -> Sequence[LookupLike]: ...
    @property
    def defaults(self) -> Mapping[str, str]: ...
    @property
    def degraded(self) -> str: ...
    @property
    def warnings(self) -> Sequence[str]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def error(self) -> str: ...
    @property
    def error_fields(self) -> Mapping[str, Sequence[str]]: ...


def log_data_request(trace: TraceLike | None, status: int) -> None:
    """The one line about a data request that has been answered or refused."""
    if trace is None:
        return
    logger = logging.getLogger(DATA_REQUESTS)
    unusual = trace.degraded or trace.error or trace.warnings
    level = logging.WARNING if unusual else logging.INFO
    if not logger.isEnabledFor(level):
        return
    record = logging.LogRecord(logger.name, level, "", 0, "data_request", None, None)
    record.fields = describe_request(trace, status)
    logger.handle(record)


def describe_request(trace: TraceLike, status: int) -> dict[str, Any]:
    """The fields of that line; what is empty is left out."""
    fields: dict[str, Any] = {
        "event": "data_request",
        "request_id": trace.request_id,
        "endpoint": trace.endpoint,
        "status": status,
        "ms": _milliseconds(trace.started, trace.ended),
        "method": trace.method,
        "path": trace.path,
        "peer": trace.peer,
        "mode": "" if trace.mode == "real" else trace.mode,
        "callers": _callers(trace.inputs),
        "lookups": [_lookup(run) for run in trace.lookups],
        "defaults": {} if trace.error else dict(trace.defaults),  # refused: all are
        "degraded": trace.degraded,
        "warnings": list(trace.warnings),
        "notes": [mask_text(note) for note in trace.notes],
        "error": trace.error,
        "fields": list(trace.error_fields),
    }
    return {name: value for name, value in fields.items() if value not in ("", [], {})}


def _callers(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: mask_phone(value)
        for name, value in inputs.items()
        if isinstance(value, PhoneNumber)
    }


def _lookup(run: LookupLike) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": run.name,
        "status": run.status,
        "ms": _milliseconds(run.started, run.ended),
    }
    if run.source:
        line["source"] = run.source
    if run.age is not None:
        line["age_s"] = round(run.age, 1)
    if run.message:
        line["message"] = mask_text(run.message)
    return line


def _milliseconds(started: float, ended: float) -> float:
    return round(max(0.0, ended - started) * 1000, 2)


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is not None:
            line.update(fields)
        else:
            line["logger"] = record.name
            line["message"] = mask_text(_message(record))
        if record.exc_info:
            line["exception"] = mask_text(self.formatException(record.exc_info))
        return to_line(line)


def to_line(fields: Mapping[str, Any]) -> str:
    """``fields`` as JSON on one line, safe to show on a terminal."""
    try:
        text = orjson.dumps(fields, default=str).decode()
    except (TypeError, ValueError):  # a lone surrogate, an int of more than 64 bits
        text = json.dumps(fields, default=str)
    return _NAUGHTY.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit: say what there is
        return f"{record.msg} {record.args}"


# ------------------------------------------------------------------ the stream


class PatientHandler(logging.Handler):
    """Writes lines to a stream without ever waiting for who reads it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self.stream = stream if stream is not None else sys.stderr
        self.dropped = 0
        self._waiting: deque[bytes] = deque()
        self._poll: select.poll | None = None
        try:
            self._descriptor = self.stream.fileno()
        except (OSError, ValueError, AttributeError):
            return  # a stream in memory
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        """One line, now or when the stream takes it; dropped where too many wait."""
        try:
            line = self.format(record) + "\n"
            if self._poll is None:
                self.stream.write(line)
                self.stream.flush()
                return
            self._queue(line.encode("utf-8", "backslashreplace"))
            self._drain(0)
        except Exception:
            self.handleError(record)

    def _queue(self, line: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        if self.dropped and not self._waiting:
            lost = {"event": "log_lines_dropped", "count": self.dropped}
            self._waiting.append(to_line({"level": "warning", **lost}).encode() + b"\n")
            self.dropped = 0
        self._waiting.extend(
            line[start : start + _ATOMIC] for start in range(0, len(line), _ATOMIC)
        )

    def _drain(self, patience: int) -> None:
        """Writes what waits for as long as the stream is ready within ``patience``
        milliseconds for each piece."""
        while self._waiting and self._poll is not None and self._poll.poll(patience):
            piece = self._waiting.popleft()
            written = os.write(self._descriptor, piece)
            if written < len(piece):
                self._waiting.appendleft(piece[written:])

    def flush(self) -> None:
        """Writes what waits, with a little patience: called when the process ends."""
        if self.lock is None:
            return
        with self.lock:
            try:
                self._drain(100)
            except OSError:
                self._waiting.clear()

    def handleError(self, record: logging.LogRecord) -> None:
        """A log that cannot be written stops nothing."""
        self._waiting.clear()


def logging_config(level: str = "INFO") -> dict[str, Any]:
    """The ``logging.config`` mapping of all lines, the servers' own among them."""
    ours = {"handlers": ["lines"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"lines": {"()": PatientHandler, "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {name: dict(ours) for name in _SERVERS},
    }


def configure_logging(level: str | int = "INFO", stream: TextIO | None = None) -> None:
    """All log lines of this process as JSON to ``stream`` (standard error)."""
    name = level if isinstance(level, str) else logging.getLevelName(level)
    config = logging_config(name.upper())
    if stream is not None:
        config["handlers"]["lines"]["stream"] = stream
    logging.config.dictConfig(config)
    logging.captureWarnings(True)
