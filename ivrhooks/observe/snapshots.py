"""Lets each worker process of a server answer for all of them.

Every worker writes what it counts into a small file of the data folder, and reads the
files of the others. The file of a process that has ended is ignored and removed.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

FOLDER = "workers"
TELL_SECONDS = 0.25
"""How old what another worker tells may be."""

_logger = logging.getLogger("ivrhooks.observe.snapshots")

Snapshot = dict[str, Any]


def server_name(master: int | None = None) -> str:
    """What the workers of one server have in common: this machine, and the process
    that started them; a process without one stands alone."""
    if master is None:
        return f"{socket.gethostname()}-alone-{os.getpid()}"
    return f"{socket.gethostname()}-{master}"


class Workers:
    """This worker among the others of ``server``. ``take`` makes its snapshot, and may
    be called from any thread; ``before`` is called each time before that."""

    def __init__(
        self,
        folder: Callable[[], Path],
        server: str,
        take: Callable[[], Snapshot],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._take = take
        self._before = before
        self._server = server
        self._end = threading.Event()
        self._told = b""
        self._thread: threading.Thread | None = None
        self._file: Path | None = None
        self._others: frozenset[Path] = frozenset()
        try:
            place = folder() / FOLDER
            place.mkdir(mode=0o700, exist_ok=True)
            self._file = place / f"{server}-{os.getpid()}.json"
            for file in place.glob(f"{socket.gethostname()}-*.json"):
                _read(file)  # servers that were killed leave theirs behind
        except OSError as problem:
            _logger.warning(
                "workers cannot share figures and orders: %s; check IVRHOOKS_DATA",
                problem.strerror,
            )

    def start(self) -> None:
        """Begins to tell."""
        if self._file is not None:
            self._thread = threading.Thread(
                target=self._run, name="ivrhooks-workers", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Ends the telling, and what was told."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(1.0)
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def all(self) -> list[Snapshot]:
        """A snapshot of each live worker, this one's own first."""
        found = [self._take()]
        if self._file is None:
            return found
        # A file that is replaced while the folder is read may be missing from it.
        listed = set(self._file.parent.glob(f"{self._server}-*.json"))
        others = {}
        for file in sorted((listed | self._others) - {self._file}):
            if (entry := _read(file)) is not None:
                others[file] = entry
        self._others = frozenset(others)
        return [*found, *others.values()]

    def tell(self) -> None:
        """Writes this worker's snapshot where it has changed since the last one."""
        if self._file is None:
            return
        data = orjson.dumps(self._take(), option=orjson.OPT_NON_STR_KEYS)
        if data == self._told and self._file.exists():
            return
        draft = self._file.with_suffix(".draft")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as out:
            out.write(data)
        draft.replace(self._file)
        self._told = data

    def _run(self) -> None:
        troubled = False
        while not self._end.is_set():
            try:
                self._before()
                self.tell()
                troubled = False
            except (OSError, RuntimeError) as problem:  # a dict that grew meanwhile
                if not troubled and isinstance(problem, OSError):
                    _logger.warning(
                        "this worker cannot publish its figures: %s", problem.strerror
                    )
                troubled = True
            self._end.wait(TELL_SECONDS)


def snapshots_of_all(folder: Path) -> list[Snapshot]:
    """A snapshot of each live worker of this machine, whichever server it is of."""
    files = (folder / FOLDER).glob(f"{socket.gethostname()}-*.json")
    return [file for file in map(_read, sorted(files)) if file is not None]


def _read(file: Path) -> Snapshot | None:
    """What a live process tells; the file of a dead one is removed."""
    pid = file.stem.rpartition("-")[2]
    if not pid.isdecimal() or not _lives(int(pid)):
        with suppress(OSError):
            file.unlink(missing_ok=True)
        return None
    try:
        told = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
