"""Lets each worker process of a server report the counts of all of them.

Every worker writes its counts into a small file of the data folder, and reads the files
of the others. The counts of a process that has ended are added to a file of its server,
so that totals never decrease.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from ivrhooks.observe.totals import counts_of, with_counts

FOLDER = "workers"
PUBLISH_SECONDS = 0.25
"""How many seconds old another worker's snapshot may be."""

LOCK_SECONDS = 1.0
"""How many seconds another process may hold the lock to add counts."""

_logger = logging.getLogger("ivrhooks.observe.snapshots")

Snapshot = dict[str, Any]


def server_name(master: int | None = None) -> str:
    """Return the name that the workers of one server share: this machine and the
    process that started them. A process without a master has a name of its own."""
    if master is None:
        return f"{socket.gethostname()}-alone-{os.getpid()}"
    return f"{socket.gethostname()}-{master}"


class Workers:
    """This worker among the others of ``server``. ``take`` makes its snapshot and may
    be called from any thread; ``before`` is called each time before ``take``."""

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
        self._published = b""
        self._thread: threading.Thread | None = None
        self._file: Path | None = None
        self._others: frozenset[Path] = frozenset()
        self._publishing = threading.Lock()
        try:
            place = folder() / FOLDER
            place.mkdir(mode=0o700, exist_ok=True)
            self._file = place / f"{server}-{os.getpid()}.json"
            self._ended = place / f"{server}.ended"
            _clear(place, server)
        except OSError as problem:
            _logger.warning(
                "workers cannot share figures and orders: %s; check IVRHOOKS_DATA",
                problem.strerror,
            )

    def start(self) -> None:
        """Start to write snapshots."""
        if self._file is not None:
            self._thread = threading.Thread(
                target=self._run, name="ivrhooks-workers", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop writing snapshots; the counts stay with the server."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(1.0)
        if self._file is None:
            return
        with suppress(OSError, Timeout):
            if self._server != server_name():  # else no other worker is left
                self.publish()
                with self._locked():
                    self._add_ended([self._file])
        self._file.unlink(missing_ok=True)

    def all(self) -> list[Snapshot]:
        """Return a snapshot of each live worker, this one's first.

        The counts of workers that have ended are added to the first. Its own snapshot
        is written before it is returned, so that it outlives this worker.
        """
        if self._file is None:
            return [self._take()]
        try:
            snapshot = self.publish()
        except OSError:  # a full disk
            snapshot = self._take()
        try:
            with self._locked():
                return self._with_others(self._file, snapshot)
        except (OSError, Timeout):
            return self._with_others(self._file, snapshot)

    def _with_others(self, own: Path, snapshot: Snapshot) -> list[Snapshot]:
        # A file that is replaced while the folder is read may be missing from it.
        listed = set(own.parent.glob(f"{self._server}-*.json"))
        others = {}
        dead = []
        for file in sorted((listed | self._others) - {own}):
            if not _is_live(file):
                dead.append(file)
            elif (entry := _load(file)) is not None:
                others[file] = entry
        self._others = frozenset(others)
        counted = self._add_ended(dead)
        return [with_counts(snapshot, counted), *others.values()]

    def _locked(self) -> FileLock:
        """Return a new lock each time: one inherited through a fork cannot be used."""
        return FileLock(
            self._ended.with_suffix(".lock"), timeout=LOCK_SECONDS, mode=0o600
        )

    def _add_ended(self, files: Iterable[Path]) -> Snapshot:
        """Add the counts of ended workers to those of all before them, and return the
        sum. Called under the lock."""
        counted = _load(self._ended) or {}
        loaded = [(file, _load(file)) for file in files]
        for _, entry in loaded:
            counted = with_counts(counted, counts_of(entry or {}))
        with suppress(OSError):  # on a full disk they stay until the next time
            if any(entry for _, entry in loaded):
                _write(self._ended, orjson.dumps(counted))
            for file, _ in loaded:
                file.unlink(missing_ok=True)
        return counted

    def publish(self) -> Snapshot:
        """Write this worker's snapshot if it has changed since the last one, and return
        it."""
        with self._publishing:
            snapshot = self._take()
            if self._file is None:
                return snapshot
            data = orjson.dumps(snapshot, option=orjson.OPT_NON_STR_KEYS)
            if data != self._published or not self._file.exists():
                _write(self._file, data)
                self._published = data
            return snapshot

    def _run(self) -> None:
        troubled = False
        while not self._end.is_set():
            try:
                self._before()
                self.publish()
                troubled = False
            except (OSError, RuntimeError) as problem:  # a dict that grew meanwhile
                if not troubled and isinstance(problem, OSError):
                    _logger.warning(
                        "this worker cannot publish its figures: %s", problem.strerror
                    )
                troubled = True
            self._end.wait(PUBLISH_SECONDS)


def snapshots_of_all(folder: Path) -> list[Snapshot]:
    """Return a snapshot of each live worker of this machine, of any server."""
    files = (folder / FOLDER).glob(f"{socket.gethostname()}-*.json")
    return [file for file in map(_read, sorted(files)) if file is not None]


def _clear(place: Path, server: str) -> None:
    """Remove the files of servers that were killed, except ``server``'s own."""
    host = socket.gethostname()
    for file in place.glob(f"{host}-*.json"):
        if not file.stem.startswith(f"{server}-"):
            _read(file)
    for kind in ("ended", "lock"):
        for file in place.glob(f"{host}-*.{kind}"):
            if file.stem != server and not _is_live(file):
                file.unlink(missing_ok=True)


def _read(file: Path) -> Snapshot | None:
    """Return the snapshot of a live process; remove the file of a dead one."""
    if _is_live(file):
        return _load(file)
    with suppress(OSError):
        file.unlink(missing_ok=True)
    return None


def _is_live(file: Path) -> bool:
    """Return whether the process that a file is named after is running."""
    pid = file.stem.rpartition("-")[2]
    return pid.isdecimal() and _is_running(int(pid))


def _load(file: Path) -> Snapshot | None:
    try:
        snapshot = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return snapshot if isinstance(snapshot, dict) else None


def _write(file: Path, data: bytes) -> None:
    """Replace a whole file atomically."""
    draft = file.with_name(f"{file.name}.draft")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as out:
        out.write(data)
    draft.replace(file)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
