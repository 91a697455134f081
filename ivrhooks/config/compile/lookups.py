"""Compiles lookups and actions: which operation of which source is queried with what.

A lookup has a chain of one or more source calls. Each call after the first is a
fallback.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivrhooks.config.compile.operation_checks import (
    check_params,
    check_picking,
    check_request,
    choose_operation,
)
from ivrhooks.config.compile.source.calls import (
    Builder,
    References,
    bind_params,
    bind_request,
    phone_form,
    request_parts,
    unless_withheld,
)
from ivrhooks.config.compile.source.section import SourceSection
from ivrhooks.config.compile.source.sources import CompiledSource, check_cache
from ivrhooks.config.plan import Expression, LookupPlan, Scope, Skip, SourceCall
from ivrhooks.config.reading.interpolated import Interpolated, filled_in
from ivrhooks.config.reading.report import Location, listed, nearest
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import LookupEntry
from ivrhooks.config.templates.compile import Templates, is_template
from ivrhooks.config.templates.request_kinds import sent_kinds
from ivrhooks.sources.interface import Operation, Query, kinds_of

_SWITCHES = ("yes", "no", "on", "off", "true", "false", "y", "n", "0", "1")
"""Texts that look like a condition, and are all true."""
_UNEVEN: Any = type("Uneven", (), {})()
"""Stands for each value of a list that is not as long as its chain; already
reported."""


@dataclass(frozen=True, slots=True)
class CompiledLookup:
    """A compiled lookup, what its templates read, and the operations of its chain."""

    plan: LookupPlan
    uses: References
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class LookupCompiler:
    """Compiles the lookups of one endpoint.

    - ``broken``: names of declared sources with errors, which are not reported again.
    - ``phones``: the parameters that are telephone numbers, such as ``inputs.tel``.
    - ``kinds``: the personal-data kind of each parameter.
    """

    compiled_sources: Mapping[str, CompiledSource]
    broken: frozenset[str]
    templates: Templates
    phones: tuple[str, ...]
    kinds: Mapping[str, str]

    def compile(
        self, name: str, entry: LookupEntry, location: Location, *, write: bool = False
    ) -> CompiledLookup:
        """Compile one lookup, or one action where ``write`` is true."""
        uses = References()
        names = self._sources(entry, location.at("source"))
        if write and len(names) > 1:
            location.at("source").error(
                "an action has one source, no chain; write an action for each"
            )
            names = names[:1]
        self._check_even(entry, names, location)
        spread = {
            key: _per_source(getattr(entry, key), names, location.at(key), key)
            for key in ("operation", "params", "request")
        }
        calls: list[SourceCall] = []
        operations: list[Operation] = []
        for index, source in enumerate(names):
            compiled_source = self.compiled_sources.get(source)
            fields = {key: values[index] for key, values in spread.items()}
            if compiled_source is None or any(
                value is _UNEVEN for value, _ in fields.values()
            ):
                self._read_references(fields, uses)
                continue
            made = self._source_call(
                entry, compiled_source, fields, location, uses, write=write
            )
            if made is not None:
                calls.append(made[0])
                operations.append(made[1])
        when = self._when(entry, location.at("when"), uses)
        check_cache(entry, location)
        plan = LookupPlan(name, tuple(calls), when, uses.lookups | uses.statuses)
        return CompiledLookup(plan, uses, tuple(operations))

    @staticmethod
    def _check_even(
        entry: LookupEntry, names: Sequence[str], location: Location
    ) -> None:
        """Report lists that have the same length, but not the length of ``source``.

        Where all of them agree, the mistake is the number of sources.
        """
        lists = {
            key: len(value)
            for key in ("operation", "params", "request")
            if isinstance(value := getattr(entry, key), list)
            and not _is_items(value, len(names), key)
        }
        lengths = set(lists.values())
        if len(lists) > 1 and len(lengths) == 1 and lengths != {len(names)}:
            location.at("source").error(
                f"{len(names)} of `source`, but {lengths.pop()} of {listed(lists)}; "
                "write one of each for each source"
            )
            for key in lists:
                location.report.suppress(location.document.file, (*location.path, key))

    def _when(
        self, entry: LookupEntry, location: Location, uses: References
    ) -> Expression | None:
        if entry.when is Absent or entry.when is None:
            return None
        expression = self.templates.compile(entry.when, location)
        self._check_when(entry.when, location)
        uses.expressions.append(expression)
        return expression

    def _check_when(self, when: Any, location: Location) -> None:
        """Question a ``when`` that is plain text: it is always true, so a template is
        missing."""
        plain = isinstance(when, str) and not isinstance(when, Interpolated)
        doubted = self.templates.is_doubted(location)
        if not plain or not when or is_template(when) or doubted:
            return
        if when.lower() in _SWITCHES:
            location.warning(
                f"this is the text `{when}`, which is always true; write true or "
                "false, without quotes"
            )
        else:
            self.templates.doubt_text(when, location)

    def _sources(self, entry: LookupEntry, location: Location) -> list[str]:
        written = entry.source
        if written is Absent:
            return []
        if isinstance(written, str) and "," in written:
            names = [name.strip() for name in written.split(",")]
            location.error(f"a chain is a list; write [{', '.join(names)}]")
            return names
        texts = written if isinstance(written, list) else [written]
        if not texts:
            location.error("an empty chain; write the name of a source")
        names = []
        for index, text in enumerate(texts):
            at = location.at(index) if isinstance(written, list) else location
            if isinstance(text, str) and (
                text in self.compiled_sources or text in self.broken
            ):
                names.append(str(text))
                continue
            known = [*self.compiled_sources, *self.broken]
            if not isinstance(text, str):
                at.error(f"write the name of a source; sources: {listed(known)}")
                names.append("")
                continue
            hint = nearest(str(text), known) or f"; sources: {listed(known)}"
            at.error(f"no source `{text}`{hint}")
            names.append("")
        return names

    def _source_call(
        self,
        entry: LookupEntry,
        compiled_source: CompiledSource,
        settings: Mapping[str, tuple[Any, Location]],
        location: Location,
        uses: References,
        *,
        write: bool,
    ) -> tuple[SourceCall, Operation] | None:
        operation = choose_operation(
            compiled_source, *settings["operation"], write=write, location=location
        )
        if operation is None:
            self._read_references(settings, uses)
            return None
        check_picking(entry, operation, compiled_source.kind.picks, location)
        own = References()
        builder = self._builder(compiled_source, own)
        compiled = _Call(entry, compiled_source, operation, settings, builder, location)
        bind = compiled.bind()
        uses.expressions += own.expressions
        self._check_bare(compiled_source, own, location)
        if not (write or entry.allow_withheld):
            bind = unless_withheld(bind, self._phones_in(own.parameters))
        written = [settings[key][0] for key in ("params", "request")]
        source = compiled_source.settings
        call = SourceCall(
            source.name,
            operation.name,
            bind,
            own.lookups,
            builder.empty,
            kinds=kinds_of(operation, self._pii(compiled_source, written)),
            rules=compiled.rules,
            secrets=(*filled_in(written), *source.secrets),
            cached=bool(entry.cache or source.cache),
        )
        return call, operation

    def _builder(self, compiled_source: CompiledSource, own: References) -> Builder:
        """Return the builder of a call to a source. What it reads comes to ``own``."""
        region = self.templates.names.template_context.region
        phone = phone_form(compiled_source.phone, region)
        empty = frozenset(compiled_source.settings.empty)
        return Builder(self.templates, empty, own, phone)

    def _pii(
        self, compiled_source: CompiledSource, written: list[Any]
    ) -> Mapping[str, str]:
        """Return the personal-data kinds of fields that no operation describes.

        They are those of the inputs that are ``written`` into a request, and ``pii:``
        of the source.
        """
        pii = compiled_source.settings.pii
        if not compiled_source.kind.unknown_fields:
            return pii
        return {**sent_kinds(written, self.kinds), **pii}

    def _phones_in(self, parameters: frozenset[str]) -> tuple[str, ...]:
        """Return the telephone numbers among the parameters that a call reads."""
        return tuple(
            phone
            for phone in self.phones
            if phone in parameters or f"{phone.partition('.')[0]}.*" in parameters
        )

    def _check_bare(
        self, compiled_source: CompiledSource, own: References, location: Location
    ) -> None:
        bare = frozenset().union(*(expression.bare for expression in own.expressions))
        phones = [phone for phone in self.phones if phone in bare]
        if (
            phones
            and compiled_source.kind.asks_requests
            and compiled_source.phone is None
        ):
            name = compiled_source.settings.name
            location.warning(
                f"`{phones[0]}` goes to `{name}` as its digits alone, +86138… as "
                f"86138…; write `phone: e164`, national or digits at `{name}`, or a "
                "filter: | phone('e164')",
                key=True,
            )

    def _read_references(
        self, settings: Mapping[str, tuple[Any, Location]], uses: References
    ) -> None:
        """Compile the parts of a call that has no source, for their references and
        errors."""
        builder = Builder(self.templates, frozenset(), uses)
        for key in ("params", "request"):
            value, location = settings[key]
            if value is not Absent and value is not _UNEVEN:
                builder.value(value, location)


@dataclass(slots=True)
class _Call:
    """One source call while it is compiled. ``rules``: how its answer is judged."""

    entry: LookupEntry
    compiled_source: CompiledSource
    operation: Operation
    values: Mapping[str, tuple[Any, Location]]
    builder: Builder
    location: Location
    rules: Hashable = None

    def bind(self) -> Callable[[Scope], Query | Skip]:
        """Return the function that makes the query from a scope."""
        if self.compiled_source.kind.asks_requests:
            return self._bind_request()
        return self._bind_params()

    def _bind_request(self) -> Callable[[Scope], Query | Skip]:
        params, at_params = self.values["params"]
        request, at_request = self.values["request"]
        if params not in (Absent, None):
            at_params.error(
                f"{self._source_and_kind}; write `request`, not `params`", key=True
            )
            if request in (Absent, None):
                return _never
        kind = self.compiled_source.kind
        keys = kind.rule_keys
        if not check_request(request, self.operation, keys, at_request, self.location):
            return _never
        settings = self.compiled_source.settings
        section = SourceSection(
            settings.name,
            at_request,
            self.compiled_source.source_context,
            mapping=request,
        )
        rules = kind.compile_rules and kind.compile_rules(section, settings.options)
        self.rules = rules
        parts = request_parts(request, self.builder, at_request)
        pick = self.entry.pick or getattr(rules, "pick", None)
        query_settings = {**self._settings(pick), "rules": rules}
        methods = next(
            param for param in self.operation.params if param.name == "method"
        )
        return bind_request(self.operation, parts, methods.values, query_settings)

    def _bind_params(self) -> Callable[[Scope], Query | Skip]:
        params, at_params = self.values["params"]
        request, at_request = self.values["request"]
        if request not in (Absent, None):
            at_request.error(
                f"{self._source_and_kind}; write `params`, not `request`", key=True
            )
            if params in (Absent, None):
                return _never
        at = at_params if at_params.has() or at_params.is_suppressed else self.location
        values = check_params(self.operation, params, at, self.builder.empty)
        if values is None:
            return _never
        settings = self._settings(self.entry.pick or self.operation.pick)
        build = self.builder.value(values, at_params)
        return bind_params(self.operation, build, settings)

    @property
    def _source_and_kind(self) -> str:
        source = self.compiled_source
        return f"`{source.settings.name}` is of kind {source.kind.name}"

    def _settings(self, pick: str | None) -> dict[str, Any]:
        cache = self.entry.cache
        return {
            "all_pages": self.entry.all_pages,
            "all_rows": self.entry.all_rows,
            "pick": pick,
            "cache": cache.compiled() if cache else self.compiled_source.settings.cache,
        }


def _never(scope: Any) -> Skip:
    return Skip("its configuration has errors")


def _per_source(
    value: Any, sources: Sequence[str], location: Location, key: str
) -> list[tuple[Any, Location]]:
    """Return one value for each source call: the single value, or the list's own."""
    count = len(sources)
    if not isinstance(value, list) or _is_items(value, count, key):
        return [(value, location)] * count
    if len(value) != count:
        location.error(
            f"{len(value)} of `{key}` for {count} sources; write one for all, or one "
            "for each"
        )
        return [(_UNEVEN, location)] * count
    return [(item, location.at(index)) for index, item in enumerate(value)]


def _is_items(value: list[Any], count: int, key: str) -> bool:
    """Return whether a list is the items of one operation that takes a list of
    params."""
    return (
        key == "params" and count == 1 and not any(isinstance(x, list) for x in value)
    )
