"""Computes how much of the deadline each chain of lookups takes in the worst case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivrhooks.authoring.doctor.findings import YELLOW, Finding
from ivrhooks.config.plan import Configuration, LookupPlan, Plan
from ivrhooks.sources.interface import SourceSettings

MARGIN = 0.1
"""Of the deadline that should be left for contract, outputs and a busy machine."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The longest chain of lookups of an endpoint, in order.

    ``seconds``: the sum of its sources' timeouts, None where one has none of its own.
    """

    endpoint: str
    deadline: float
    lookups: tuple[str, ...]
    seconds: float | None


def budgets(configuration: Configuration) -> list[Budget]:
    """Return one for each endpoint that asks sources, the tightest first."""
    sheets = [
        _budget(plan, configuration.sources)
        for plan in configuration.plans.values()
        if plan.lookups and plan.mode != "mock"
    ]
    return sorted(
        sheets, key=lambda budget: budget.deadline - (budget.seconds or budget.deadline)
    )


def budget_findings(sheets: list[Budget]) -> list[Finding]:
    """Return findings for chains whose timeouts exceed the deadline."""
    return [
        Finding(
            YELLOW,
            f"endpoints.{budget.endpoint}",
            f"{' then '.join(budget.lookups)} may take {budget.seconds:g} s of a "
            f"deadline of {budget.deadline:g} s",
            "shorten timeout: of their sources, or let them not wait for each other",
        )
        for budget in sheets
        if budget.seconds is not None
        and budget.seconds > budget.deadline * (1 - MARGIN)
    ]


def _budget(plan: Plan, sources: Mapping[str, SourceSettings]) -> Budget:
    worst: dict[str, tuple[float | None, tuple[str, ...]]] = {}
    lookups = {lookup_plan.name: lookup_plan for lookup_plan in plan.lookups}
    for name in plan.order or tuple(lookups):
        lookup = lookups[name]
        before = max(
            (worst[other] for other in lookup.waits_for if other in worst),
            key=_length,
            default=(0.0, ()),
        )
        own = _seconds(lookup, sources)
        total = None if own is None or before[0] is None else before[0] + own
        worst[name] = (total, (*before[1], name))
    seconds, names = max(worst.values(), key=_length)
    return Budget(plan.endpoint, plan.deadline, names, seconds)


def _length(timing: tuple[float | None, tuple[str, ...]]) -> tuple[float, int]:
    """Return the length of a chain; one without a timeout is as long as the
    deadline."""
    return (float("inf") if timing[0] is None else timing[0], len(timing[1]))


def _seconds(lookup: LookupPlan, sources: Mapping[str, SourceSettings]) -> float | None:
    """Return the time of all tries of all sources of a lookup."""
    total = 0.0
    for call in lookup.calls:
        settings = sources.get(call.source)
        if settings is None or settings.timeout is None:
            return None
        total += settings.timeout
    return total
