"""Removes passwords that vendors send in clear text from a result.

This happens before the result is cached, logged or answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ivrhooks.sources.interface import Operation, Reply


def redacted(operation: Operation, reply: Reply) -> Reply:
    """Return ``reply`` without the fields that the operation declares as secret."""
    secrets = operation.secrets
    if not secrets or not isinstance(reply.record, (Mapping, list)):
        return reply
    return replace(reply, record=_without(secrets, reply.record))


def _without(secrets: Collection[str], value: Any) -> Any:
    """Return a record, a block with a list of records, or such a list without them."""
    if isinstance(value, list):
        return [_without(secrets, entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: [_without(secrets, entry) for entry in item]
        if isinstance(item, list)
        else item
        for name, item in value.items()
        if name not in secrets
    }
