"""What the console is built from. The server creates it; pages and API use it.

Each page and each API answer is made by a function that takes this context:
``probe.run_test``; ``inspector.recent``, ``entry``, ``run_again``;
``contracts.endpoints``, ``endpoint_contract``; ``status.status``; ``saved_tests.save``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivrhooks.config.plan import Configuration
from ivrhooks.languages.catalogue import Reason
from ivrhooks.observe.replay.runner import ReplayRunner

if TYPE_CHECKING:
    from ivrhooks.actions.query import StoredActions
    from ivrhooks.journal.query import Journal


class ConsoleError(Exception):
    """A request that the console refuses: an HTTP ``status``, a ``code``, a reason.

    Pages show it in their language; the API answers ``{"error": {…}}``.
    """

    def __init__(self, status: int, code: str, reason: Reason) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason


def invalid(reason: Reason) -> ConsoleError:
    """Return the refusal of a malformed request."""
    return ConsoleError(400, "invalid_request", reason)


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """- ``configuration``: the current one;
    - ``token``: the console's token, "" while the console is off;
    - ``journal``: the stored data requests, or None;
    - ``workers``: a snapshot of each live worker of this server, this one first
      (``observe/totals.py`` describes a snapshot);
    - ``address``: the URL of the running server, ``http://127.0.0.1:8080``;
    - ``now``: seconds since 1970;
    - ``outbox``: the stored actions, or None;
    - ``order``: gives all workers an order: a kind (``observe.orders``) and a source;
    - ``replays``: answers recorded data requests with another configuration.
    """

    configuration: Callable[[], Configuration]
    token: Callable[[], str]
    journal: Callable[[], Journal | None]
    workers: Callable[[], Sequence[Mapping[str, Any]]]
    address: Callable[[], str]
    now: Callable[[], float]
    outbox: Callable[[], StoredActions | None] = lambda: None
    order: Callable[[str, str], None] = lambda kind, source: None
    replays: ReplayRunner = field(default_factory=ReplayRunner)
