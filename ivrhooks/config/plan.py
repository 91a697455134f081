"""The plan: an endpoint, compiled once when the configuration is loaded.

A request reads plans and never settings. Plans do not change after loading: a new
configuration is a new ``Configuration``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ivrhooks.basics.errors import Problem
from ivrhooks.basics.frozen import frozen
from ivrhooks.basics.people.personal import NO_KINDS, FieldKinds
from ivrhooks.basics.signatures import HmacScheme, Scheme, TwilioScheme
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.parameter import Parameter
from ivrhooks.sources.interface import DataFile, Query, SourceSettings


class Scope(Protocol):
    """The names that a template sees while one data request is answered.

    ``values`` maps ``inputs``, ``headers`` (any case), ``now`` (aware datetime),
    ``request`` (``{"id"}``), ``lookups`` (``{name: {"status"}}``) and each lookup's
    name (its result or None). ``note`` takes a line for log and trace.
    """

    @property
    def values(self) -> Mapping[str, Any]: ...

    def note(self, text: str) -> None: ...


Evaluate = Callable[[Scope], Any]


@frozen
class Expression:
    """A compiled template or constant. ``evaluate`` gives None for "no value" and never
    raises. ``lookups`` and ``statuses``: the lookups whose result or status it reads;
    ``parameters``: the inputs and headers it reads; ``bare``: those it reads without
    filter or operator; ``actions``: those whose id it reads; ``clock``: it reads the
    time, ``request``: the id of the request; ``path``: the dotted path below a lookup's
    name, where it is a plain path; ``steps``: the field it gives, as ``("inputs",
    "tel")``, also behind filters that keep the personal-data kind; ``source``: as
    written."""

    evaluate: Evaluate
    source: str
    lookups: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    path: str = ""
    constant: bool = False
    actions: frozenset[str] = frozenset()
    clock: bool = False
    request: bool = False
    steps: tuple[str | int, ...] = ()

    def __call__(self, scope: Scope) -> Any:
        return self.evaluate(scope)


@dataclass(frozen=True, slots=True)
class Skip:
    """A source call that is not made, and why: ``withheld``, ``missing <param>``."""

    reason: str


@dataclass(frozen=True, slots=True)
class SourceCall:
    """One source of a lookup's chain. ``bind`` makes the query from a scope, or a Skip.
    ``lookups``: results it reads. ``kinds``: personal-data kinds of request and record;
    ``rules``: how the answer is judged; ``secrets``: texts that are never shown;
    ``cached``: whether its answers are kept."""

    source: str
    operation: str
    bind: Callable[[Scope], Query | Skip]
    lookups: frozenset[str]
    empty: frozenset[str]
    kinds: FieldKinds = NO_KINDS
    rules: Hashable = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    cached: bool = False


@dataclass(frozen=True, slots=True)
class LookupPlan:
    """One lookup: a chain of one or more source calls. ``waits_for`` holds every lookup
    that one of its templates reads (results and statuses)."""

    name: str
    calls: tuple[SourceCall, ...]
    when: Expression | None
    waits_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """One action: a write that is stored with the answer and delivered after it.

    Two actions with the same ``key`` are one action. Actions with the same ``order``
    are delivered one after the other. ``delay`` and ``give_up`` are in seconds from
    storing.
    """

    name: str
    call: SourceCall
    when: Expression | None = None
    key: Callable[[Scope], str | None] | None = None
    order: Callable[[Scope], str | None] | None = None
    delay: float = 0.0
    give_up: float = 86400.0


@frozen
class OutputRule:
    """One declared output. ``lookups``: results its template reads; the default is used
    where one failed. ``empty``: words that mean "no value" in its sources; ``pii``: the
    kind of the field that its template names; ``defaults``: by reason; ``default``: for
    others."""

    name: str
    type: str  # int | string
    value: Expression | None
    lookups: frozenset[str]
    empty: frozenset[str]
    map: Mapping[str, int | str] | None = None
    default: int | str | None = None
    optional: bool = False
    max_length: int | None = None
    help: str = ""
    pii: str = "text"
    defaults: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MockRule:
    """One answer of ``mock:``. ``when`` maps input names to typed values."""

    when: Mapping[str, int | str]
    outputs: Mapping[str, int | str | None]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """``200/s``: how many data requests one address may make in ``seconds``."""

    count: int
    seconds: float

    @property
    def at_once(self) -> float:
        """How many may come at once: one second's worth, at least one."""
        return max(1.0, self.count / self.seconds)


@dataclass(frozen=True, slots=True)
class Security:
    """``security:`` of an endpoint merged with the root's. Networks are CIDR text."""

    allow_ips: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    hmac: HmacScheme | None = None
    twilio: TwilioScheme | None = None
    max_body: int = 64 * 1024
    rate_limit: RateLimit | None = None
    outbound: tuple[str, ...] = ()

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The signatures that a data request needs; all must be valid."""
        return tuple(
            scheme for scheme in (self.hmac, self.twilio) if scheme is not None
        )


def segments_of(path: str) -> tuple[str | None, ...]:
    """Return for each segment of a path the name in its braces, or None."""
    return tuple(
        segment[1:-1] if segment[:1] == "{" and segment[-1:] == "}" else None
        for segment in path.split("/")
        if segment
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """An endpoint, ready to answer. ``endpoint``: its name; the System API's is
    ``system``. ``deadline``: in seconds. ``order``: lookups in topological order.
    ``size_limit``: most bytes of an answer, None = no limit. ``shape``: what an answer
    looks like, None where it is the outputs alone. ``tests``: its ``tests:``
    (config.settings.CaseEntry), which run in ``own_mode`` whatever IVRHOOKS_MODE says.
    ``clock``: one of its templates reads the time. ``reads``: the parameters that its
    templates read; None where they read what differs each time. ``segments``: for each
    segment of its path the input that stands there, or None; empty where it has no such
    segment."""

    endpoint: str
    path: str
    method: str  # POST | GET
    format: str  # form | json | query
    headers: tuple[Parameter, ...]
    inputs: tuple[Parameter, ...]
    lookups: tuple[LookupPlan, ...]
    outputs: tuple[OutputRule, ...]
    deadline: float
    mode: str  # real | mock
    mock: tuple[MockRule, ...] = ()
    on_invalid: int = 400
    ignore_invalid: bool = False
    strict_format: bool = False
    size_limit: int | None = None
    shape: AnswerShape | None = None
    region: str | None = None
    timezone: str = "UTC"
    security: Security = Security()
    description: str = ""
    used_by: tuple[str, ...] = ()
    file: str = ""
    order: tuple[str, ...] = ()
    own_mode: str = "real"
    tests: tuple[Any, ...] = ()
    actions: tuple[ActionPlan, ...] = ()
    clock: bool = False
    reads: frozenset[str] | None = None
    has_secrets: bool = field(default=False, init=False)
    segments: tuple[str | None, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        names = segments_of(self.path)
        object.__setattr__(self, "segments", names if any(names) else ())
        secrets = (parameter.secret for parameter in (*self.headers, *self.inputs))
        object.__setattr__(self, "has_secrets", any(secrets))

    @property
    def sources(self) -> frozenset[str]:
        """The names of all sources that its lookups may ask, in either mode."""
        return frozenset(
            call.source for lookup in self.lookups for call in lookup.calls
        )

    @property
    def confidential(self) -> tuple[Parameter, ...]:
        """The headers and inputs whose values are masked wherever they are shown."""
        return tuple(
            parameter
            for parameter in (*self.headers, *self.inputs)
            if parameter.confidential
        )

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of the confidential parameters, in lower case."""
        names = {parameter.name.lower() for parameter in self.confidential}
        return frozenset(
            names | {parameter.wire.lower() for parameter in self.confidential}
        )

    @property
    def secret_texts(self) -> frozenset[str]:
        """Texts that are never shown: the values that secret parameters must have."""
        return frozenset().union(
            *(parameter.secret_texts for parameter in self.confidential)
        )


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """``console:`` of the root."""

    enabled: bool = False
    allow_remote: bool = False


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """``journal:`` of the root. ``keep``: in seconds. ``enabled``: kept without a
    console as well; ``answers``: whether the sources' results are kept too."""

    enabled: bool = False
    keep: float = 7 * 86400.0
    answers: bool = True
    max_entries: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole configuration, loaded and compiled. ``fingerprint``: the first six hex
    digits of a hash over its files; ``problems``: warnings and notes (errors raise);
    ``alerts``: the URL that alerts go to, "" for none; ``exposures``: warnings of what
    is open to other machines. ``plans`` by path; ``calendars``: for the page Try a
    template."""

    folder: str
    fingerprint: str
    caller: str
    plans: Mapping[str, Plan]
    sources: Mapping[str, SourceSettings]
    console: ConsoleSettings
    store: str = ""
    shared_cache: str = ""
    security: Security = Security()
    journal: JournalSettings = JournalSettings()
    region: str | None = None
    alerts: str = field(default="", repr=False)
    problems: tuple[Problem, ...] = ()
    exposures: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    calendars: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_actions(self) -> bool:
        """Whether any endpoint has actions."""
        return any(plan.actions for plan in self.plans.values())

    @property
    def data_files(self) -> tuple[DataFile, ...]:
        """The data files of sources of kind ``table``."""
        files = (settings.data_file for settings in self.sources.values())
        return tuple(file for file in files if file is not None)

    def by_name(self, endpoint: str) -> Plan | None:
        """Return the plan of an endpoint by its name, or None."""
        return next(
            (plan for plan in self.plans.values() if plan.endpoint == endpoint), None
        )
