"""Shows what was sent to each source for a lookup and what it answered, as a person may
see it.

This exists only for watched data requests (``answering/shown/watched.py``): the API
test and ``ivrhooks explain``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.basics.loose_json import loose_json
from ivrhooks.basics.people.masking import hide
from ivrhooks.basics.people.personal_exchange import mask_body, mask_request
from ivrhooks.basics.values import to_text
from ivrhooks.config.plan import Configuration, SourceCall
from ivrhooks.sources.asking.watch import ObservedExchange, Watch
from ivrhooks.sources.interface import Operation, Query
from ivrhooks.sources.shown_exchange import (
    passwords_in,
    shown_request,
    shown_response,
)

MAX_EXCHANGE = 10 * 1024
"""How many characters of a body are shown."""

Shown = Mapping[str, Any] | None
_NOTHING: dict[str, Shown] = {"request": None, "response": None}


class Exchanges:
    """The exchanges of one trace, each as ``{"request", "response"}``.

    ``request`` has method, url, headers and body, or params where the source is no HTTP
    API. ``response`` has status, headers, body and the milliseconds by phase in ``ms``.
    Either is None where there is none, as for a cached result or a shared request.
    """

    def __init__(self, trace: Trace, configuration: Configuration, mask: Mask) -> None:
        self._watches: Mapping[int, Watch] = trace.exchanges
        self._sources = configuration.sources
        self._mask = mask

    def decisive(self, run: LookupRun) -> dict[str, Shown]:
        """Return the last exchange with the source that decided the lookup."""
        decisive = [
            pair
            for pair in run.queries
            if (pair[0].source, pair[0].operation) == (run.source, run.operation)
        ]
        pairs = decisive or run.queries
        return self.of(*pairs[-1]) if pairs else dict(_NOTHING)

    def of(self, call: SourceCall, query: Query) -> dict[str, Shown]:
        """Return the last exchange for ``query`` with the source of ``call``."""
        watch = self._watches.get(id(query))
        if watch is None or not watch.seen:
            return dict(_NOTHING)
        exchange = watch.seen[-1]
        settings = self._sources.get(call.source)
        own = settings.secrets if settings else ()
        secrets = [*watch.secrets, *own, *call.secrets]
        return {
            "request": self._request(exchange, call, secrets),
            "response": self._response(exchange, call, query.operation, secrets),
        }

    def _request(
        self, exchange: ObservedExchange, call: SourceCall, secrets: list[str]
    ) -> Shown:
        if exchange.request is not None:
            return self._masked(shown_request(exchange.request, secrets), call)
        if exchange.params is None:
            return None
        params = {name: to_text(value) for name, value in exchange.params.items()}
        return {"params": self._mask.record(params, call.kinds)}

    def _response(
        self,
        exchange: ObservedExchange,
        call: SourceCall,
        operation: Operation,
        secrets: list[str],
    ) -> Shown:
        if exchange.response is None:
            return (
                {"ms": dict(exchange.milliseconds)} if exchange.milliseconds else None
            )
        hidden = [*secrets, *passwords_in(exchange.response, operation.secrets)]
        shown = self._masked(shown_response(exchange.response, hidden), call)
        return {**shown, "ms": dict(exchange.milliseconds)}

    def _masked(self, shown: dict[str, Any], call: SourceCall) -> dict[str, Any]:
        """Mask an exchange by kinds, hide the endpoint's own secrets and cut its
        body."""
        mask = self._mask
        body = shown.get("body")
        if body is not None:
            shown["body"] = None
        if not mask.personal:
            shown = mask_request(shown, call.kinds, mask.text)
        for name in ("url", "headers"):
            if name in shown:
                shown[name] = _without(shown[name], mask.texts)
        if body is not None:
            shown["body"] = self._body(body, call)
        return shown

    def _body(self, text: str, call: SourceCall) -> str:
        mask = self._mask
        made = text
        try:
            value = orjson.loads(text.lstrip("\ufeff"))
        except ValueError:
            if not mask.personal:
                made = mask_body(text, call.kinds, mask.text)
        else:
            masked = mask.record(value, call.kinds)
            made = text if masked == value else loose_json(masked).decode()
        made = str(_without(made, mask.texts))
        return made if len(made) <= MAX_EXCHANGE else f"{made[:MAX_EXCHANGE]}…"


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {name: _without(item, secrets) for name, item in value.items()}
    return hide(value, secrets, numbers=False) if isinstance(value, str) else value
