"""Where a sandbox keeps its SQLite file, so that no two write in one."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

MOST = 100


def own_database(folder: Path) -> tuple[str, FileLock]:
    """The URL of a SQLite file in ``folder`` that no other sandbox has open, and the
    lock that keeps it so for as long as this process holds it.

    The first sandbox has ``sandbox.sqlite``, one started beside it
    ``sandbox-2.sqlite``, and so on: each has data of its own. Raises OSError.
    """
    for number in range(1, MOST + 1):
        name = "sandbox" if number == 1 else f"sandbox-{number}"
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return f"sqlite:///{folder / name}.sqlite", lock
    raise OSError(f"{MOST} sandboxes are running on {folder.name}")
