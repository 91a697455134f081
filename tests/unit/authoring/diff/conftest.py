"""Parts of a configuration as they are written, and a place to note changes at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ivrhooks.authoring.diff.changes import Affected, Scope
from ivrhooks.authoring.diff.sides import Place
from ivrhooks.config.reading.report import Document
from ivrhooks.config.reading.yaml_reader import read_yaml
from ivrhooks.config.schema.declare import read, schema_of


class Nothing:
    """A change that reaches nobody."""

    def of(self, path: Sequence[str | int], *, breaks: bool) -> tuple[Affected, ...]:
        return ()


@pytest.fixture
def scope_of() -> Callable[..., Scope]:
    """A scope over two texts, the files ``old.yaml`` and ``new.yaml``."""

    def make(old: str = "{}", new: str = "{}") -> Scope:
        places = [
            Place(f"{name}.yaml", Document(name, read_yaml(text.encode())[0]))
            for name, text in (("old", old), ("new", new))
        ]
        return Scope("e", (), *places, Nothing())

    return make


@pytest.fixture
def entry_of() -> Callable[[type, Any], Any]:
    """A section as it is read from a file; it has no errors."""

    def make(kind: type, data: Any) -> Any:
        entry, errors = read(schema_of(kind), data)
        assert errors == {}
        return entry

    return make
