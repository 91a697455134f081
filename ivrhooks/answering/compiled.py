"""What an engine compiles from a plan once, so that no request has to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivrhooks.answering.contract import CompiledContract
from ivrhooks.answering.kept_answers import kept_answers
from ivrhooks.answering.outputs import CompiledOutputs
from ivrhooks.basics.time_zones import zone
from ivrhooks.config.plan import Plan


class CompiledPlan:
    """A plan with the closures that answer its data requests.

    ``is_mock``: its answers are made from the contract only. ``kept``: its kept
    answers, or None.
    """

    __slots__ = ("contract", "is_mock", "kept", "outputs", "plan", "zone")

    def __init__(self, plan: Plan, sources: Mapping[str, Any]) -> None:
        """Raises UnknownZone where the plan's time zone does not exist."""
        self.plan = plan
        self.contract = CompiledContract(plan)
        self.outputs = CompiledOutputs(plan)
        self.is_mock = plan.mode == "mock" and not plan.actions
        self.kept = kept_answers(plan, sources)
        self.zone = zone(plan.timezone)
