"""Values of a configuration file as bare texts, numbers, lists and mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain_texts(value: Any) -> Any:
    """A tree in JSON's own types: keys as texts, and a text that remembers the variable
    (``${…}``) it came from as any other."""
    if isinstance(value, Mapping):
        return {str(key): plain_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_texts(item) for item in value]
    return str(value) if isinstance(value, str) else value
