"""An action before it is stored, and its parameters as bytes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

KEY_SECONDS = 86_400.0
"""How long the same key means the same action."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One write of a data request.

    ``key``: a repetition with the same text is the same action for ``key_lives``
    seconds (a day at most), within the endpoint and action. ``order``: actions with the
    same text are delivered one after the other. ``delay`` and ``give_up`` are in
    seconds.
    """

    endpoint: str
    action: str
    source: str
    operation: str
    params: Mapping[str, Any] = field(repr=False)
    key: str | None = field(default=None, repr=False)
    key_lives: float = KEY_SECONDS
    order: str | None = field(default=None, repr=False)
    delay: float = 0.0
    give_up: float = 86400.0
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedAction:
    """The id under which a draft was stored, or with ``repeated`` the id of the same
    action stored earlier."""

    id: str
    repeated: bool = False


class ActionStore(Protocol):
    """Stores drafts.

    ``store`` returns a future of one AcceptedAction for each draft, made in the running
    loop. Cancelling it withdraws them.
    """

    def store(self, drafts: Sequence[Draft]) -> Any: ...


class NotStored(Exception):
    """The store cannot be written at present."""


def new_id() -> str:
    """Return a new action id, which is the idempotency key of all its tries."""
    return str(uuid.uuid4())


def made_up_id(number: int) -> str:
    """Return the id of an action that is not stored, the ``number``-th of its endpoint.

    No stored action has such an id.
    """
    return f"00000000-0000-4000-8000-{number:012d}"


def dump_params(params: Mapping[str, Any]) -> bytes:
    """Return parameters as JSON, whatever templates made of them; times as ISO 8601."""
    try:
        return orjson.dumps(params, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return json.dumps(params, default=str).encode("ascii")


def load_params(data: bytes) -> dict[str, Any]:
    """Return what ``dump_params`` was given."""
    params: dict[str, Any] = json.loads(data)
    return params
