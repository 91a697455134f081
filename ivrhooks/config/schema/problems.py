"""Turns the nested messages of a schema into problems with their positions."""

from __future__ import annotations

from typing import Any

from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.explained import AtKey


def report_messages(messages: Any, location: Location) -> None:
    """Report what a schema found wrong, each message at its own key."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            here = key == "" and not _of_a_key(below)
            report_messages(below, location if here else location.at(key))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, (dict, list)):
            report_messages(message, location)
        elif isinstance(message, AtKey):
            location.error(str(message), key=True)
            location.explains(meant=message.meant, covers=message.covers)
        else:
            location.error(str(message))


def _of_a_key(messages: Any) -> bool:
    return isinstance(messages, list) and any(
        isinstance(message, AtKey) for message in messages
    )
