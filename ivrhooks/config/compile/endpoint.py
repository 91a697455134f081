"""Compiles an endpoint's settings to its frozen plan; problems go to the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ivrhooks.basics.people.personal import FieldKinds
from ivrhooks.basics.phone import phone_reader
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.compile.access.security import compile_security
from ivrhooks.config.compile.actions import compile_action
from ivrhooks.config.compile.answer import (
    check_constant_names,
    check_profile,
    compile_shape,
)
from ivrhooks.config.compile.callers import PROFILES
from ivrhooks.config.compile.cases import DeclaredNames, compile_cases, compile_mock
from ivrhooks.config.compile.lookups import CompiledLookup, LookupCompiler
from ivrhooks.config.compile.order import lookup_order
from ivrhooks.config.compile.outputs import compile_outputs
from ivrhooks.config.compile.parameters import (
    better_name,
    compile_inputs,
    compile_parameters,
)
from ivrhooks.config.compile.paths import check_path
from ivrhooks.config.compile.source.sources import CompiledSource
from ivrhooks.config.compile.usage import all_expressions, check_use
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import ActionPlan, Expression, OutputRule, Plan, Security
from ivrhooks.config.reading.report import Location, listed
from ivrhooks.config.schema.endpoint import AnswerEntry, EndpointEntry
from ivrhooks.config.schema.parts import CaseEntry, LookupEntry
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.environments import Environments
from ivrhooks.config.templates.filters import TemplateContext
from ivrhooks.config.templates.names import NO_LOOKUP, Names

_WORDS = (
    *("true", "false", "none", "and", "or", "not", "in", "is", "if", "else"),
    *("loop", "self"),
)
"""Words of Jinja, which no lookup can have as its name."""


@dataclass(frozen=True, slots=True)
class SharedConfig:
    """What all endpoints of a configuration share."""

    compiled_sources: Mapping[str, CompiledSource]
    broken: frozenset[str]
    template_context: TemplateContext
    environments: Environments
    caller: str = "sobot"
    answer: AnswerEntry = field(default_factory=AnswerEntry)
    deadline: float = 2.0
    mode: str = "real"
    forced_mode: str | None = None
    timezone: str = "UTC"
    security: Security = field(default_factory=Security)


@dataclass(frozen=True, slots=True)
class EndpointCompiler:
    """Compiles one endpoint. ``system`` is true for the System API."""

    shared_config: SharedConfig
    entry: EndpointEntry
    location: Location
    system: bool = False

    def compile(self) -> Plan:
        """Return the plan. It must not be used where the report has errors."""
        entry, location, shared_config = self.entry, self.location, self.shared_config
        check_path(entry.path, entry.inputs, location.at("path"))
        headers, inputs = self._parameters()
        templates = Templates(self._names(), shared_config.environments)
        looked_up, acts = self._lookups(templates, inputs, headers)
        outputs = self._outputs(templates, headers, inputs, looked_up)
        actions = self._actions(acts, templates, inputs)
        expressions = all_expressions(looked_up, acts, outputs)
        shape, most_bytes = self._answer(outputs)
        security = self._security()
        plan = Plan(
            endpoint=str(entry.endpoint),
            path=str(entry.path),
            method="GET" if entry.format == "query" else "POST",
            format=entry.format,
            headers=headers,
            inputs=inputs,
            lookups=tuple(compiled.plan for compiled in looked_up.values()),
            outputs=outputs,
            deadline=entry.deadline or shared_config.deadline,
            mode=shared_config.forced_mode or entry.mode or shared_config.mode,
            mock=compile_mock(entry.mock, inputs, outputs, location.at("mock")),
            on_invalid=self._on_invalid(),
            ignore_invalid=entry.on_invalid == "ignore",
            strict_format=entry.strict_format,
            size_limit=most_bytes,
            shape=None if shape.plain else shape,
            region=shared_config.template_context.region,
            timezone=shared_config.timezone,
            security=security,
            description=entry.description,
            used_by=entry.used_by,
            file=location.document.file,
            order=lookup_order(_waits_by_lookup(looked_up), location.at("lookups")),
            tests=self._tests(headers, inputs, outputs, security),
            own_mode=entry.mode or shared_config.mode,
            actions=actions,
            clock=any(used.clock for used in expressions),
            reads=_reads(expressions),
        )
        check_use(entry, looked_up, templates, expressions, location, self.system)
        return plan

    def _parameters(self) -> tuple[tuple[Parameter, ...], tuple[Parameter, ...]]:
        """Return the compiled headers and inputs."""
        entry, at = self.entry, self.location
        profile = PROFILES[self.shared_config.caller]
        reader = phone_reader(
            self.shared_config.template_context.region, profile.withheld
        )
        return (
            compile_parameters(entry.headers, "header", at.at("headers"), reader),
            compile_inputs(self.entry, at.at("inputs"), reader, profile),
        )

    def _answer(
        self, outputs: tuple[OutputRule, ...]
    ) -> tuple[AnswerShape, int | None]:
        """Return the shape of an answer and its size limit in bytes."""
        shared_config, location = self.shared_config, self.location
        profile = PROFILES[shared_config.caller]
        shape, most = compile_shape(
            profile, shared_config.answer, self.entry.answer, location
        )
        check_constant_names(shape, outputs, location)
        deadline = self.entry.deadline or shared_config.deadline
        check_profile(
            shared_config.caller, outputs, shape, deadline, location, system=self.system
        )
        return shape, most

    def _on_invalid(self) -> int:
        """Return the HTTP status with which invalid input is answered."""
        written = self.entry.on_invalid
        if written is None:
            return PROFILES[self.shared_config.caller].on_invalid
        return written if isinstance(written, int) else 400

    def _security(self) -> Security:
        at = self.location.at("security")
        return compile_security(self.entry.security, at, self.shared_config.security)

    def _names(self) -> Names:
        return Names(
            inputs=tuple(map(str, self.entry.inputs)),
            headers=tuple(
                name
                for header in self.entry.headers
                for name in dict.fromkeys((str(header), better_name(str(header))))
            ),
            lookups=tuple(
                str(lookup) for lookup in self.entry.lookups if lookup not in NO_LOOKUP
            ),
            empty=_empty_by_lookup(
                self.entry.lookups, self.shared_config.compiled_sources
            ),
            template_context=self.shared_config.template_context,
        )

    def _lookups(
        self,
        templates: Templates,
        inputs: tuple[Parameter, ...],
        headers: tuple[Parameter, ...],
    ) -> tuple[dict[str, CompiledLookup], list[CompiledLookup]]:
        phones = tuple(
            f"{parameter.place}s.{parameter.name}"
            for parameter in (*inputs, *headers)
            if parameter.format == "phone"
        )
        kinds = {f"inputs.{parameter.name}": parameter.pii for parameter in inputs}
        kinds |= {
            f"headers.{parameter.name.lower()}": parameter.pii for parameter in headers
        }
        compiler = LookupCompiler(
            self.shared_config.compiled_sources,
            self.shared_config.broken,
            templates,
            phones,
            kinds,
        )
        location = self.location if self.system else self.location.at("lookups")
        looked_up = {}
        for name, entry in self.entry.lookups.items():
            at = location if self.system else location.at(name)
            _check_lookup_name(name, at)
            looked_up[str(name)] = compiler.compile(str(name), entry, at)
        actions = [
            compiler.compile(
                str(name), entry, self.location.at("actions", name), write=True
            )
            for name, entry in self.entry.actions.items()
        ]
        return looked_up, actions

    def _outputs(
        self,
        templates: Templates,
        headers: tuple[Parameter, ...],
        inputs: tuple[Parameter, ...],
        looked_up: Mapping[str, CompiledLookup],
    ) -> tuple[OutputRule, ...]:
        return compile_outputs(
            self.entry.outputs,
            templates.naming(tuple(map(str, self.entry.actions))),
            _empty_words(looked_up),
            self.location.at("outputs"),
            kinds=_kinds(inputs, headers, looked_up),
            custom=not self.system,
        )

    def _tests(
        self,
        headers: tuple[Parameter, ...],
        inputs: tuple[Parameter, ...],
        outputs: tuple[OutputRule, ...],
        security: Security,
    ) -> tuple[CaseEntry, ...]:
        declared = DeclaredNames(
            headers,
            inputs,
            outputs,
            lookups=[str(lookup) for lookup in self.entry.lookups],
            actions=[str(action) for action in self.entry.actions],
            signatures=[name for scheme in security.schemes for name in scheme.shown],
        )
        return compile_cases(self.entry.tests, declared, self.location.at("tests"))

    def _actions(
        self,
        acts: list[CompiledLookup],
        templates: Templates,
        inputs: tuple[Parameter, ...],
    ) -> tuple[ActionPlan, ...]:
        phones = tuple(
            parameter.name for parameter in inputs if parameter.format == "phone"
        )
        made = (
            compile_action(
                compiled, self.entry.actions[name], templates, phones, at=self._at(name)
            )
            for name, compiled in zip(self.entry.actions, acts, strict=True)
        )
        return tuple(action for action in made if action is not None)

    def _at(self, action: str) -> Location:
        return self.location.at("actions", action)


def _waits_by_lookup(
    looked_up: Mapping[str, CompiledLookup],
) -> dict[str, frozenset[str]]:
    """Return for each lookup those that it waits for."""
    return {name: compiled.plan.waits_for for name, compiled in looked_up.items()}


def _reads(used: Iterable[Expression]) -> frozenset[str] | None:
    """Return the parameters that decide what the templates give; None where the time
    or the request's id does as well."""
    if any(expression.clock or expression.request for expression in used):
        return None
    return frozenset[str]().union(*(expression.parameters for expression in used))


def _empty_words(
    looked_up: Mapping[str, CompiledLookup],
) -> dict[str, frozenset[str]]:
    """Return for each lookup the words that mean "no value" in any of its sources."""
    return {
        name: frozenset().union(*(call.empty for call in compiled.plan.calls))
        for name, compiled in looked_up.items()
    }


def _empty_by_lookup(
    lookups: Mapping[str, LookupEntry], compiled_sources: Mapping[str, CompiledSource]
) -> dict[str, frozenset[str]]:
    """Return the same as ``_empty_words``, as far as known before lookups are
    compiled."""
    words: dict[str, frozenset[str]] = {}
    for name, lookup in lookups.items():
        named = lookup.source if isinstance(lookup.source, list) else [lookup.source]
        known = [
            source_name
            for source_name in named
            if isinstance(source_name, str) and source_name in compiled_sources
        ]
        empties = (
            compiled_sources[source_name].settings.empty for source_name in known
        )
        words[str(name)] = frozenset().union(*empties)
    return words


def _kinds(
    inputs: tuple[Parameter, ...],
    headers: tuple[Parameter, ...],
    looked_up: Mapping[str, CompiledLookup],
) -> dict[str, tuple[FieldKinds, ...]]:
    """Return for each name that templates can use the personal-data kinds of its
    fields."""
    return {
        "inputs": (
            FieldKinds({parameter.name: parameter.pii for parameter in inputs}),
        ),
        "headers": (
            FieldKinds(
                {parameter.name.lower(): parameter.pii for parameter in headers}
            ),
        ),
        **{
            name: tuple(call.kinds for call in compiled.plan.calls)
            for name, compiled in looked_up.items()
        },
    }


def _check_lookup_name(name: str, location: Location) -> None:
    if name in NO_LOOKUP:
        location.error(
            f"`{name}` is a name that templates have already ({listed(NO_LOOKUP)}); "
            "write another",
            key=True,
        )
    elif (
        not (name.isascii() and name.isidentifier())
        or name.startswith("__")
        or name.lower() in _WORDS
    ):
        location.error(
            f"templates cannot name a lookup `{name}`; write letters, digits and _, "
            "a letter first",
            key=True,
        )
