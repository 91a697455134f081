"""Converts values of a configuration file to plain texts, numbers, lists and maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain_texts(value: Any) -> Any:
    """Return a tree of JSON's types.

    Keys become texts. A text that remembers the variable (``${…}``) of its value
    becomes a plain str.
    """
    if isinstance(value, Mapping):
        return {str(key): plain_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_texts(item) for item in value]
    return str(value) if isinstance(value, str) else value
