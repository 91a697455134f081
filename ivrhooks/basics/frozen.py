"""Dataclasses that are frozen for the type checker only, and so are cheap to make.

A frozen dataclass sets each of its fields by a function call. A lookup makes fifty
dataclasses, and these calls would take a tenth of its time. mypy refuses code that
changes a field; nothing checks it at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Decorate like ``dataclass(frozen=True, slots=True)``, without its check at run
    time."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
