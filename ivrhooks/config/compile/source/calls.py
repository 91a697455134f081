"""Compiles the templates of one source call to a function that makes its query.

That function runs with each data request, so everything constant is judged at load.
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
    """The source call cannot be made; the message says why."""


class _LeftOut:
    """Stands for a field whose template has no value."""


LEFT_OUT = _LeftOut()


class Constant:
    """A builder that gives the same value for every scope."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, scope: Scope) -> Any:
        return self.value


@dataclass(slots=True)
class References:
    """The expressions of a source call, from which its dependencies are read."""

    expressions: list[Expression] = field(default_factory=list)

    @property
    def lookups(self) -> frozenset[str]:
        """The lookups whose results are read."""
        return frozenset().union(
            *(expression.lookups for expression in self.expressions)
        )

    @property
    def statuses(self) -> frozenset[str]:
        """The lookups whose statuses are read."""
        return frozenset().union(
            *(expression.statuses for expression in self.expressions)
        )

    @property
    def parameters(self) -> frozenset[str]:
        """The inputs and headers that are read."""
        return frozenset().union(
            *(expression.parameters for expression in self.expressions)
        )


@dataclass(frozen=True, slots=True)
class Builder:
    """Compiles the values of one source call.

    ``empty`` holds the words that mean "no value" at the source. ``phone`` is the form
    in which the source takes telephone numbers.
    """

    templates: Templates
    empty: frozenset[str]
    uses: References
    phone: PhoneForm | None = None

    def value(self, value: Any, location: Location, *, keep: bool = False) -> Build:
        """Return a function that gives ``value`` for a scope, or LEFT_OUT.

        With ``keep``, constants are sent as written, null and empty text included. A
        JSON body needs that.
        """
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
        """Return a function that builds a mapping and drops the entries without
        value."""
        parts = {
            str(key): self.value(item, location.at(key), keep=keep)
            for key, item in value.items()
        }

        pairs = tuple(parts.items())

        def build(scope: Scope) -> dict[str, Any]:
            made = {}
            for key, part in pairs:
                if (value := part(scope)) is not LEFT_OUT:
                    made[key] = value
            return made

        return build

    def evaluated(self, expression: Expression) -> Build:
        """Return a function that evaluates an expression; LEFT_OUT stands for "no
        value"."""
        self.uses.expressions.append(expression)
        evaluate = expression.evaluate
        if expression.constant:
            plain = evaluate(cast(Scope, None))  # a constant does not read its scope
            return Constant(LEFT_OUT if plain is None else plain)
        known = self.templates.names.empty
        words = (known.get(name, frozenset()) for name in expression.lookups)
        empty = self.empty.union({""}, *words)

        def build(scope: Scope) -> Any:
            value = evaluate(scope)
            if value is None or (isinstance(value, str) and value in empty):
                return LEFT_OUT
            return value

        return build

    def is_no_value(self, value: Any) -> bool:
        """Return whether a value is None, empty text, or an empty word of the
        source."""
        return value is None or (
            isinstance(value, str) and (value == "" or value in self.empty)
        )


def phone_form(form: str | None, region: str | None) -> PhoneForm | None:
    """Return how a source with ``phone: form`` writes telephone numbers.

    A number that has no such form is sent as its digits.
    """
    if form is None:
        return None

    def written(number: PhoneNumber) -> str:
        return format_phone(number, form, region) or str(number)

    return written


def unless_withheld(
    bind: Callable[[Scope], Query | Skip], phones: Iterable[str]
) -> Callable[[Scope], Query | Skip]:
    """Wrap ``bind`` so that it skips withheld callers.

    ``phones`` are the numbers that the query reads, such as ``inputs.tel``. A query
    made from a withheld number would find another person, or everybody.
    """
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


def _query_maker(
    operation: Operation, settings: Mapping[str, Any]
) -> Callable[[Mapping[str, Any], Scope], Query]:
    """Return what makes the queries of one source call from their parameters.

    ``settings`` are the fields that all of them share. Passing them by position takes
    a third of the time.
    """
    usual = Query(operation, {}, **settings)
    pages, pick, cache = usual.all_pages, usual.pick, usual.cache
    rules, rows = usual.rules, usual.all_rows

    def make(params: Mapping[str, Any], scope: Scope) -> Query:
        return Query(
            operation, params, pages, pick, cache, rules, rows, "", _request_id(scope)
        )

    return make


def _request_id(scope: Scope) -> str:
    request = scope.values.get("request")
    return request["id"] if request else ""


def bind_params(
    operation: Operation,
    build: Build,
    settings: Mapping[str, Any],
) -> Callable[[Scope], Query | Skip]:
    """Return a function that makes the query of an operation with parameters.

    ``settings`` are the other arguments of ``Query``.
    """

    make = _query_maker(operation, settings)

    def bind(scope: Scope) -> Query | Skip:
        try:
            made = build(scope)
        except CannotAsk as why:
            return Skip(str(why))
        missing = _missing(operation, made)
        if missing:
            return Skip(f"missing {missing}")
        params = {"items": made} if operation.list_params else made
        return make(params, scope)

    return bind


def _missing(operation: Operation, made: Any) -> str | None:
    """Return the name of a needed parameter that has no value, or None."""
    if operation.list_params:
        if not made:
            return "items"
        missing = (_missing_in(operation, item) for item in made)
        return next((name for name in missing if name), None)
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
    """The compiled ``request:`` of kind http.

    ``others`` are query and body; each is left out where it has no value.
    """

    method: Build
    path_value: Build
    headers: Build | None
    others: tuple[tuple[str, Build], ...]
    idempotent: bool


def request_parts(
    request: Mapping[str, Any], builder: Builder, location: Location
) -> RequestParts:
    """Compile the parts of a request. A part of the wrong type is already reported."""
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
    """Return a function that makes the query of an HTTP request.

    Method and path are judged once, here, where both are constants.
    """
    fixed: dict[str, Any] | None = None
    if isinstance(parts.method, Constant) and isinstance(parts.path_value, Constant):
        try:
            fixed = _start(parts.method.value, parts.path_value.value, methods)
        except CannotAsk as why:
            skipped = Skip(str(why))
            return lambda scope: skipped

    make = _query_maker(operation, settings)

    def bind(scope: Scope) -> Query | Skip:
        try:
            if fixed is not None:
                params = fixed.copy()
            else:
                params = _start(parts.method(scope), parts.path_value(scope), methods)
            _add_parts(params, parts, scope)
        except CannotAsk as why:
            return Skip(str(why))
        return make(params, scope)

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
    """Return whether a path has a segment ``.`` or ``..``, percent-encoded or not."""
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
