"""The trace of one data request, for the log line and the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ivrhooks.answering.trace_context import TraceContext
from ivrhooks.config.plan import SourceCall
from ivrhooks.languages.catalogue import Reason
from ivrhooks.sources.interface import Outcome, Query

if TYPE_CHECKING:
    from ivrhooks.sources.asking.watch import Watch


class _Nothing(dict[str, Any]):
    """An empty mapping that all traces share."""

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]


NOTHING: Mapping[str, Any] = _Nothing()


@dataclass(slots=True, eq=False)
class LookupRun:
    """How one lookup went. Times are in seconds on the deadline's clock.

    - ``status``: as in docs/rules.md#lookups (ok … skipped, stale);
    - ``source`` and ``operation``: those of the call that decided the status ("" where
      none was asked); ``asked``: whether any was;
    - ``queries``: what each source of its chain was asked; ``outcomes``: the answers
      that came in time.
    """

    name: str
    status: str = ""
    record: Any = None
    source: str = ""
    operation: str = ""
    started: float = 0.0
    ended: float = 0.0
    asked: bool = False
    message: str = ""
    outcome: Outcome | None = None
    queries: list[tuple[SourceCall, Query]] = field(default_factory=list, repr=False)
    outcomes: list[Outcome] = field(default_factory=list, repr=False)

    @property
    def reason(self) -> str:
        """Return the status, or ``withheld`` where that is why it was skipped."""
        withheld = self.status == "skipped" and self.message == "withheld"
        return "withheld" if withheld else self.status

    @property
    def age(self) -> float | None:
        """Return the seconds since the record was fetched, where it came from the
        cache."""
        return self.outcome.age if self.outcome is not None else None


@dataclass(slots=True)
class ActionRun:
    """The result of one action.

    - ``status``: stored | repeated (the same key was stored earlier) | not_delivered (a
      test run: nothing is stored) | skipped (``when``) | not_made (a needed value is
      missing) | not_stored;
    - ``id``: None where none was accepted;
    - ``params``, ``key`` and ``order``: as they would be stored.
    """

    name: str
    source: str
    operation: str
    status: str = ""
    id: str | None = None
    message: str = ""
    params: Any = None
    key: str | None = None
    order: str | None = None
    started: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of one output's value.

    ``origin``: source | cache | stale | mock | constant | default | omitted | action.
    ``because``: a lookup's status, no_value, not_mapped, not_stored or invalid_input,
    where it is a default or omitted.
    """

    name: str
    type: str
    value: int | str | None
    origin: str
    because: str = ""
    source: str = ""
    path: str = ""
    raw: Any = None


@dataclass(slots=True)
class Trace:
    """Everything known about one data request when its answer leaves.

    - ``defaults``: the outputs that are defaults or left out, each with the reason;
    - ``degraded``: the text of the header of that name;
    - ``now``: the time that templates saw;
    - ``headers``: typed values of declared headers, secret ones hidden;
    - ``exchanges``: what was sent to sources, by the ``id`` of the query, where the
      request is watched.
    """

    endpoint: str
    request_id: str
    mode: str = "real"
    started: float = 0.0
    deadline: float = 0.0
    method: str = ""
    path: str = ""
    peer: str = ""
    ended: float = 0.0
    lookups: Sequence[LookupRun] = ()
    notes: list[str] = field(default_factory=list)
    contract_ended: float = 0.0
    outputs_started: float = 0.0
    outputs_ended: float = 0.0
    inputs: Mapping[str, Any] = NOTHING
    headers: Mapping[str, Any] = NOTHING
    origins: Sequence[Origin] = ()
    warnings: Sequence[str] = ()
    error: str = ""
    error_reason: Reason | None = None
    error_fields: Mapping[str, Sequence[Reason]] = NOTHING
    defaults: Mapping[str, str] = NOTHING
    degraded: str = ""
    context: TraceContext | None = None
    actions: Sequence[ActionRun] = ()
    exchanges: Mapping[Any, Watch] = NOTHING
    now: datetime | None = None
