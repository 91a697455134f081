"""The Jinja environment of our templates: safe, bounded, mappings read by keys only.

No statement or filter can build a text, list or number so large that the engine misses
its deadline. Texts end at MAX_TEXT, loops at MAX_TURNS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, NoReturn

from jinja2 import (
    ChainableUndefined,
    Environment,
    Undefined,
    pass_context,
    pass_environment,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from ivrhooks.basics.phone import PhoneNumber

MAX_TEXT = 64 * 1024
MAX_TURNS = 10_000
MAX_WIDTH = 1_000
MAX_BITS = 4_096
RUN = " run"
"""The name under which a render keeps its ``Run``; no template can write it."""

_WIDTH = re.compile(r"%[^a-zA-Z%]*([0-9]{4,}|\*)|\{[^}]*[0-9]{4,}")
_TEXT_METHODS = frozenset(
    [
        "startswith",
        "endswith",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "casefold",
        "swapcase",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "find",
        "rfind",
        "count",
        "isdigit",
        "isdecimal",
        "isnumeric",
        "isalpha",
        "isalnum",
        "isspace",
        "islower",
        "isupper",
        "isascii",
        "removeprefix",
        "removesuffix",
    ]
)
_LIST_METHODS = frozenset(("index", "count"))


class NoValue(Exception):
    """A part of a mixed text has no value, so the whole text has none."""


class Run:
    """The state of one evaluation: how many turns its loops have made.

    ``empty``: the words that are not allowed as a segment of a path. ``phone``: how a
    bare telephone number is written.
    """

    __slots__ = ("empty", "phone", "turns")

    def __init__(
        self,
        empty: frozenset[str] = frozenset(),
        phone: Callable[[PhoneNumber], str] | None = None,
    ) -> None:
        self.empty = empty
        self.phone = phone
        self.turns = 0


class Missing(ChainableUndefined):
    """A missing field. It is "no value", and so is every field below it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Behave as ChainableUndefined, except for Python's own names."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class TemplateSandbox(SandboxedEnvironment):
    """Reads mappings by keys only, and bounds operators and methods."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, finalize: Callable[..., Any] | None = None) -> None:
        super().__init__(
            undefined=Missing,
            finalize=finalize,
            autoescape=False,
        )
        for name in ("lipsum", "cycler", "joiner", "namespace"):
            self.globals.pop(name, None)
        for name in ("batch", "center", "format", "indent", "round", "slice"):
            self.filters[name] = _narrow(self.filters[name])
        self.filters["attr"] = _attr
        self.filters["replace"] = _replace
        self.filters["join"] = _bounded_join(self.filters["join"])
        self.filters[" turns"] = _turns
        self.filters[" not empty"] = not_empty

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a mapping's key; of other objects, harmless attributes only."""
        if isinstance(obj, Mapping):
            return self._key(obj, attribute)
        if not attribute.startswith("_") and _harmless(obj, attribute):
            return getattr(obj, attribute, None)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an entry of a mapping or list, or a character of a text."""
        if isinstance(obj, Mapping):
            return self._key(obj, argument)
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, (str, list, tuple)):
            try:
                return obj[argument]
            except (TypeError, LookupError, ValueError):
                pass
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(obj=obj, name=argument)

    def _key(self, obj: Mapping[Any, Any], key: Any) -> Any:
        try:
            return obj[key]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=key)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Evaluate an operator. Raises SecurityError where the result would be too
        large."""
        if operator == "*":
            _check_product(left, right)
        elif operator == "**":
            _check_power(left, right)
        elif operator == "%" and isinstance(left, str) and _WIDTH.search(left):
            _refuse("a width in a format is too large")
        elif operator == "+" and _length(left) + _length(right) > MAX_TEXT:
            _refuse("a text or list is too long")
        return super().call_binop(context, operator, left, right)


def _refuse(why: str) -> NoReturn:
    raise SecurityError(why)


def _harmless(obj: Any, attribute: str) -> bool:
    if isinstance(obj, PhoneNumber) and attribute == "extension":
        return True
    if isinstance(obj, str):
        return attribute in _TEXT_METHODS
    if isinstance(obj, (list, tuple)):
        return attribute in _LIST_METHODS
    if isinstance(obj, (datetime, date, timedelta)):
        return True
    return type(obj).__name__ == "LoopContext"


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _check_product(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(times, int) and _length(many) * times > MAX_TEXT:
            _refuse("a text or list is too long")
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() + right.bit_length())


def _check_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() * abs(right))


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        _refuse("a number is too large")


def _replace(text: Any, old: Any, new: Any, count: int | None = None) -> str:
    whole, what, by = str(text), str(old), str(new)
    hits = whole.count(what) if what else len(whole) + 1
    if len(whole) + hits * len(by) > MAX_TEXT * 4:
        _refuse("a text is too long")
    return whole.replace(what, by, -1 if count is None else count)


def _bounded_join(join: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    def bounded(
        context: Context, value: Iterable[Any], d: Any = "", attribute: Any = None
    ) -> Any:
        items = list(_counted(context, value))
        if len(items) * len(str(d)) > MAX_TEXT * 4:
            _refuse("a text is too long")
        return join(context.eval_ctx, items, d, attribute)

    return bounded


def _narrow(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that its integer arguments, widths and counts, stay small."""

    @wraps(filter_)
    def bounded(*arguments: Any, **named: Any) -> Any:
        values = (*arguments, *named.values())
        if any(
            isinstance(value, int) and abs(value) > MAX_WIDTH for value in values[1:]
        ):
            _refuse("a width or count is too large")
        if any(isinstance(value, str) and _WIDTH.search(value) for value in values[:1]):
            _refuse("a width in a format is too large")
        return filter_(*arguments, **named)

    return bounded


@pass_environment
def _attr(environment: Environment, value: Any, name: str) -> Any:
    """Replace Jinja's ``attr``: it reads what a dot reads, and nothing else."""
    return environment.getattr(value, str(name))


def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    run = context.parent[RUN]
    for item in items:
        run.turns += 1
        if run.turns > MAX_TURNS:
            _refuse(f"more than {MAX_TURNS} turns of a loop")
        yield item


@pass_context
def _turns(context: Context, items: Any) -> Any:
    """Yield the items of a ``{% for %}`` loop, and count its turns."""
    if isinstance(items, Undefined) or items is None:
        return ()
    return list(_counted(context, items))


@pass_context
def finalize_text(context: Context, value: Any) -> Any:
    """Return a part of a mixed text. Raises NoValue where it has none, or is a method
    that is not called."""
    if value is None or isinstance(value, Undefined) or callable(value):
        raise NoValue
    if isinstance(value, PhoneNumber) and context.parent[RUN].phone is not None:
        return context.parent[RUN].phone(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)) and len(value) > MAX_TURNS:
        _refuse("a list is too long")
    return value


def not_empty(value: Any, empty: tuple[str, ...]) -> Any:
    """Return the value of a path in a text. Raises NoValue for a word that is "no
    value"."""
    if isinstance(value, str) and value in empty:
        raise NoValue
    return value


def plain_value(value: Any, budget: int = MAX_TURNS) -> Any:
    """Return an expression's value as JSON types; None where it has no such form."""
    if value is None or isinstance(value, (bool, int, PhoneNumber)):
        return value
    if isinstance(value, str):
        return str(value) if len(value) <= MAX_TEXT else _refuse("a text is too long")
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Undefined) or callable(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [plain_value(item) for item in _bounded(value, budget)]
    return None


def _bounded(items: Iterable[Any], most: int) -> Iterator[Any]:
    for count, item in enumerate(items):
        if count >= most:
            _refuse("a list is too long")
        yield item
