"""A link of a lookup: its templates -> the question that a source is asked.

Evaluated for each data request, so all that can be judged before is judged at load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

from ivrhooks.basics.phone import PhoneNumber, format_phone
from ivrhooks.basics.values import to_text
from ivrhooks.config.plan import Expression, Scope, Skip
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.templates.compile import Templates, constant, is_template
from ivrhooks.config.templates.evaluate import PhoneForm
from ivrhooks.sources.interface import Operation, Query

_UNSENDABLE = ("\r", "\n", "\0")

Build = Callable[[Scope], Any]


WITHHELD = Skip("withheld")


class CannotAsk(Exception):
    """The link cannot be asked; holds why."""


class _LeftOut:
    """Stands for a field whose template has no value."""


LEFT_OUT = _LeftOut()


class Constant:
    """Gives the same value for every scope."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, scope: Scope) -> Any:
        return self.value


@dataclass(slots=True)
class References:
    """Every expression of a link, for its dependencies."""

    expressions: list[Expression] = field(default_factory=list)

    @property
    def lookups(self) -> frozenset[str]:
        """Lookups whose results are read."""
        return frozenset().union(*(one.lookups for one in self.expressions))

    @property
    def statuses(self) -> frozenset[str]:
        """Lookups whose statuses are read."""
        return frozenset().union(*(one.statuses for one in self.expressions))

    @property
    def parameters(self) -> frozenset[str]:
        """Inputs and headers that are read."""
        return frozenset().union(*(one.parameters for one in self.expressions))


@dataclass(frozen=True, slots=True)
class Builder:
    """Compiles the values of one link. ``empty``: words that are "no value" at the
    link's source; ``phone``: how it takes telephone numbers."""

    templates: Templates
    empty: frozenset[str]
    uses: References
    phone: PhoneForm | None = None

    def value(self, value: Any, location: Location, *, keep: bool = False) -> Build:
        """What gives ``value`` for a scope, or LEFT_OUT. ``keep``: constants stay,
        even null and empty text (a JSON body says what it says)."""
        if isinstance(value, Mapping):
            return self.mapping(value, location, keep=keep)
        if isinstance(value, list):
            items = [
                self.value(item, location.at(index), keep=keep)
                for index, item in enumerate(value)
            ]
            return lambda scope: [
                made for item in items if (made := item(scope)) is not LEFT_OUT
            ]
        if not is_template(value):
            self.templates.check_braces(value, location)
            plain = str(value) if isinstance(value, Interpolated) else value
            left = not keep and self.is_no_value(plain)
            return Constant(LEFT_OUT if left else plain)
        return self.evaluated(self.templates.compile(value, location, self.phone))

    def mapping(
        self, value: Mapping[str, Any], location: Location, *, keep: bool = False
    ) -> Callable[[Scope], dict[str, Any]]:
        """A mapping whose entries without value are left out."""
        parts = {
            str(key): self.value(item, location.at(key), keep=keep)
            for key, item in value.items()
        }

        pairs = tuple(parts.items())

        def build(scope: Scope) -> dict[str, Any]:
            made = {}
            for key, part in pairs:
                if (one := part(scope)) is not LEFT_OUT:
                    made[key] = one
            return made

        return build

    def evaluated(self, expression: Expression) -> Build:
        """An expression's value; LEFT_OUT for none."""
        self.uses.expressions.append(expression)
        known = self.templates.names.empty
        words = (known.get(name, frozenset()) for name in expression.lookups)
        empty = self.empty.union({""}, *words)
        evaluate = expression.evaluate
        if expression.constant:
            plain = evaluate(cast(Scope, None))  # which a constant does not look at
            left = plain is None or (isinstance(plain, str) and plain in empty)
            return Constant(LEFT_OUT if left else plain)

        def build(scope: Scope) -> Any:
            value = evaluate(scope)
            if value is None or (isinstance(value, str) and value in empty):
                return LEFT_OUT
            return value

        return build

    def is_no_value(self, value: Any) -> bool:
        """None, an empty text, or one of the source's empty words."""
        return value is None or (
            isinstance(value, str) and (value == "" or value in self.empty)
        )


def phone_form(form: str | None, region: str | None) -> PhoneForm | None:
    """How a source with ``phone: form`` takes telephone numbers; what has no such form
    leaves as its digits."""
    if form is None:
        return None

    def written(number: PhoneNumber) -> str:
        return format_phone(number, form, region) or str(number)

    return written


def unless_withheld(
    bind: Callable[[Scope], Query | Skip], phones: Iterable[str]
) -> Callable[[Scope], Query | Skip]:
    """``bind``, or a Skip where one of ``phones`` (``inputs.tel``), which the question
    reads, is a withheld caller's: whatever a template makes of it would find somebody
    else, or everybody."""
    places = tuple(phone.split(".", 1) for phone in phones)
    if not places:
        return bind

    def guarded(scope: Scope) -> Query | Skip:
        for place, name in places:
            number = scope.values[place].get(name)
            if isinstance(number, PhoneNumber) and number.withheld:
                return WITHHELD
        return bind(scope)

    return guarded


def _request_id(scope: Scope) -> str:
    request = scope.values.get("request")
    return request["id"] if request else ""


def bind_params(
    operation: Operation,
    build: Build,
    settings: Mapping[str, Any],
) -> Callable[[Scope], Query | Skip]:
    """The question of an operation with parameters. ``settings``: the rest of it."""

    def bind(scope: Scope) -> Query | Skip:
        try:
            made = build(scope)
        except CannotAsk as why:
            return Skip(str(why))
        missing = _missing(operation, made)
        if missing:
            return Skip(f"missing {missing}")
        params = {"items": made} if operation.list_params else made
        return Query(operation, params, request_id=_request_id(scope), **settings)

    return bind


def _missing(operation: Operation, made: Any) -> str | None:
    """What an operation needs and was not given."""
    if operation.list_params:
        if not made:
            return "items"
        found = (_missing_in(operation, item) for item in made)
        return next((name for name in found if name), None)
    return _missing_in(operation, made)


def _missing_in(operation: Operation, params: Mapping[str, Any]) -> str | None:
    for name in operation.required:
        if name not in params:
            return name
    if operation.needs_one_of and not params.keys() & set(operation.needs_one_of):
        return "one of " + ", ".join(operation.needs_one_of)
    return None


@dataclass(frozen=True, slots=True)
class RequestParts:
    """``request:`` of kind http, compiled. ``others``: query and body, each left out
    where it has no value."""

    method: Build
    path_value: Build
    headers: Build | None
    others: tuple[tuple[str, Build], ...]
    idempotent: bool


def request_parts(
    request: Mapping[str, Any], builder: Builder, location: Location
) -> RequestParts:
    """The parts of a request; what is no mapping has been reported already."""
    path = request.get("path")
    known = path if isinstance(path, str) else ""
    expression = (
        builder.templates.compile_path(
            known, location.at("path"), builder.empty, builder.phone
        )
        if known
        else constant(None)
    )
    headers = request.get("headers")
    return RequestParts(
        method=builder.value(request.get("method", "GET"), location.at("method")),
        path_value=builder.evaluated(expression),
        headers=builder.mapping(headers, location.at("headers"))
        if isinstance(headers, Mapping)
        else None,
        others=tuple(_others(request, builder, location)),
        idempotent=request.get("idempotent") is True,
    )


def _others(
    request: Mapping[str, Any], builder: Builder, location: Location
) -> Iterator[tuple[str, Build]]:
    for key in ("query", "form"):
        if isinstance(value := request.get(key), Mapping):
            yield key, builder.mapping(value, location.at(key))
    if "json" in request:
        yield "json", builder.value(request["json"], location.at("json"), keep=True)
    for key in ("body", "content_type"):
        if isinstance(value := request.get(key), str):
            yield key, builder.value(value, location.at(key), keep=True)


def bind_request(
    operation: Operation,
    parts: RequestParts,
    methods: tuple[str, ...],
    settings: Mapping[str, Any],
) -> Callable[[Scope], Query | Skip]:
    """The question of an HTTP request. What is written out is judged here, once."""
    fixed: dict[str, Any] | None = None
    if isinstance(parts.method, Constant) and isinstance(parts.path_value, Constant):
        try:
            fixed = _start(parts.method.value, parts.path_value.value, methods)
        except CannotAsk as why:
            skipped = Skip(str(why))
            return lambda scope: skipped

    def bind(scope: Scope) -> Query | Skip:
        try:
            if fixed is not None:
                params = fixed.copy()
            else:
                params = _start(parts.method(scope), parts.path_value(scope), methods)
            _add_parts(params, parts, scope)
        except CannotAsk as why:
            return Skip(str(why))
        return Query(operation, params, request_id=_request_id(scope), **settings)

    return bind


def _start(method: Any, path: Any, methods: tuple[str, ...]) -> dict[str, Any]:
    if path is LEFT_OUT or _climbs(str(path)):
        raise CannotAsk("missing path")
    if not isinstance(method, str) or method.upper() not in methods:
        raise CannotAsk("missing method")
    return {"method": method.upper(), "path": str(path)}


def _add_parts(params: dict[str, Any], parts: RequestParts, scope: Scope) -> None:
    if parts.headers is not None:
        params["headers"] = dict(_headers(parts.headers(scope)))
    for name, part in parts.others:
        if (made := part(scope)) is not LEFT_OUT:
            params[name] = made
    if parts.idempotent:
        params["idempotent"] = True


def _climbs(path: str) -> bool:
    """Whether a segment would lead upwards, encoded or not."""
    if "." not in path and "%" not in path:
        return False
    return any(unquote(part) in (".", "..") for part in path.split("/"))


def _headers(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in made.items():
        if any(sign in str(value) for sign in _UNSENDABLE):
            raise CannotAsk(f"the header {name} holds a line break")
        text = to_text(value)
        if text:
            yield name, text
