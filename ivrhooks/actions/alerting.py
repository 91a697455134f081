"""An alert as an action: stored, then delivered to the URL of ``alerts:``.

It has no endpoint and no source. The URL itself is never stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import orjson

from ivrhooks.actions.draft import AcceptedAction, Draft
from ivrhooks.actions.outbox import Outbox
from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.attempts import retry_after
from ivrhooks.sources.interface import Operation, Outcome, Query, Request
from ivrhooks.sources.transport.pool import ConnectionPool

RECEIVER = "(alerts)"
"""Takes the place of a source's name."""

EACH_SECONDS = 3600.0
"""How long no process of the store repeats an alert of the same cause."""

TIMEOUT = 10.0
MAX_BYTES = 64 * 1024
MAX_SHOWN = 2048

POST = Operation("alerts", "post", "POST", "", "One alert.", "", write=True)


def alert_draft(cause: str, body: Mapping[str, str]) -> Draft:
    """Return an alert to be stored. ``cause`` distinguishes it from others."""
    return Draft(
        "",
        "alert",
        RECEIVER,
        POST.name,
        body,
        key=cause,
        key_lives=EACH_SECONDS,
    )


class AlertReceiver:
    """The receiver of alerts, which delivery queries like a source."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Send one POST, on a connection of its own."""
        headers = (
            ("Content-Type", "application/json"),
            ("Idempotency-Key", query.idempotency_key),
        )
        body = orjson.dumps(query.params)
        request = Request("POST", self._url, headers, body, repeatable=False)
        pool = ConnectionPool(connections=1)
        try:
            response = await pool.exchange(
                request, limit=MAX_BYTES, deadline=deadline.at
            )
        except SourceTimeout:
            return Outcome("timeout", code="timeout", message="no answer in time")
        except SourceError as problem:
            return Outcome("error", code=problem.code, message=str(problem))
        finally:
            await pool.close()
        if 200 <= response.status < 300:
            return Outcome("ok", http=response.status)
        return Outcome(
            "error",
            code="http_status",
            message=f"HTTP {response.status}",
            http=response.status,
            retry_after=retry_after(response.headers.get("retry-after", "")),
            answer=response.body[:MAX_SHOWN],
        )


def store_soon(
    outbox: Outbox,
    loop: asyncio.AbstractEventLoop,
    draft: Draft,
    done: Callable[[bool], None],
) -> None:
    """Store ``draft``, from any thread; then call ``done`` with whether it was
    stored."""

    def begin() -> None:
        outbox.store([draft]).add_done_callback(ended)

    def ended(stored: asyncio.Future[list[AcceptedAction]]) -> None:
        done(not stored.cancelled() and stored.exception() is None)

    try:
        loop.call_soon_threadsafe(begin)
    except RuntimeError:  # the loop has ended
        done(False)
