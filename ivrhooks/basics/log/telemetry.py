"""Telemetry: logs one JSON line for each data request, and all other log lines.

All lines go to standard error, also those of gunicorn and uvicorn. This module decides
what a line says about a data request; ``log_lines`` writes the lines.
"""

from __future__ import annotations

import logging
import logging.config
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol, TextIO

from ivrhooks.basics.log.log_lines import JsonFormatter, NonBlockingHandler, to_bytes
from ivrhooks.basics.log.short_lines import ShortFormatter
from ivrhooks.basics.people.masking import mask_phone, mask_text
from ivrhooks.basics.phone import PhoneNumber

DATA_REQUESTS = "ivrhooks.data_requests"
"""The name of the logger of data requests."""

_logger = logging.getLogger(DATA_REQUESTS)
_ours = (_logger, logging.getLogger("ivrhooks"))
_root = logging.getLogger()

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
    """What the log reads of a lookup (``answering.trace.LookupRun``)."""

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
    """What the log reads of a data request (``answering.trace.Trace``)."""

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
    def error_reason(self) -> object: ...
    @property
    def error_fields(self) -> Mapping[str, Sequence[object]]: ...


def log_data_request(trace: TraceLike | None, status: int) -> None:
    """Log the one line of a data request that has been answered or refused."""
    if trace is None:
        return
    unusual = trace.degraded or trace.error or trace.warnings
    if not unusual:
        lines = _info_lines.find()
        members = None if lines is None else quick_line(trace, status)
        if lines is not None and members is not None:
            lines.write_json("info", members)
            return
    level = logging.WARNING if unusual else logging.INFO
    if not _logger.isEnabledFor(level):
        return
    fields = describe_request(trace, status)
    if (lines := _only_handler()) is not None:
        lines.write_fields("warning" if unusual else "info", fields)
        return
    record = logging.LogRecord(_logger.name, level, "", 0, "data_request", None, None)
    record.fields = fields
    _logger.handle(record)


class _InfoLines:
    """Where the JSON lines of healthy data requests go. Levels and handlers are looked
    at again only where no line of the same iteration of the loop is waiting."""

    def __init__(self) -> None:
        self._lines: NonBlockingHandler | None = None

    def find(self) -> NonBlockingHandler | None:
        """Return the handler that can be called directly, else None."""
        lines = self._lines
        if lines is not None and lines.is_collecting():
            return lines
        lines = _only_handler() if _logger.isEnabledFor(logging.INFO) else None
        self._lines = lines if lines is not None and lines.writes_json else None
        return self._lines


_info_lines = _InfoLines()


def _only_handler() -> NonBlockingHandler | None:
    """Return the handler of our lines if this logger has no other, else None.

    That handler is then called directly: making a record and passing it to all
    handlers costs as much as the rest of the line.
    """
    for logger in _ours:
        if logger.handlers or not logger.propagate:
            return None
    only = _root.handlers[0] if len(_root.handlers) == 1 else None
    return only if type(only) is NonBlockingHandler else None


def describe_request(trace: TraceLike, status: int) -> dict[str, Any]:
    """Return the fields of the line of a data request, without empty ones."""
    fields: dict[str, Any] = {
        "event": "data_request",
        "request_id": trace.request_id,
        "endpoint": trace.endpoint,
        "status": status,
        "ms": _milliseconds(trace.started, trace.ended),
    }
    _add_caller(fields, trace)
    if trace.mode != "real":
        fields["mode"] = trace.mode
    if trace.lookups:
        fields["lookups"] = [_lookup(run) for run in trace.lookups]
    if trace.defaults or trace.error or trace.notes or trace.warnings:
        fields.update(_unusual(trace))
    return fields


def _add_caller(fields: dict[str, Any], trace: TraceLike) -> None:
    """Add the request, its callers, and whether it was answered with defaults."""
    if trace.method:
        fields["method"] = trace.method
    if trace.path:
        fields["path"] = trace.path
    if trace.peer:
        fields["peer"] = trace.peer
    for name, value in trace.inputs.items():
        if isinstance(value, PhoneNumber):
            fields.setdefault("callers", {})[name] = mask_phone(value)
    if trace.degraded:
        fields["degraded"] = trace.degraded


def _unusual(trace: TraceLike) -> dict[str, Any]:
    """Return the fields that a healthy data request does not have.

    The defaults of a refused data request are omitted: all its outputs are defaults.
    """
    fields: dict[str, Any] = {
        "defaults": {} if trace.error else dict(trace.defaults),
        "warnings": list(trace.warnings),
        "notes": [mask_text(note) for note in trace.notes],
        "error": trace.error,
        "reason": mask_text(_reason(trace)) if trace.error else "",
        "fields": list(trace.error_fields),
    }
    return {name: value for name, value in fields.items() if value}


def _reason(trace: TraceLike) -> str:
    """Return why a data request was refused, as its caller and the console read it."""
    problems = trace.error_fields.items()
    reasons = [f"{name}: {', '.join(map(str, texts))}" for name, texts in problems]
    return "; ".join(reasons) or str(trace.error_reason or "")


def quick_line(trace: TraceLike, status: int) -> str | None:
    """Return the fields of a healthy data request as members of a JSON object.

    They are those of ``describe_request``, in ASCII. None where a text would need
    escaping, or where the trace has notes, no method or no peer.
    """
    request_id = trace.request_id
    if trace.notes or _plain_text(request_id) is None:
        return None
    endpoint, request_members, mode = _names(
        trace.endpoint, trace.method, trace.path, trace.peer, trace.mode
    )
    callers = _quick_callers(trace.inputs)
    lookups = _quick_lookups(trace.lookups) if trace.lookups else ""
    defaults = trace.defaults
    default_members = _quick_defaults(tuple(defaults.items())) if defaults else ""
    if None in (endpoint, callers, lookups, default_members):
        return None
    ms = (trace.ended - trace.started) * 1000
    return (
        f'"event":"data_request","request_id":"{request_id}",{endpoint},'
        f'"status":{status},"ms":{ms:.2f},{request_members}'
        f"{callers}{mode}{lookups}{default_members}"
    )


_plain_text = re.compile(r"[ !#-\[\]-~]*").fullmatch


def _is_plain(text: str) -> bool:
    """Return whether a text needs no escaping in JSON and on a terminal."""
    return _plain_text(text) is not None


def _quick_callers(inputs: Mapping[str, Any]) -> str | None:
    members = ""
    for name, value in inputs.items():
        if type(value) is PhoneNumber:
            caller = mask_phone(value)
            if not (_is_plain(name) and _is_plain(caller)):
                return None
            members = f'{members},"{name}":"{caller}"'
    return f',"callers":{{{members[1:]}}}' if members else ""


def _quick_lookups(runs: Sequence[LookupLike]) -> str | None:
    members = ""
    for run in runs:
        name, rest = _lookup_names(run.name, run.source)
        ms, age = (run.ended - run.started) * 1000, run.age
        if name is None:
            return None
        if age is not None:
            rest = f'{rest},"age_s":{age:.1f}'
        if run.message:
            message = mask_text(run.message)
            if not _is_plain(message):
                return None
            rest = f'{rest},"message":"{message}"'
        members = f'{members},{name},"status":"{run.status}","ms":{ms:.2f}{rest}}}'
    return f',"lookups":[{members[1:]}]'


@lru_cache(maxsize=4096)
def _quick_defaults(defaults: tuple[tuple[str, str], ...]) -> str | None:
    if not all(map(_is_plain, chain.from_iterable(defaults))):
        return None
    members = ",".join([f'"{name}":"{because}"' for name, because in defaults])
    return f',"defaults":{{{members}}}'


@lru_cache(maxsize=4096)
def _names(
    endpoint: str, method: str, path: str, peer: str, mode: str
) -> tuple[str | None, str, str]:
    """Return the members that are the same in each line of an endpoint and a peer."""
    if not (method and peer and _is_plain(endpoint + method + path + peer + mode)):
        return None, "", ""
    request_members = f'"method":"{method}"'
    if path:
        request_members += f',"path":"{path}"'
    request_members += f',"peer":"{peer}"'
    mode_member = "" if mode == "real" else f',"mode":"{mode}"'
    return f'"endpoint":"{endpoint}"', request_members, mode_member


@lru_cache(maxsize=4096)
def _lookup_names(name: str, source: str) -> tuple[str | None, str]:
    if not _is_plain(name + source):
        return None, ""
    return f'{{"name":"{name}"', f',"source":"{source}"' if source else ""


def _lookup(run: LookupLike) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": run.name,
        "status": run.status,
        "ms": _milliseconds(run.started, run.ended),
    }
    if run.source:
        line["source"] = run.source
    if (age := run.age) is not None:
        line["age_s"] = round(age, 1)
    if run.message:
        line["message"] = mask_text(run.message)
    return line


def _milliseconds(started: float, ended: float) -> float:
    return round((ended - started) * 1000, 2) if ended > started else 0.0


# -------------------------------------------------------------- configuration


FORM_VARIABLE = "IVRHOOKS_LOG"
FORMS = ("auto", "short", "json")
"""The forms of log lines: ``auto`` is short on a terminal and JSON elsewhere."""


def logging_config(level: str = "INFO", *, short: bool = False) -> dict[str, Any]:
    """Return the ``logging.config`` mapping of all lines, also those of the servers."""
    ours = {"handlers": ["lines"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}, "short": {"()": ShortFormatter}},
        "handlers": {
            "lines": {
                "()": NonBlockingHandler,
                "formatter": "short" if short else "json",
                "to_bytes": to_bytes,
            }
        },
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {name: {**ours, "level": _level(name, level)} for name in _SERVERS},
    }


def _level(server: str, level: str) -> str:
    """Return the level of a server's logger.

    At INFO uvicorn logs each step of a worker's start and end. Its loggers are
    therefore set to WARNING, unless another level than INFO was chosen.
    """
    return "WARNING" if level == "INFO" and server.startswith("uvicorn") else level


def show_times_in(zone: tzinfo) -> None:
    """Make short lines show times in ``zone`` from now on; JSON lines use UTC."""
    for lines in _short_formatters():
        lines.zone = zone


def _short_formatters() -> list[ShortFormatter]:
    formatters = (handler.formatter for handler in _root.handlers)
    return [
        formatter for formatter in formatters if isinstance(formatter, ShortFormatter)
    ]


def configure_logging(level: str | int = "INFO", stream: TextIO | None = None) -> None:
    """Send all log lines of this process to ``stream``, by default standard error.

    Lines are short if the stream is a terminal and JSON otherwise. The environment
    variable IVRHOOKS_LOG overrides this.
    """
    name = level if isinstance(level, str) else logging.getLevelName(level)
    form = os.environ.get(FORM_VARIABLE, "auto")
    terminal = (stream or sys.stderr).isatty()
    short = form == "short" or (form != "json" and terminal)
    config = logging_config(name.upper(), short=short)
    if stream is not None:
        config["handlers"]["lines"]["stream"] = stream
    zone = next((formatter.zone for formatter in _short_formatters()), None)
    logging.config.dictConfig(config)
    for handler in _root.handlers:
        lines = handler.formatter
        if isinstance(handler, NonBlockingHandler) and isinstance(
            lines, ShortFormatter
        ):
            handler.to_bytes = lines.to_bytes
    if zone is not None:
        show_times_in(zone)
    logging.captureWarnings(True)
