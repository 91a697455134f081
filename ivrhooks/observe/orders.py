"""Passes orders from one worker to all workers of its server.

An order is a small file in the data folder. Each worker checks for orders a few times a
second and carries each out once, if it was given after the worker started.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

FOLDER = "orders"
LIFETIME_SECONDS = 60.0
"""How many seconds an order is kept for workers that are slow to check."""

KINDS = ("reload", "purge", "reset")

_logger = logging.getLogger("ivrhooks.observe.orders")


@dataclass(frozen=True, slots=True)
class Order:
    """``kind``: reload the configuration, purge the cache, or reset a breaker;
    ``source``: whose cache or breaker, "" for all."""

    kind: str
    source: str = ""


class Orders:
    """The orders to one server, as one of its workers sees them."""

    def __init__(
        self, folder: Callable[[], Path], server: str, now: Callable[[], float]
    ) -> None:
        self._folder = folder
        self._prefix = f"{server}-order-"
        self._now = now
        self._done: set[str] = set()
        self._seen_before = frozenset(self._names())

    def publish(self, order: Order) -> None:
        """Give an order to all workers. Raises OSError."""
        place = self._folder() / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        stamp = f"{int(self._now() * 1000):016d}-{os.urandom(4).hex()}"
        draft = place / f"{self._prefix}{stamp}.draft"
        draft.write_bytes(orjson.dumps({"kind": order.kind, "source": order.source}))
        draft.replace(draft.with_suffix(".json"))

    def carry_out_new(self, do: Callable[[Order], None]) -> None:
        """Carry out new orders, in the order in which they were given."""
        names = self._names()
        for name in sorted(names - self._done - self._seen_before):
            self._done.add(name)
            order = self._read(name)
            if order is None:
                continue
            try:
                do(order)
            except Exception:
                _logger.exception("internal error: an order failed: %s", order.kind)
        self._clean(names)

    def _names(self) -> set[str]:
        try:
            with os.scandir(self._folder() / FOLDER) as entries:
                return {
                    file.name
                    for file in entries
                    if file.name.startswith(self._prefix)
                    and file.name.endswith(".json")
                }
        except OSError:
            return set()

    def _read(self, name: str) -> Order | None:
        try:
            content = orjson.loads((self._folder() / FOLDER / name).read_bytes())
            order = Order(str(content["kind"]), str(content["source"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return order if order.kind in KINDS else None

    def _clean(self, names: set[str]) -> None:
        """Remove orders that all workers have seen."""
        for name in names:
            moment = name.removeprefix(self._prefix).partition("-")[0]
            if (
                moment.isdecimal()
                and self._now() - int(moment) / 1000 > LIFETIME_SECONDS
            ):
                with suppress(OSError):
                    (self._folder() / FOLDER / name).unlink(missing_ok=True)
        self._done &= names
