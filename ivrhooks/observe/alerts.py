"""Alerts: tell the people responsible of failures, at most once an hour for each cause.

The checks run beside the answers, never on the way of a request. An alert holds no
people's data. Alerts go by the outbox (``actions/alerting.py``), which keeps them until
they are delivered and knows what other processes have sent.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ivrhooks.basics.people.masking import mask_text

if TYPE_CHECKING:  # this import loads SQLAlchemy
    from ivrhooks.actions.draft import Draft

FAILING = 20
"""More failed lookups than this among an endpoint's last 100 answers cause an alert."""

_MILD = re.compile(r":[0-9]+:[0-9]+: (?:warning|note): ")

Store = Callable[["Draft", Callable[[bool], None]], None]
"""Store a draft, and report whether it was stored, at once or later."""


@dataclass(frozen=True, slots=True)
class Alert:
    """``cause``: breaker_open | failures | configuration_refused | action_dead;
    ``subject``: ``{"source": name}`` or ``{"endpoint": name}``, or neither."""

    cause: str
    message: str
    subject: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The key that identifies this cause."""
        return repr((self.cause, self.subject))

    def body(self, at: float) -> dict[str, str]:
        """Return the body that is sent."""
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        return {
            "cause": self.cause,
            **dict(self.subject),
            "message": mask_text(self.message),
            "at": moment,
        }


class Alerts:
    """The alerts of one process. ``store`` receives each one that is to be sent."""

    def __init__(self, now: Callable[[], float], store: Store) -> None:
        self._now = now
        self._store = store
        self._lock = threading.Lock()
        self._sent: set[str] = set()
        self._waiting: dict[str, Draft] = {}
        self._under_way: set[str] = set()

    def check(self, url: str, snapshot: Mapping[str, Any]) -> None:
        """Send the alerts that a worker's snapshot calls for, and retry those not
        stored before."""
        if not url:
            return
        alerts = {alert.key: alert for alert in _alerts(snapshot)}
        with self._lock:
            self._sent &= alerts.keys()
            new = [alert for key, alert in alerts.items() if key not in self._sent]
        for alert in new:
            self._add(alert)
        self._store_waiting()

    def send(self, url: str, alert: Alert) -> None:
        """Send an alert, unless one for this cause was sent within the hour."""
        if url:
            self._add(alert)
            self._store_waiting()

    def _add(self, alert: Alert) -> None:
        from ivrhooks.actions.alerting import alert_draft

        with self._lock:
            if alert.key not in self._waiting:
                made = alert_draft(alert.key, alert.body(self._now()))
                self._waiting[alert.key] = made

    def _store_waiting(self) -> None:
        with self._lock:
            drafts = {
                key: draft
                for key, draft in self._waiting.items()
                if key not in self._under_way
            }
            self._under_way |= drafts.keys()
        for key, draft in drafts.items():
            self._store(draft, partial(self._on_stored, key))

    def _on_stored(self, key: str, stored: bool) -> None:
        """Note the end of a store; an alert that was not stored is retried at the next
        check."""
        with self._lock:
            self._under_way.discard(key)
            if stored:
                self._waiting.pop(key, None)
                self._sent.add(key)


def _alerts(snapshot: Mapping[str, Any]) -> list[Alert]:
    """Return the alerts for all present failures of a worker."""
    alerts = [
        Alert(
            "breaker_open",
            f"the source {source} fails{_why(source, snapshot)}, and is not asked for "
            "a while: callers get its defaults. Look at it: ivrhooks doctor",
            (("source", source),),
        )
        for source, state in (snapshot.get("breakers") or {}).items()
        if state == "open"
    ]
    alerts += [
        Alert(
            "failures",
            f"more than {FAILING} of the last 100 answers of {endpoint} had failed "
            "lookups: callers get defaults. Which ones and why: ivrhooks requests "
            f"--endpoint {endpoint}",
            (("endpoint", endpoint),),
        )
        for endpoint, count in (snapshot.get("failing") or {}).items()
        if count > FAILING
    ]
    problems = snapshot.get("problems") or ()
    errors = [problem for problem in problems if not _MILD.search(problem)]
    problems = errors or problems
    if problems:
        text = f"a new configuration is refused: {problems[0]}"
        alerts.append(Alert("configuration_refused", text))
    return alerts


def _why(source: str, snapshot: Mapping[str, Any]) -> str:
    """Return the last error of a source, where it is known."""
    failure = (snapshot.get("failures") or {}).get(source) or {}
    words = failure.get("message") or failure.get("status") or ""
    return f" ({words})" if words else ""


def dead_action(endpoint: str, action: str, source: str, error: str) -> Alert:
    """Return the alert for an action that is given up."""
    return Alert(
        "action_dead",
        f"the action {action} of {endpoint} is given up: {error}. See ivrhooks outbox "
        "list --state dead; once that is mended: ivrhooks outbox retry --all --state "
        "dead",
        (("source", source),),
    )
