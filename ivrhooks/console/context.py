"""What the console is built from: the server hands it in, the pages read it.

Nothing here is a page. Every page and every API answer is made by a function that
takes this context: ``probe.run_test``; ``inspector.recent``, ``entry``, ``run_again``;
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
    Pages say it in their language, the API answers it as ``{"error": {…}}``."""

    def __init__(self, status: int, code: str, reason: Reason) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason


def invalid(reason: Reason) -> ConsoleError:
    """The refusal of a request that cannot be done as it was asked."""
    return ConsoleError(400, "invalid_request", reason)


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """- ``configuration``: the one that is answered from now;
    - ``token``: the console's token, "" while the console is switched off;
    - ``journal``: where data requests are read from; None while there is none;
    - ``workers``: a snapshot of each live worker process of this server, this one's
      own first (``server/pages/metrics.py`` says what is in one);
    - ``address``: the running server's own URL, ``http://127.0.0.1:8080``;
    - ``now``: seconds since 1970;
    - ``outbox``: the actions that are stored; None where there are none;
    - ``order``: has all workers do something: a kind (``observe.orders``), a source;
    - ``replays``: runs recorded data requests through another configuration.
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
