"""Writes log records as lines of JSON to a stream whose reader may be slow.

Telephone numbers are masked. Control characters are escaped, so that nobody can forge
a line. In a process with an event loop the lines of one iteration are written
together at its end. A slow reader delays no call: lines wait in a bounded queue. Once
the queue is full, lines are dropped and counted.
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import stat
import sys
import time
from asyncio import AbstractEventLoop, _get_running_loop
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from threading import get_ident
from typing import Any, TextIO

import orjson

from ivrhooks.basics.people.masking import mask_text

MAX_WAITING = 2000
"""How many lines are kept for a slow reader of the log."""

MAX_PER_ITERATION = 500
"""How many lines are kept until the end of an iteration of the event loop."""

_ATOMIC = 4096  # bytes that a ready pipe accepts without blocking
_NAUGHTY = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class JsonFormatter(logging.Formatter):
    """Formats a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its line break."""
        line: dict[str, Any] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is not None:
            line.update(fields)
        else:
            # gunicorn and uvicorn use the logger `error` for all but access lines
            line["logger"] = record.name.removesuffix(".error")
            line["message"] = mask_text(_message(record))
        if record.exc_info:
            line["exception"] = mask_text(self.formatException(record.exc_info))
        return to_line(line)


def to_line(fields: Mapping[str, Any]) -> str:
    """Return ``fields`` as one line of JSON that is safe to show on a terminal."""
    return to_bytes(fields).decode()


def to_bytes(fields: Mapping[str, Any]) -> bytes:
    """Return the line of ``to_line`` in UTF-8, without its line break."""
    try:
        line = orjson.dumps(fields, default=str)
    except (TypeError, ValueError):  # a lone surrogate, an int of more than 64 bits
        line = json.dumps(fields, default=str).encode()
    if line.isascii() and b"\x7f" not in line:  # JSON escapes characters below U+0020
        return line
    text = line.decode()
    return _NAUGHTY.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def _moment(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}+00:00"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # the arguments do not match the message
        return f"{record.msg} {record.args}"


_json_bytes = to_bytes


class NonBlockingHandler(logging.Handler):
    """Writes lines to a stream without ever waiting for its reader.

    ``to_bytes`` makes a line of fields. ``writes_json``: whether that line is JSON.
    ``before_lines`` is called before the lines of an iteration of the loop are written.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        to_bytes: Callable[[Mapping[str, Any]], bytes] = to_bytes,
    ) -> None:
        super().__init__()
        self.stream = stream if stream is not None else sys.stderr
        self.to_bytes = to_bytes
        self.writes_json = to_bytes is _json_bytes
        self.before_lines: Callable[[], None] | None = None
        self.dropped = 0
        self._waiting: deque[bytes] = deque()
        self.collected: list[bytes] = []  # in this iteration of the loop
        self._loop: AbstractEventLoop | None = None
        self._thread = 0  # the thread that the event loop runs in
        self._milliseconds, self._now = -1, ""
        self._poll: select.poll | None = None
        self._is_file = False  # a file is always ready
        try:
            self._descriptor = self.stream.fileno()
        except (OSError, ValueError, AttributeError):
            return  # a stream in memory
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)
        self._is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, now or when the stream is ready; drop it if too many wait."""
        try:
            self._put(self.format(record).encode("utf-8", "backslashreplace"))
        except Exception:
            self._discard_queue()

    def write_fields(self, level: str, fields: Mapping[str, Any]) -> None:
        """Write the line of a record with this level and fields, without a record."""
        if self.lock is None:
            return
        with self.lock:
            try:
                now = time.time()  # noqa: TID251 - of the day, no duration
                line = {"time": _moment(now), "level": level, **fields}
                self._put(self.to_bytes(line))
            except Exception:
                self._discard_queue()

    def write_json(self, level: str, members: str) -> None:
        """Write the same line of JSON, given the members after the level as ASCII."""
        if self.lock is None:
            return
        with self.lock:
            try:
                now = time.time()  # noqa: TID251 - of the day, no duration
                if (milliseconds := int(now * 1000)) != self._milliseconds:
                    self._milliseconds, self._now = milliseconds, _moment(now)
                line = f'{{"time":"{self._now}","level":"{level}",{members}}}'
                self._put(line.encode("ascii"))
            except Exception:
                self._discard_queue()

    def _put(self, line: bytes) -> None:
        collected = self.collected
        if self.is_collecting() and len(collected) < MAX_PER_ITERATION - 1:
            collected.append(line)
            return
        if self._poll is None:
            self.stream.write(line.decode() + "\n")
            self.stream.flush()
            return
        loop = _get_running_loop()  # costs a system call
        if loop is None:
            self._flush_iteration()
            self._send(line + b"\n")
            return
        if loop is not self._loop or not self.collected:
            self._loop, self._thread = loop, get_ident()
            loop.call_soon(self._on_iteration_end)
        self.collected.append(line)
        if len(self.collected) >= MAX_PER_ITERATION:
            self._flush_iteration()

    def is_collecting(self) -> bool:
        """Return whether lines wait for the end of the iteration of the loop that runs
        in this thread."""
        loop = self._loop
        return (
            len(self.collected) > 0
            and get_ident() == self._thread
            and loop is not None
            and not loop.is_closed()
        )

    def _on_iteration_end(self) -> None:
        """Send the waiting lines; called at the end of an iteration of the loop."""
        if self.before_lines is not None:
            self.before_lines()
        if self.lock is None:
            return
        with self.lock:
            try:
                self._flush_iteration()
            except Exception:
                self._discard_queue()

    def _flush_iteration(self) -> None:
        """Send the lines of an iteration.

        A file gets all of them in one write. A pipe gets as many in one write as it
        accepts without splitting a line.
        """
        lines, self.collected = self.collected, []
        if not lines:
            return
        if self._is_file:
            self._send(b"\n".join(lines) + b"\n")
            return
        together = b""
        for line in lines:
            if together and len(together) + len(line) >= _ATOMIC:
                self._send(together)
                together = b""
            together += line + b"\n"
        self._send(together)

    def _send(self, data: bytes) -> None:
        """Write whole lines, now or when the stream is ready."""
        long = len(data) > _ATOMIC and not self._is_file
        behind = self._waiting or self.dropped or long
        if behind or not (
            self._is_file or (self._poll is not None and self._poll.poll(0))
        ):
            self._queue(data)
            self._drain(0)
        elif rest := data[self._write(data) :]:
            self._waiting.append(rest)

    def _queue(self, data: bytes) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += data.count(b"\n")
            return
        if self.dropped and not self._waiting:
            lost = {"event": "log_lines_dropped", "count": self.dropped}
            line = self.to_bytes({"level": "warning", **lost})
            self._waiting.append(line + b"\n")
            self.dropped = 0
        self._waiting.extend(
            data[start : start + _ATOMIC] for start in range(0, len(data), _ATOMIC)
        )

    def _drain(self, max_wait: int) -> None:
        """Write what is queued while the stream is ready.

        ``max_wait``: milliseconds to wait for the stream before each chunk.
        """
        while self._waiting and self._poll is not None and self._poll.poll(max_wait):
            chunk = self._waiting.popleft()
            written = self._write(chunk)
            if written < len(chunk):
                self._waiting.appendleft(chunk[written:])
            if not written:
                return

    def _write(self, data: bytes) -> int:
        """Write ``data`` and return how many bytes the stream accepted.

        A non-blocking stream may accept few or none. Raises ValueError if the stream
        is closed: its descriptor may by now belong to a connection or a database.
        """
        if getattr(self.stream, "closed", False):
            raise ValueError("the stream of the log is closed")
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def flush(self) -> None:
        """Write what is queued, waiting only briefly; called when the process ends."""
        if self.lock is None:
            return
        with self.lock:
            try:
                self._flush_iteration()
                self._drain(100)
            except (OSError, ValueError):
                self._waiting.clear()

    def _discard_queue(self) -> None:
        """Discard what is queued: a log that cannot be written must stop nothing."""
        self._waiting.clear()
        self.collected.clear()


def send_before_lines(send: Callable[[], None]) -> None:
    """Call ``send``, which must not raise, before the lines of each iteration of the
    loop are written: an answer does not wait for its log line."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, NonBlockingHandler):
            handler.before_lines = send
