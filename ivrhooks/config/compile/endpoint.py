"""An endpoint's settings -> its frozen plan; whatever is wrong goes to the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivrhooks.config.compile.cases import compile_cases, compile_mock
from ivrhooks.config.compile.lookups import LookupCompiler, Surveyed
from ivrhooks.config.compile.operation_checks import check_field
from ivrhooks.config.compile.order import circle, in_order
from ivrhooks.config.compile.outputs import compile_outputs
from ivrhooks.config.compile.parameters import compile_parameters
from ivrhooks.config.compile.security import compile_security, is_allowed
from ivrhooks.config.compile.sources import Account
from ivrhooks.config.plan import Expression, OutputRule, Parameter, Plan, Security
from ivrhooks.config.reading.report import Spot, listed
from ivrhooks.config.schema.settings import EndpointEntry
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.filters import Surroundings
from ivrhooks.config.templates.names import RESERVED, Names

SIZE_LIMITS: Mapping[str, int] = {"asterisk": 4000}
"""Bytes of an answer that a caller's profile takes; the others have no limit."""
_OWN_PATHS = ("/healthz", "/readyz", "/metrics")
_WORDS = ("true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "loop")


@dataclass(frozen=True, slots=True)
class World:
    """What every endpoint of a configuration shares."""

    accounts: Mapping[str, Account]
    broken: frozenset[str]
    around: Surroundings
    caller: str = "sobot"
    deadline: float = 2.0
    mode: str = "real"
    forced_mode: str | None = None
    timezone: str = "UTC"
    security: Security = field(default_factory=Security)


@dataclass(frozen=True, slots=True)
class EndpointCompiler:
    """Compiles one endpoint. ``system``: it is the System API."""

    world: World
    entry: EndpointEntry
    spot: Spot
    system: bool = False

    def compile(self) -> Plan:
        """The plan; of no use where the report has errors."""
        entry, spot, world = self.entry, self.spot, self.world
        check_path(entry.path, spot.at("path"))
        headers = compile_parameters(entry.headers, "header", spot.at("headers"))
        inputs = compile_parameters(entry.inputs, "input", spot.at("inputs"))
        templates = Templates(self._names())
        surveyed, actions = self._lookups(templates, inputs)
        outputs = compile_outputs(
            entry.outputs,
            templates,
            _empty_words(surveyed),
            spot.at("outputs"),
            custom=not self.system,
        )
        security = compile_security(entry.security, spot.at("security"), world.security)
        self._check_outbound(surveyed, security)
        plan = Plan(
            endpoint=str(entry.endpoint),
            path=str(entry.path),
            method="GET" if entry.format == "query" else "POST",
            format=entry.format,
            headers=headers,
            inputs=inputs,
            lookups=tuple(one.plan for one in surveyed.values()),
            outputs=outputs,
            deadline=entry.deadline or world.deadline,
            mode=world.forced_mode or entry.mode or world.mode,
            mock=compile_mock(entry.mock, inputs, outputs, spot.at("mock")),
            on_invalid=entry.on_invalid,
            strict_format=entry.strict_format,
            size_limit=SIZE_LIMITS.get(world.caller),
            region=world.around.region,
            timezone=world.timezone,
            security=security,
            default_outputs={
                rule.name: rule.default for rule in outputs if rule.default is not None
            },
            description=entry.description,
            used_by=entry.used_by,
            file=spot.document.file,
            order=self._order(surveyed),
            tests=compile_cases(
                entry.tests, inputs, headers, outputs, [*surveyed], spot.at("tests")
            ),
            own_mode=entry.mode or world.mode,
        )
        self._check_use(surveyed, actions, outputs)
        self._check_fields(surveyed, templates)
        return plan

    def _names(self) -> Names:
        return Names(
            inputs=tuple(map(str, self.entry.inputs)),
            headers=tuple(map(str, self.entry.headers)),
            lookups=tuple(
                str(one) for one in self.entry.lookups if one not in RESERVED
            ),
            around=self.world.around,
        )

    def _lookups(
        self, templates: Templates, inputs: tuple[Parameter, ...]
    ) -> tuple[dict[str, Surveyed], list[Surveyed]]:
        phones = tuple(one.name for one in inputs if one.format == "phone")
        compiler = LookupCompiler(
            self.world.accounts, self.world.broken, templates, phones
        )
        spot = self.spot if self.system else self.spot.at("lookups")
        surveyed = {}
        for name, entry in self.entry.lookups.items():
            at = spot if self.system else spot.at(name)
            _check_lookup_name(name, at)
            surveyed[str(name)] = compiler.compile(str(name), entry, at)
        actions = [
            compiler.compile(
                str(name), entry, self.spot.at("actions", name), write=True
            )
            for name, entry in self.entry.actions.items()
        ]
        return surveyed, actions

    def _order(self, surveyed: Mapping[str, Surveyed]) -> tuple[str, ...]:
        waits = {name: one.plan.waits_for for name, one in surveyed.items()}
        order, left = in_order(waits)
        reported: set[str] = set()
        for name in left:
            way = circle(name, waits)
            if way is None or name in reported:
                continue
            reported.update(way)
            self.spot.at("lookups", name).error(
                f"lookups wait for each other in a circle: {' → '.join(way)}; take "
                "one of these names out of a template",
                key=True,
            )
        return (*order, *left)

    def _check_outbound(
        self, surveyed: Mapping[str, Surveyed], security: Security
    ) -> None:
        written = self.entry.security.outbound
        if written is None or len(written) != len(security.outbound):
            return
        for name, one in surveyed.items():
            for link in one.plan.links:
                account = self.world.accounts[link.source]
                for _, host in () if account.sandbox else account.hosts:
                    if host and not is_allowed(host, security.outbound):
                        self.spot.at("lookups", name).error(
                            f"the source `{link.source}` calls {host}, which is not "
                            "under security.outbound of this endpoint; write it there",
                            key=True,
                        )

    def _check_use(
        self,
        surveyed: Mapping[str, Surveyed],
        actions: list[Surveyed],
        outputs: tuple[OutputRule, ...],
    ) -> None:
        """Warn of lookups and inputs that nothing names."""
        if self.system or self.spot.report.failed_in(self.spot.document.file):
            return
        used: list[Expression] = [rule.value for rule in outputs if rule.value]
        for one in (*surveyed.values(), *actions):
            used += one.uses.expressions
        lookups = frozenset().union(*(one.lookups | one.statuses for one in used))
        parameters = frozenset().union(*(one.parameters for one in used))
        for name in surveyed:
            if name not in lookups:
                self.spot.at("lookups", name).warning(
                    f"nothing names the lookup `{name}`, but every call waits for it; "
                    "use it in an output, or remove it",
                    key=True,
                )
        asked = {name for mock in self.entry.mock for name in mock.when or ()}
        if "inputs.*" in parameters:
            return
        for name in self.entry.inputs:
            if f"inputs.{name}" not in parameters and name not in asked:
                self.spot.at("inputs", name).warning(
                    f"nothing names the input `{name}`; use it in a template, or "
                    "remove it",
                    key=True,
                )

    def _check_fields(
        self, surveyed: Mapping[str, Surveyed], templates: Templates
    ) -> None:
        """Warn of fields that an operation does not know but nearly does."""
        for spot, name, path in templates.fields:
            if not spot.has() or name not in surveyed:
                continue
            own = self.entry.lookups[name].pick
            operations = [
                (one, (own or one.pick) not in (None, "none"))
                for one in surveyed[name].operations
            ]
            check_field(path, operations, name, spot)


def _empty_words(surveyed: Mapping[str, Surveyed]) -> dict[str, frozenset[str]]:
    """By lookup, the words that mean "no value" in any of its sources."""
    return {
        name: frozenset().union(*(link.empty for link in one.plan.links))
        for name, one in surveyed.items()
    }


def _check_lookup_name(name: str, spot: Spot) -> None:
    if name in RESERVED:
        spot.error(
            f"`{name}` is a name that templates have already ({listed(RESERVED)}); "
            "write another",
            key=True,
        )
    elif not name.isidentifier() or name.startswith("__") or name.lower() in _WORDS:
        spot.error(
            f"templates cannot name a lookup `{name}`; write letters, digits and _, "
            "a letter first",
            key=True,
        )


def check_path(path: str, spot: Spot) -> None:
    """Whether an endpoint can be served there."""
    if not path:
        return
    if not path.startswith("/"):
        spot.error(f"the path begins with /; write /{path}")
    elif "?" in path or "#" in path:
        spot.error("the path has no query; declare its names under `inputs`")
    elif not re.fullmatch(r"[\x21-\x7e]+", path):
        spot.error(
            "the path has a blank or a sign that is not ASCII; write letters, digits, "
            "- and _"
        )
    elif path.startswith("/_") or path in _OWN_PATHS:
        spot.error(
            f"{path} is the server's own (/_…, /healthz, /readyz, /metrics); write "
            "/api/…"
        )
