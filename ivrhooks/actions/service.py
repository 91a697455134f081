"""The outbox of one server process, across reloads: it stores and may deliver.

Nothing is opened where no endpoint has actions and none were ever stored.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ivrhooks.actions.interface import FILE, DeadAction, Summary, outbox_url
from ivrhooks.basics.people.personal import NO_KINDS, FieldKinds
from ivrhooks.basics.timed_check import TimedCheck
from ivrhooks.config.plan import Configuration
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher

if TYPE_CHECKING:  # importing them imports SQLAlchemy
    from ivrhooks.actions.delivery import ActionSource, Delivery
    from ivrhooks.actions.draft import Draft
    from ivrhooks.actions.outbox import Outbox
    from ivrhooks.actions.query import StoredActions

GRACE_SECONDS = 5.0
"""How long running tries are waited for at the end."""

_logger = logging.getLogger("ivrhooks.actions")


@dataclass(frozen=True, slots=True)
class Health:
    """What readiness reports. ``store``: ok | down | unused."""

    store: str = "unused"
    waiting: int = 0
    dead: int = 0
    oldest_s: float = 0.0


class ActionService:
    """``delivers``: whether this process delivers what is stored, as ``serve`` does."""

    def __init__(
        self,
        *,
        folder: Callable[[], Path] = data_folder,
        delivers: bool = False,
        on_dead: Callable[[DeadAction], None] = lambda dead: None,
    ) -> None:
        self.delivers = delivers
        self.on_dead = on_dead
        self._folder = folder
        self._outbox: Outbox | None = None
        self._stored: StoredActions | None = None
        self._delivery: Delivery | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: list[Outbox] = []
        self._summary = TimedCheck[Summary | None](self._summed, None)
        self._pid = os.getpid()

    def outbox(self, configuration: Configuration) -> Outbox | None:
        """Return the outbox for the actions of ``configuration``, or None where it has
        none.

        Its thread and file are opened here, before they are needed.
        """
        if self._pid != os.getpid():  # threads do not survive a fork
            self._pid = os.getpid()
            self._outbox = self._stored = self._delivery = None
        url = self._url(configuration)
        if url is None:
            return self._outbox
        if self._outbox is None or self._outbox.url != url:
            if self._outbox is not None:
                self._left.append(self._outbox)
            self._outbox, self._stored = _open_outbox(url, self._cipher)
            self._outbox.start()
        return self._outbox

    def follow(
        self, configuration: Configuration, sources: Mapping[str, ActionSource]
    ) -> None:
        """Use these sources from now on, where this process delivers. Runs in the loop.

        Alerts are delivered by every process.
        """
        if self._outbox is None:
            return
        self._loop = asyncio.get_running_loop()
        if not (self.delivers or configuration.alerts or self._delivery):
            return
        from ivrhooks.actions.delivery import Delivery

        if self._delivery is None or self._delivery.outbox is not self._outbox:
            if self._delivery is not None:
                self._delivery.halt()
            self._delivery = Delivery(self._outbox, on_dead=self._report_dead)
            self._outbox.on_stored = self._delivery.wake
            self._delivery.start()
        self._delivery.keep = configuration.journal.keep
        self._delivery.follow(configuration, sources if self.delivers else {})

    def store(self, draft: Draft, done: Callable[[bool], None]) -> None:
        """Store ``draft``, from any thread; then call ``done`` with whether it was
        stored."""
        if self._outbox is None or self._loop is None:
            done(False)
            return
        from ivrhooks.actions.alerting import store_soon  # imports SQLAlchemy

        store_soon(self._outbox, self._loop, draft, done)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop delivery; running tries finish or are handed back."""
        delivery, self._delivery = self._delivery, None
        if delivery is not None:
            await delivery.stop(grace)

    def close(self) -> None:
        """Write what waits, and end."""
        for outbox in (*self._left, *filter(None, [self._outbox])):
            outbox.close()
        if self._stored is not None:
            self._stored.close()
        self._outbox = self._stored = None
        self._left = []

    @property
    def stored(self) -> StoredActions | None:
        """Return the content of the outbox for people, or None where there is none."""
        return self._stored

    def health(self) -> Health:
        """Return whether the store can be written, and what waits in it."""
        outbox = self._outbox
        if outbox is None:
            return Health()
        summary = self.summary()
        if summary is None or outbox.trouble:
            return Health("down")
        totals = summary.totals
        return Health(
            "ok",
            int(totals["waiting"]),
            int(totals["dead"]),
            float(totals["oldest_s"]),
        )

    def summary(self) -> Summary | None:
        """Return what waits and what is dead, at most a second old.

        Return None where there is no outbox, or where it cannot be read.
        """
        return None if self._stored is None else self._summary.result()

    def _summed(self) -> Summary | None:
        stored = self._stored
        return None if stored is None else stored.summary()

    def _url(self, configuration: Configuration) -> str | None:
        try:
            folder = self._folder()
        except OSError as problem:
            if not (configuration.has_actions or configuration.alerts):
                return None
            # The outbox answers `not_stored` until the folder can be created.
            _logger.error(
                "the data folder cannot be used, so no action can be stored: %s; check "
                "IVRHOOKS_DATA and its rights",
                problem.strerror,
            )
            folder = Path(problem.filename or ".")
        alerts = bool(configuration.alerts)
        if configuration.has_actions or alerts or (folder / FILE).exists():
            return outbox_url(configuration.store, folder)
        return None

    def _cipher(self) -> Cipher:
        return open_cipher(self._folder)

    def _report_dead(self, dead: DeadAction) -> None:
        self.on_dead(dead)


def _open_outbox(
    url: str, open_cipher: Callable[[], Cipher]
) -> tuple[Outbox, StoredActions]:
    from ivrhooks.actions.outbox import Outbox
    from ivrhooks.actions.query import StoredActions

    return Outbox(url, open_cipher), StoredActions(url, open_cipher)


def kinds_of_actions(configuration: Configuration) -> Callable[[str, str], FieldKinds]:
    """Return a function: the personal-data kinds of an endpoint's action parameters."""
    known = {
        (plan.endpoint, action.name): action.call.kinds
        for plan in configuration.plans.values()
        for action in plan.actions
    }
    return lambda endpoint, action: known.get((endpoint, action), NO_KINDS)


def secrets_of_actions(
    configuration: Configuration,
) -> Callable[[str, str], tuple[str, ...]]:
    """Return a function: texts that are never shown of an endpoint's action."""
    known = {
        (plan.endpoint, action.name): action.call.secrets
        for plan in configuration.plans.values()
        for action in plan.actions
    }
    return lambda endpoint, action: known.get((endpoint, action), ())


def outbox_of(configuration: Configuration) -> Outbox:
    """Return the outbox of a configuration. Close it after use."""
    return _open_outbox(outbox_url(configuration.store, data_folder()), open_cipher)[0]


def stored_of(configuration: Configuration) -> StoredActions:
    """Return the outbox's content of a configuration, for people. Close it after
    use."""
    return _open_outbox(outbox_url(configuration.store, data_folder()), open_cipher)[1]
