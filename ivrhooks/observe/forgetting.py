"""Makes all workers forget a caller, by a sealed note in a folder.

Whoever orders the forgetting leaves a note. Each worker checks for notes a few times a
second, forgets, and reports in its snapshot how many cached answers it removed. A
worker that starts later has no data of the caller.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ivrhooks.observe.snapshots import Snapshot
from ivrhooks.store.cipher import CannotDecrypt, Cipher
from ivrhooks.store.people import Person

FOLDER = "forget"
PURPOSE = "forget"
SECONDS = 2.0
"""How many seconds every worker has to forget."""

_LIFE = 60.0  # seconds after which a leftover note is removed
_POLL = 0.05
_logger = logging.getLogger("ivrhooks.observe.forgetting")

Forget = Callable[[Person], int]


class Note:
    """A note for all workers of this machine. Raises OSError."""

    def __init__(self, folder: Path, cipher: Cipher, caller: Person) -> None:
        place = folder / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        self.name = secrets.token_hex(8)
        self.file = place / f"{self.name}.note"
        sealed = orjson.dumps([caller.text, caller.region])
        draft = place / f"{self.name}.draft"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(cipher.encrypt(sealed, PURPOSE))
        draft.replace(self.file)

    def wait(
        self,
        workers: Callable[[], Iterable[Snapshot]],
        *,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> tuple[int, int, int]:
        """Return how many workers have forgotten, how many have not within ``seconds``,
        and how many cached answers were removed."""
        ends = time.monotonic() + seconds
        while True:
            replies: list[Mapping[str, Any]] = [
                worker.get("forgotten") or {} for worker in workers()
            ]
            done = [int(entry[self.name]) for entry in replies if self.name in entry]
            if len(done) == len(replies) or time.monotonic() >= ends:
                return len(done), len(replies) - len(done), sum(done)
            sleep(_POLL)

    def remove(self) -> None:
        """Remove the note."""
        self.file.unlink(missing_ok=True)


class NoteReader:
    """Reads the notes for a worker. ``forgotten``: by note, how many cached answers
    were removed."""

    def __init__(
        self, folder: Callable[[], Path], cipher: Callable[[], Cipher]
    ) -> None:
        self.forgotten: dict[str, int] = {}
        self._folder = folder
        self._cipher = cipher
        self._unread: set[str] = set()

    def carry_out_new(self, forget: Forget) -> None:
        """Carry out the new notes. Called by one thread at a time."""
        try:
            with os.scandir(self._folder() / FOLDER) as entries:
                notes = {
                    file.name: file for file in entries if file.name.endswith(".note")
                }
        except OSError:
            return
        known = {f"{name}.note" for name in self.forgotten} | self._unread
        for name in notes.keys() - known:
            self._read(Path(notes[name].path), forget)
        for name in known - notes.keys():
            self.forgotten.pop(name.removesuffix(".note"), None)
            self._unread.discard(name)

    def _read(self, note: Path, forget: Forget) -> None:
        try:
            age = datetime.now(UTC).timestamp() - note.stat().st_mtime
            text, region = orjson.loads(
                self._cipher().decrypt(note.read_bytes(), PURPOSE)
            )
        except (OSError, ValueError, CannotDecrypt):
            self._unread.add(note.name)
            return
        if age > _LIFE:
            with suppress(OSError):
                note.unlink(missing_ok=True)
            return
        try:
            self.forgotten[note.stem] = forget(Person(text, region))
        except Exception:
            _logger.exception(
                "internal error: a caller could not be forgotten in this worker's "
                "cache; restart the server"
            )
            self._unread.add(note.name)
