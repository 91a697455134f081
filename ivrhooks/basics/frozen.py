"""Values that travel: frozen as far as the type checker looks, cheap to make.

A frozen dataclass sets each of its fields by a call, and a lookup makes fifty of them:
a tenth of its time. mypy refuses whatever would change one; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """As ``dataclass(frozen=True, slots=True)``, without its check at run time."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
