"""Alerts: one POST to whoever should know, at most one an hour for each cause.

Looked for beside the answers, never on their way; what is sent holds no people's data.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivrhooks.basics.errors import SourceError
from ivrhooks.basics.masking import mask_text
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.sync import SyncTransport

EACH_SECONDS = 3600.0
"""How long a cause is not told of again."""

FAILING = 20
"""More of an endpoint's last 100 answers with failed lookups are told of."""

TRIES = (0.0, 1.0, 5.0, 30.0)
"""Seconds before each try to send an alert."""

TIMEOUT = 10.0
FOLDER = "alerts"

_MILD = re.compile(r":[0-9]+:[0-9]+: (?:warning|note): ")

_logger = logging.getLogger("ivrhooks.observe.alerts")


@dataclass(frozen=True, slots=True)
class Alert:
    """``cause``: breaker_open | failures | configuration_refused | action_dead;
    ``subject``: ``{"source": name}`` or ``{"endpoint": name}``, or neither."""

    cause: str
    message: str
    subject: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """What tells this cause from others, as the name of a file."""
        return hashlib.sha256(repr((self.cause, self.subject)).encode()).hexdigest()

    def body(self, at: float) -> bytes:
        """What is sent."""
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        told = {
            "cause": self.cause,
            **dict(self.subject),
            "message": mask_text(self.message),
            "at": moment,
        }
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


class Alerts:
    """The alerts of one process. ``folder``: where all processes of a machine note what
    was told; ``send`` has an alert's body sent, and says whether that succeeded."""

    def __init__(
        self,
        folder: Callable[[], Path],
        now: Callable[[], float],
        send: Callable[[str, bytes], bool] | None = None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._send = send or _post
        self._active: frozenset[Alert] = frozenset()
        self._end = threading.Event()

    def look(self, url: str, snapshot: Mapping[str, Any]) -> None:
        """Tells what is new in a worker's snapshot."""
        if not url:
            return
        found = frozenset(_alerts(snapshot))
        known = {alert.key for alert in self._active}
        self._active = found
        for alert in found:
            if alert.key not in known:
                self.tell(url, alert)

    def tell(self, url: str, alert: Alert) -> None:
        """Sends an alert, unless this cause was told of within the hour."""
        if url and self._claim(alert):
            threading.Thread(
                target=self._deliver,
                args=(url, alert),
                name="ivrhooks-alert",
                daemon=True,
            ).start()

    def close(self) -> None:
        """Waits for no further try."""
        self._end.set()

    def _deliver(self, url: str, alert: Alert) -> None:
        body = alert.body(self._now())
        for pause in TRIES:
            if pause and self._end.wait(pause):
                break
            if self._send(url, body):
                return
        _logger.error("an alert could not be sent: %s: %s", alert.cause, alert.message)
        self._mark(alert, 0.0)

    def _claim(self, alert: Alert) -> bool:
        now = self._now()
        return self._mark(alert, now, unless_after=now - EACH_SECONDS)

    def _mark(self, alert: Alert, at: float, unless_after: float | None = None) -> bool:
        """Notes when a cause was told of, for all processes; whether that was done."""
        try:
            place = self._folder() / FOLDER
            place.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(place / alert.key, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            _logger.warning("alerts cannot be noted: %s", problem.strerror)
            return unless_after is None
        with os.fdopen(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            told = _read(file.read())
            if unless_after is not None and told > unless_after:
                return False
            file.seek(0)
            file.truncate()
            file.write(repr(at))
        return True


def _read(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _alerts(snapshot: Mapping[str, Any]) -> list[Alert]:
    """All that is the matter with a worker now."""
    found = [
        Alert(
            "breaker_open",
            f"the source {source} fails, and is not asked for a while",
            (("source", source),),
        )
        for source, state in (snapshot.get("breakers") or {}).items()
        if state == "open"
    ]
    found += [
        Alert(
            "failures",
            f"more than {FAILING} of the last 100 answers of {endpoint} had failed "
            "lookups",
            (("endpoint", endpoint),),
        )
        for endpoint, count in (snapshot.get("failing") or {}).items()
        if count > FAILING
    ]
    problems = snapshot.get("problems") or ()
    errors = [one for one in problems if not _MILD.search(one)]
    problems = errors or problems
    if problems:
        told = f"a new configuration is refused: {problems[0]}"
        found.append(Alert("configuration_refused", told))
    return found


def dead_action(endpoint: str, action: str, source: str, error: str) -> Alert:
    """The alert of an action that is given up."""
    return Alert(
        "action_dead",
        f"the action {action} of {endpoint} is given up: {error}",
        (("source", source),),
    )


def _post(url: str, body: bytes) -> bool:
    headers = (("Content-Type", "application/json"),)
    request = Request("POST", url, headers, body, repeatable=False)
    transport = SyncTransport()
    try:
        response = transport.send(request, timeout=TIMEOUT, limit=64 * 1024)
    except SourceError as problem:
        _logger.warning("an alert did not arrive: %s", problem.code)
        return False
    finally:
        transport.close()
    return 200 <= response.status < 300
