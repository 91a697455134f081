"""Counts and records every request to a sandbox.

It is a WSGI layer around the Flask application. It chooses the fault, lets the system
answer where the fault allows that, and stores the request for ``GET
/_sandbox/requests``. The fault goes into the WSGI environment for ``fault_app.py``,
which makes it on the socket.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ivrhooks.sources.sandboxkit.faults import Fault, Faults, canned
from ivrhooks.sources.sandboxkit.store import Store
from ivrhooks.sources.sandboxkit.system import MAGIC_FAULT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FAULT = "ivrhooks.fault"
"""The key in the WSGI environment under which ``FaultApp`` finds the fault."""

MAX_BODY = 16 * 1024 * 1024

Headers = list[tuple[str, str]]


class Recorder:
    """The WSGI layer; wraps ``app.wsgi_app``."""

    def __init__(
        self,
        app: WSGIApplication,
        systems: Iterable[str],
        store: Store,
        faults: Faults,
        now: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._systems = frozenset(systems)
        self._store = store
        self._faults = faults
        self._now = now

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        system = str(environ.get("PATH_INFO", "")).split("/")[1:2]
        if not system or system[0] not in self._systems:
            return self._app(environ, start_response)
        at = self._now()
        body = _read_body(environ)
        fault = self._faults.take(system[0])
        if fault is not None and fault.alone:
            status, headers, answer = _fixed_answer(fault)
        else:
            status, headers, answer = self._ask(environ)
            fault = fault or environ.get(MAGIC_FAULT)
            if fault is not None and fault.alone:
                status, headers, answer = _fixed_answer(fault)
        environ[FAULT] = fault
        self._store.record(_request_record(environ, at, system[0], body, status, fault))
        start_response(status, headers)
        return [answer]

    def _ask(self, environ: WSGIEnvironment) -> tuple[str, Headers, bytes]:
        began: list[tuple[str, Headers]] = []

        def start_response(
            status: str, headers: Headers, exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            began[:] = [(status, headers)]
            return lambda data: None

        chunks = self._app(environ, start_response)
        try:
            answer = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return began[0][0], began[0][1], answer


def _fixed_answer(fault: Fault) -> tuple[str, Headers, bytes]:
    if fault.silent:
        return "503 No answer", [("Content-Length", "0")], b""
    status, kind, body = canned(fault)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    if status == 429:
        headers.append(("Retry-After", "30"))
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    return f"{status} {fault.name}", headers, body


def _read_body(environ: WSGIEnvironment) -> bytes:
    """Read the whole body, and put it back for the application."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if environ.get("wsgi.input_terminated"):
        length = MAX_BODY
    body = bytes(environ["wsgi.input"].read(min(length, MAX_BODY))) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _request_record(
    environ: WSGIEnvironment,
    at: datetime,
    system: str,
    body: bytes,
    status: str,
    fault: Fault | None,
) -> dict[str, Any]:
    sent = None if fault is not None and fault.silent else int(status.split()[0])
    return {
        "at": at.isoformat(timespec="milliseconds"),
        "system": system,
        "method": environ["REQUEST_METHOD"],
        "path": _text(environ, "PATH_INFO"),
        "query": _query(_text(environ, "QUERY_STRING")),
        "headers": _headers(environ),
        "body": body.decode("utf-8", "replace"),
        "status": sent,
    }


def _text(environ: WSGIEnvironment, name: str) -> str:
    """Return a WSGI text: WSGI decodes bytes as Latin-1, but those of a URL are
    UTF-8."""
    return str(environ.get(name, "")).encode("latin-1").decode("utf-8", "replace")


def _query(text: str) -> dict[str, Any]:
    """Return the query as a mapping; a repeated name has a list."""
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[name[5:].replace("_", "-").title()] = str(value)
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value not in ("", "0"):
            headers[name.replace("_", "-").title()] = str(value)
    return headers
