"""Lets the processes of one server log each change once, whichever notices it first."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MAX_ANNOUNCED = 16
_MAX_BYTES = 4096
SAME = 10.0
"""Seconds within which the same text from another process means the same change."""


class Announced:
    """Made before the fork and shared by all processes forked after it.

    It is a file without a name, whose lock ends with the process that holds it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._file, name = tempfile.mkstemp(prefix="ivrhooks-")
        os.unlink(name)
        weakref.finalize(self, os.close, self._file)
        self._clock = clock

    def first(self, text: str) -> bool:
        """Return whether no process has logged ``text`` lately, and record it if so.

        A text's hash is the same in all processes of a fork.
        """
        now, words = self._clock(), str(hash(text))
        with self._locked() as number:
            announced = json.loads(os.pread(number, _MAX_BYTES, 0) or b"{}")
            if now - announced.get(words, -SAME) < SAME:
                return False
            announced[words] = now
            latest = sorted(announced, key=announced.__getitem__)[-_MAX_ANNOUNCED:]
            line = json.dumps({key: announced[key] for key in latest}).encode()
            os.ftruncate(number, 0)
            os.pwrite(number, line, 0)
            return True

    @contextmanager
    def _locked(self) -> Iterator[int]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield self._file
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
