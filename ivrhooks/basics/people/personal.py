"""Personal data: the kind of each field, and how a value of a kind is masked.

Kinds are compiled when the configuration is loaded. They are looked up when a trace, a
log line or a page is made; a request does not carry them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ivrhooks.basics.people.masking import (
    ALWAYS_SECRET,
    SECRET,
    hide,
    mask_address,
    mask_number,
    mask_phone,
    mask_text,
)

KINDS = ("phone", "name", "email", "id", "text", "none")
"""The kinds of fields; the values of ``pii:``."""

IDENTIFYING = frozenset({"phone", "email", "id"})
"""The kinds by which a person can be found."""

_STRICT = ("none", "text", "id", "email", "phone", "name")  # the last is the strictest
_SEVERAL = re.compile(r"([;,，；、|])")
_PAIR_KEYS = ("field_code", "key")  # {key, value}: the value is the field of that name
_PAIR_VALUES = ("value", "dynamic_attribute_value")

Path = tuple[str, ...]

MAX_CACHED_PATHS = 2000
"""How many paths have their kind cached."""


def default_kind(type_: str, format_: str | None = None) -> str:
    """Return the kind of a field that declares none, by its type and format."""
    if format_ == "phone":
        return "phone"
    return "none" if type_ in ("int", "bool", "float") else "text"


def strictest(kinds: Collection[str]) -> str:
    """Return the kind that shows least, or ``text`` if there is none."""
    return max(kinds, key=_STRICT.index, default="text")


def mask_name(text: str) -> str:
    """Return ``W***``: the first letter of a name, without its length."""
    trimmed = text.strip()
    if not trimmed:
        return text
    return f"{trimmed[0]}***" if len(trimmed) > 1 else "***"


def mask_id(text: str) -> str:
    """Return ``c-10****34``: an id without its middle and its length."""
    trimmed = text.strip()
    if not trimmed:
        return text
    head, tail = min(4, len(trimmed) // 3), min(2, len(trimmed) // 4)
    return f"{trimmed[:head]}****{trimmed[len(trimmed) - tail :]}"


def mask_email(text: str) -> str:
    """Return ``w***@example.com``; of a text that is no address, the first letter."""
    masked = mask_address(text)
    if masked == text:
        return mask_name(text)
    return masked if "***@" in masked else mask_name(text)


def mask_phones(text: str) -> str:
    """Mask a field of one or more telephone numbers (Sobot separates them by ``;``)."""
    return "".join(
        part if _SEVERAL.fullmatch(part) else mask_phone(part)
        for part in _SEVERAL.split(text)
    )


_MASKS: Mapping[str, Callable[[str], str]] = {
    "phone": mask_phones,
    "name": mask_name,
    "email": mask_email,
    "id": mask_id,
    "text": mask_text,
    "none": lambda text: text,
}


def mask_as(kind: str, value: Any) -> Any:
    """Return a plain value, masked. True, false, null and decimals stay: they reveal
    nothing."""
    if isinstance(value, str):
        return _MASKS[kind](str.__str__(value))
    if isinstance(value, float) and value.is_integer():
        whole = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        whole = value
    else:
        return value
    if kind == "none":
        return value
    return mask_number(value) if kind == "text" else _MASKS[kind](str(whole))


class FieldKinds:
    """The kinds of a record's fields.

    Names are dotted, as in an operation's description. A name matches at any depth,
    inside any envelope; the longest match counts. In lists of ``{key, value}`` the key
    is the name of the field.
    """

    __slots__ = ("_deepest", "_kinds", "_resolved")

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds: dict[Path, str] = {}
        for name, kind in kinds.items():
            path = tuple(name.split("."))
            for start in range(1, len(path)):
                self._add(path[start:], kind)
        self._kinds.update(
            (tuple(name.split(".")), kind) for name, kind in kinds.items()
        )
        self._deepest = max(map(len, self._kinds), default=0)
        self._resolved: dict[Path, str | None] = {}

    def _add(self, path: Path, kind: str) -> None:
        """Add a kind; of two fields whose names end alike the stricter kind counts."""
        self._kinds[path] = strictest([self._kinds.get(path, kind), kind])

    def of(self, path: Sequence[str]) -> str | None:
        """Return the kind of the field at ``path``, or None if it is unknown."""
        end_of_path = tuple(path[-self._deepest :]) if self._deepest else ()
        if end_of_path in self._resolved:
            return self._resolved[end_of_path]
        ends = (end_of_path[start:] for start in range(len(end_of_path)))
        kinds = (self._kinds[end] for end in ends if end in self._kinds)
        kind = next(kinds, None)
        if len(self._resolved) < MAX_CACHED_PATHS:  # the number of names has no bound
            self._resolved[end_of_path] = kind
        return kind

    def at(self, path: Sequence[str]) -> str:
        """Return the kind of the field at ``path``, or that of what contains it."""
        kinds = (self.of(path[:end]) for end in range(len(path), 0, -1))
        return next((kind for kind in kinds if kind is not None), "text")


NO_KINDS = FieldKinds({})
"""All fields are free text."""


def mask_record(
    value: Any,
    kinds: FieldKinds,
    *,
    secrets: Collection[str] = (),
    texts: Collection[str] = (),
    free: Callable[[str], str] = mask_text,
) -> Any:
    """Return a record with each field masked by its kind, at every depth.

    ``secrets``: names whose values are hidden, in lower case. ``texts``: texts that are
    hidden wherever they occur. ``free`` masks free text.
    """
    hidden = ALWAYS_SECRET | frozenset(secrets)

    def plain(value: Any, kind: str) -> Any:
        if isinstance(value, str):
            value = hide(str.__str__(value), texts, numbers=False)
            if kind == "text":
                return free(value)
        return mask_as(kind, value)

    def masked(value: Any, path: Path, kind: str) -> Any:
        if isinstance(value, Mapping):
            return {
                plain(str(name), "text"): SECRET
                if str(name).lower() in hidden
                else masked(item, below, inner)
                for name, item, below, inner in fields_of(value, path, kind, kinds)
            }
        if isinstance(value, (list, tuple)):
            return [masked(item, path, kind) for item in value]
        return plain(value, kind)

    return masked(value, (), kinds.of(()) or "text")


def fields_of(
    value: Mapping[str, Any], path: Path, kind: str, kinds: FieldKinds
) -> Iterator[tuple[str, Any, Path, str]]:
    """Yield each field of a mapping with its path and its kind.

    The kind is the field's own, that of the key beside it, or that of the container.
    """
    key = next((value[name] for name in _PAIR_KEYS if name in value), None)
    for name, item in value.items():
        below = (*path, str(name))
        if key is not None and name in _PAIR_VALUES:
            below = (*path, str(key))
        yield name, item, below, kinds.of(below) or kind


def plain_fields(
    value: Any, kinds: FieldKinds, kind: str = "text"
) -> Iterator[tuple[str, Any]]:
    """Yield the kind and the value of each plain value in a record."""
    stack: list[tuple[Any, Path, str]] = [(value, (), kind)]
    while stack:
        value, path, kind = stack.pop()
        if isinstance(value, Mapping):
            stack += [
                (item, below, inner)
                for _, item, below, inner in fields_of(value, path, kind, kinds)
            ]
        elif isinstance(value, (list, tuple)):
            stack += [(item, path, kind) for item in value]
        else:
            yield kind, value
