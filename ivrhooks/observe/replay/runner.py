"""Starts replays in a process of their own, for the workers of a server.

Nothing heavy is loaded here: the process loads what the replay itself needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

SECONDS = 60
"""How many seconds a replay may take."""

MAX_REQUESTS = 20_000
"""The most data requests of one replay; of more, this many are taken, spread evenly."""

_PACKAGES = str(Path(__file__).parents[3])


class CannotReplay(Exception):
    """Says why there is no result: ``busy``, ``late``, ``failed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ReplayRunner:
    """Runs replays for one worker of a server, one at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._one_by_one = threading.Lock()

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of ``main`` for this job. Raises CannotReplay."""
        if not self._one_by_one.acquire(blocking=False):
            raise CannotReplay("busy")
        try:
            return self._run({**job, "seconds": self._seconds})
        finally:
            self._one_by_one.release()

    def _run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        command = [sys.executable, "-P", "-m", "ivrhooks.observe.replay.child"]
        environ = {**os.environ, "PYTHONPATH": _PACKAGES}
        try:
            ended = subprocess.run(  # noqa: S603 - our own program, no shell
                command,
                input=orjson.dumps(job),
                capture_output=True,
                env=environ,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotReplay("late") from None
        if ended.returncode:
            raise CannotReplay("failed")
        result: dict[str, Any] = orjson.loads(ended.stdout)
        return result
