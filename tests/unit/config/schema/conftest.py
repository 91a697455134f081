"""Reads a section of the YAML as the loader does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ivrhooks.config.schema.declare import read, schema_of

Read = Callable[[type[Any], Any], Any]


@pytest.fixture
def entry_of() -> Read:
    """Return the settings of a section."""
    return lambda section, data: read(schema_of(section), data)[0]


@pytest.fixture
def refusals() -> Read:
    """Return the messages about a section, by dotted key."""
    return lambda section, data: dict(_flat(read(schema_of(section), data)[1], ""))


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _flat(below, f"{path}.{key}".strip("."))
    else:
        yield path, str(messages[0])
