"""One imitated system: what every vendor's sandbox works with.

It holds data, credentials and tokens, clock, and the magic telephone numbers.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from flask import Response, has_request_context, request
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.sandboxkit.faults import Fault
from ivrhooks.sources.sandboxkit.store import Collection, Store

MAGIC_FAULT = "ivrhooks.magic_fault"
"""The key in the WSGI environment under which a magic number leaves its fault."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"0001": "vip", "0002": "blacklisted", "0009": "unknown", "0107": "two"}
)
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "0101": "slow",
        "0102": "drip",
        "0103": "500",
        "0104": "bad_json",
        "0105": "hang",
        "0106": "reset",
    }
)
MAX_TOKENS = 200
"""The number of tokens that are remembered."""

LATER_SECONDS = 0.3
"""Seconds until work is done that a vendor does "a moment later"."""

Later = Callable[[float, Callable[[], None]], None]
"""Runs a function after so many seconds."""


def utc_now() -> datetime:
    """Return the current time; the default clock."""
    return datetime.now(UTC)


def run_later(seconds: float, work: Callable[[], None]) -> None:
    """Run ``work`` in a thread of its own after so many seconds."""
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()


class Tokens:
    """The access tokens that one system has issued. A reset does not revoke them."""

    def __init__(
        self,
        collection: Collection,
        now: Callable[[], datetime],
        lock: AbstractContextManager[Any],
    ) -> None:
        self._collection = collection
        self._lock = lock
        self._now = now

    def issue(
        self,
        seconds: float,
        *,
        void_others: bool = False,
        family: str = "",
        value: str | None = None,
    ) -> str:
        """Issue a token that is valid for so many seconds.

        ``void_others``: revoke the earlier tokens of its family. ``value``: the token
        itself, where it has a content.
        """
        value = value or secrets.token_hex(20)
        now = self._now()
        ends = (now + timedelta(seconds=seconds)).isoformat()
        document = {"id": value, "ends": ends, "family": family}
        with self._lock:
            recent = self._collection.all()[-MAX_TOKENS:]
            for token in recent if void_others else ():
                if token["family"] == family:
                    token["ends"] = min(token["ends"], now.isoformat())
            self._collection.replace([*recent, document])
        return value

    def known(self, value: str) -> bool:
        """Return whether a token is or was one of ours."""
        return self._collection.get(value) is not None

    def check(self, value: str | None, *, family: str = "") -> bool:
        """Return whether a token is one of ours, not revoked and not expired."""
        document = self._collection.get(value) if value else None
        if document is None or document["family"] != family:
            return False
        return self._now() < datetime.fromisoformat(document["ends"])


class System:
    """What a sandbox works with; one for each imitated system.

    ``credentials``: what the data file demands, as texts; None accepts any. They are
    read for each request, since the data is read after the blueprint is created.
    ``lock`` makes a read and the write that follows one step. ``http_error``: set by a
    sandbox whose vendor answers 404, 405 and the like below its prefix in its own form.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        *,
        credentials: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = utc_now,
        later: Later = run_later,
    ) -> None:
        self.name = name
        self.credentials = credentials
        self.now = now
        self.lock = store.lock
        self.collections: dict[str, Collection] = {}
        self.http_error: Callable[[HTTPException], Response] | None = None
        self.tokens = Tokens(store.collection(name, "_tokens"), now, store.lock)
        self._origin = store.collection(name, "_origin")
        self._store = store
        self._later = later
        self._age = 0

    def collection(self, name: str, key: str = "id") -> Collection:
        """Return the documents under ``name`` in this system's part of the data file.

        ``create_blueprint`` names all of them at once, so that the data can be stored
        in them.
        """
        if name not in self.collections:
            self.collections[name] = self._store.collection(self.name, name, key)
        return self.collections[name]

    def magic_answer(self, phone: object) -> str | None:
        """Return what the last four digits of a number force: "vip", "blacklisted",
        "unknown", "two" or None.

        It applies to numbers that the data does not hold. A fault (slow, drip, 500, bad
        JSON, hang, reset) is stored for this request and made on the socket after the
        sandbox has answered.
        """
        digits = "".join(sign for sign in str(phone) if sign in "0123456789")
        last = digits[-4:]
        if last in FAULTS and has_request_context():
            request.environ[MAGIC_FAULT] = Fault(FAULTS[last])
        return OUTCOMES.get(last)

    def later(self, work: Callable[[], None]) -> None:
        """Do ``work`` shortly after the answer, unless a reset comes first."""
        age = self._age

        def do() -> None:
            with self.lock:
                if self._age == age:
                    work()

        self._later(LATER_SECONDS, do)

    def load_when_new(self, data: Mapping[str, list[Mapping[str, Any]]]) -> None:
        """Do the same as ``load``, unless the current documents come from the same
        data."""
        whole = json.dumps(data, sort_keys=True, ensure_ascii=False)
        mark = {"id": "data", "sha256": hashlib.sha256(whole.encode()).hexdigest()}
        if self._origin.get("data") != mark:
            self.load(data)
            self._origin.put(mark)

    def load(self, data: Mapping[str, list[Mapping[str, Any]]]) -> None:
        """Replace all documents by those of the data file; a collection that it does
        not name becomes empty. Delayed work is dropped."""
        with self.lock:
            self._age += 1
            for name, collection in self.collections.items():
                collection.replace(data.get(name, []))
