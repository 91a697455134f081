"""Log records as lines of JSON on a stream whose reader may be slow.

Telephone numbers are masked and control characters escaped, so that nobody forges a
line. In a process with an event loop the lines of one iteration leave together, in one
write at its end. A slow reader delays no call: lines wait in a bounded queue; when it
is full, they are dropped and counted.
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

MOST_WAITING = 2000
"""Lines kept for a slow reader of the log."""

MOST_IN_A_TURN = 500
"""Lines that are kept for the end of a turn of the loop."""

_ATOMIC = 4096  # bytes that a pipe which is ready takes without waiting
_NAUGHTY = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


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
            # gunicorn and uvicorn call all that is not an access an error
            line["logger"] = record.name.removesuffix(".error")
            line["message"] = mask_text(_message(record))
        if record.exc_info:
            line["exception"] = mask_text(self.formatException(record.exc_info))
        return to_line(line)


def to_line(fields: Mapping[str, Any]) -> str:
    """``fields`` as JSON on one line, safe to show on a terminal."""
    return to_bytes(fields).decode()


def to_bytes(fields: Mapping[str, Any]) -> bytes:
    """That line in UTF-8, without its end."""
    try:
        line = orjson.dumps(fields, default=str)
    except (TypeError, ValueError):  # a lone surrogate, an int of more than 64 bits
        line = json.dumps(fields, default=str).encode()
    if line.isascii() and b"\x7f" not in line:  # JSON escapes what is below a blank
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
    except (TypeError, ValueError):  # arguments that do not fit: say what there is
        return f"{record.msg} {record.args}"


_json_bytes = to_bytes


class PatientHandler(logging.Handler):
    """Writes lines to a stream without ever waiting for who reads it. ``to_bytes``:
    makes one of fields; ``writes_json``: whether that is JSON."""

    def __init__(
        self,
        stream: TextIO | None = None,
        to_bytes: Callable[[Mapping[str, Any]], bytes] = to_bytes,
    ) -> None:
        super().__init__()
        self.stream = stream if stream is not None else sys.stderr
        self.to_bytes = to_bytes
        self.writes_json = to_bytes is _json_bytes
        self.dropped = 0
        self._waiting: deque[bytes] = deque()
        self._turn: list[bytes] = []
        self._loop: AbstractEventLoop | None = None
        self._thread = 0  # in which that runs
        self._milliseconds, self._now = -1, ""
        self._poll: select.poll | None = None
        self._is_file = False  # which is always ready
        try:
            self._descriptor = self.stream.fileno()
        except (OSError, ValueError, AttributeError):
            return  # a stream in memory
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)
        self._is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    def emit(self, record: logging.LogRecord) -> None:
        """One line, now or when the stream takes it; dropped where too many wait."""
        try:
            self._put(self.format(record).encode("utf-8", "backslashreplace"))
        except Exception:
            self._give_up()

    def tell(self, level: str, fields: Mapping[str, Any]) -> None:
        """The same line as for a record of ``level`` with these fields, without one."""
        if self.lock is None:
            return
        with self.lock:
            try:
                now = time.time()  # noqa: TID251 - of the day, no duration
                line = {"time": _moment(now), "level": level, **fields}
                self._put(self.to_bytes(line))
            except Exception:
                self._give_up()

    def tell_json(self, level: str, members: str) -> None:
        """The same line of JSON, whose members behind the level are written already,
        in ASCII."""
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
                self._give_up()

    def _put(self, line: bytes) -> None:
        if self._poll is None:
            self.stream.write(line.decode() + "\n")
            self.stream.flush()
            return
        if self._turn and get_ident() == self._thread and self._is_awaited():
            self._turn.append(line)
            return
        loop = _get_running_loop()  # costs a system call
        if loop is None:
            self._end_turn()
            self._send(line + b"\n")
            return
        if loop is not self._loop or not self._turn:
            self._loop, self._thread = loop, get_ident()
            loop.call_soon(self._turn_over)
        self._turn.append(line)
        if len(self._turn) >= MOST_IN_A_TURN:
            self._end_turn()

    def _is_awaited(self) -> bool:
        """Whether the end of the loop's turn will send what waits, and there is room
        for more."""
        loop, room = self._loop, len(self._turn) < MOST_IN_A_TURN - 1
        return room and loop is not None and not loop.is_closed()

    def _turn_over(self) -> None:
        """At the end of a turn of the loop."""
        if self.lock is None:
            return
        with self.lock:
            try:
                self._end_turn()
            except Exception:
                self._give_up()

    def _end_turn(self) -> None:
        """Sends the lines of a turn: all at once to a file, and to a pipe as many as it
        takes without parting a line."""
        lines, self._turn = self._turn, []
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
        """Whole lines, now or when the stream takes them."""
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
        if len(self._waiting) >= MOST_WAITING:
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
        """Writes what waits for as long as the stream is ready within ``max_wait``
        milliseconds for each piece."""
        while self._waiting and self._poll is not None and self._poll.poll(max_wait):
            piece = self._waiting.popleft()
            written = self._write(piece)
            if written < len(piece):
                self._waiting.appendleft(piece[written:])
            if not written:
                return

    def _write(self, data: bytes) -> int:
        """How many bytes the stream took: few or none where it is not blocking.

        Raises ValueError where it is closed: its descriptor may by now be another's,
        a connection's or a database's.
        """
        if getattr(self.stream, "closed", False):
            raise ValueError("the stream of the log is closed")
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def flush(self) -> None:
        """Writes what waits, for a moment: called when the process ends."""
        if self.lock is None:
            return
        with self.lock:
            try:
                self._end_turn()
                self._drain(100)
            except (OSError, ValueError):
                self._waiting.clear()

    def _give_up(self) -> None:
        """A log that cannot be written stops nothing."""
        self._waiting.clear()
        self._turn.clear()
