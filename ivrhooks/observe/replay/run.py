"""Runs recorded data requests through a configuration, and reports what changes.

No source is queried and nothing is delivered. Contract, ``when``, templates, maps,
defaults and limits are the present ones, at the recorded time; each lookup's answer is
the recorded one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.engine import Engine
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.config.plan import Configuration, OutputRule, Plan
from ivrhooks.observe.replay.recording import (
    RecordedSource,
    data_request,
    is_complete,
    is_hidden,
    moment,
    outcomes,
    recorded_plan,
)
from ivrhooks.observe.replay.verdicts import (
    LOST,
    MAX_EXAMPLES,
    NOT_JUDGED,
    SAME,
    EndpointTally,
    Example,
    OutputAnswer,
    verdict_on,
    why,
)
from ivrhooks.resilience.deadline import Deadline

REPLAYED = frozenset({"", "invalid_input", "unreadable_body", "unsupported_media_type"})
"""The codes of data requests that the endpoint itself answered or refused. Those
refused earlier (401, 403, 429 …) show nothing of a configuration's rules."""

_MAX_SECONDS = 60.0


class _ReplayedEndpoint:
    """One endpoint of the new configuration, with its lookups answered from
    recordings."""

    def __init__(self, plan: Plan, configuration: Configuration) -> None:
        self.plan = recorded_plan(plan)
        self.sources = {lookup.name: RecordedSource() for lookup in plan.lookups}
        self.now: datetime | None = None
        alone = replace(configuration, plans={self.plan.path: self.plan})
        self.engine = Engine(alone, self.sources, now=self._now)
        self.rules = {rule.name: rule for rule in plan.outputs}

    def _now(self) -> datetime:
        assert self.now is not None  # noqa: S101 - set before each data request
        return self.now

    async def answer(self, entry: Mapping[str, Any], clock: Any) -> Answer | None:
        """Return the present answer to a recorded data request, or None where not all
        of it is recorded."""
        request = data_request(self.plan, entry)
        if not is_complete(entry) or is_hidden(self.plan, request):
            return None
        self.now = moment(entry)
        played = outcomes(entry)
        for name, source in self.sources.items():
            source.play(played.get(name, {}))
        return await self.engine.answer(
            self.plan, request, Deadline.after(_MAX_SECONDS, clock)
        )

    def unrecorded(self, entry: Mapping[str, Any]) -> frozenset[str]:
        """Return the lookups without a recording, and those that name one of them. A
        lookup that the recorded endpoint did not have has none, whether it would be
        made or not."""
        names = {name for name, source in self.sources.items() if source.missing}
        had = entry.get("lookups")
        if had is not None and not self.sources.keys() <= set(had):
            names |= self.sources.keys() - set(had)
        grown = bool(names)
        while grown:
            more = {
                lookup.name
                for lookup in self.plan.lookups
                if lookup.name not in names and not names.isdisjoint(lookup.waits_for)
            }
            grown = bool(more)
            names |= more
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class ReplayedRequest:
    """The result of one data request: by output the verdict and both values.
    ``answer``: the present one, None where the endpoint is gone or not all is recorded;
    ``same``: each output is the same, and none of them is named."""

    endpoint: str
    verdicts: Mapping[str, str]
    before: Mapping[str, OutputAnswer] = field(default_factory=dict)
    after: Mapping[str, OutputAnswer] = field(default_factory=dict)
    answer: Answer | None = None
    plan: Plan | None = None
    same: bool = False

    @property
    def status(self) -> int | None:
        """The status of the present answer, None where there is none."""
        return None if self.answer is None else self.answer.status

    def shown(self, name: str) -> tuple[Any, Any]:
        """Return an output's recorded and present values, None where there is none.
        People's data are masked, also in a text made from a field that holds them."""
        trace = None if self.answer is None else self.answer.trace
        mask = Mask(self.plan, show_personal=False, trace=trace)
        was, now = self.before.get(name), self.after.get(name)
        return _shown_output(mask, name, was), _shown_output(mask, name, now)


class Replay:
    """A running replay; ``tallies`` by endpoint grow with each data request."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._stages: dict[str, _ReplayedEndpoint] = {}
        self.tallies: dict[str, EndpointTally] = {}

    def run(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Replay the entries of a journal. Must not be called inside a running loop."""
        asyncio.run(self._run(entries))

    async def _run(self, entries: Iterable[Mapping[str, Any]]) -> None:
        clock = asyncio.get_running_loop().time
        for entry in entries:
            if entry["code"] in REPLAYED and entry["endpoint"]:
                await self._replay_counted(entry, clock)

    def replay_one(self, entry: Mapping[str, Any]) -> ReplayedRequest:
        """Replay one entry alone, without counting it. Must not be called inside a
        running loop."""
        return asyncio.run(self._replay_alone(entry))

    async def _replay_alone(self, entry: Mapping[str, Any]) -> ReplayedRequest:
        return await self._replay_entry(entry, asyncio.get_running_loop().time)

    async def _replay_counted(self, entry: Mapping[str, Any], clock: Any) -> None:
        self._count(entry, await self._replay_entry(entry, clock))

    async def _replay_entry(
        self, entry: Mapping[str, Any], clock: Any
    ) -> ReplayedRequest:
        plan = self._plan_of(entry)
        if plan is None:  # the endpoint is gone: each of its outputs is lost
            before = _before(entry)
            lost = dict.fromkeys(before, LOST)
            return ReplayedRequest(entry["endpoint"], lost, before)
        stage = self._stages.get(plan.path)
        if stage is None:
            stage = self._stages[plan.path] = _ReplayedEndpoint(
                plan, self._configuration
            )
        answer = await stage.answer(entry, clock)
        if answer is None:
            before = _before(entry)
            unjudged = dict.fromkeys(before, LOST) | dict.fromkeys(
                stage.rules, NOT_JUDGED
            )
            return ReplayedRequest(plan.endpoint, unjudged, before, plan=plan)
        unknown = stage.unrecorded(entry)
        counted = plan.endpoint in self.tallies
        if counted and not unknown and _is_same_answer(entry, answer, stage.rules):
            return ReplayedRequest(plan.endpoint, {}, same=True)
        before, after = _before(entry), _after(answer)
        verdicts = {
            name: _verdict(stage.rules.get(name), unknown, before, after, name)
            for name in dict.fromkeys((*before, *stage.rules))
        }
        return ReplayedRequest(plan.endpoint, verdicts, before, after, answer, plan)

    def _plan_of(self, entry: Mapping[str, Any]) -> Plan | None:
        """Return the endpoint's plan, found by path, then by name."""
        plans = self._configuration.plans
        plan = plans.get(entry["path"])
        return plan or self._configuration.by_name(entry["endpoint"])

    def _count(self, entry: Mapping[str, Any], replayed: ReplayedRequest) -> None:
        name = replayed.endpoint
        tally = self.tallies.setdefault(name, EndpointTally(name))
        if replayed.same:
            tally.count_the_same()
            return
        verdicts = replayed.verdicts
        outputs = {name: tally.output(name) for name in verdicts}
        tally.requests += 1
        for name, output in tally.outputs.items():
            output.counts[verdicts.get(name, SAME)] += 1
        changed = {
            name: verdict
            for name, verdict in verdicts.items()
            if verdict not in (SAME, NOT_JUDGED)
        }
        tally.changed += bool(changed)
        for name, verdict in changed.items():
            if len(outputs[name].examples) < MAX_EXAMPLES:
                outputs[name].examples.append(
                    Example(
                        entry["request_id"],
                        *replayed.shown(name),
                        why(
                            verdict, replayed.before.get(name), replayed.after.get(name)
                        ),
                    )
                )


def _verdict(
    rule: OutputRule | None,
    unknown: frozenset[str],
    before: Mapping[str, OutputAnswer],
    after: Mapping[str, OutputAnswer],
    name: str,
) -> str:
    if rule is not None and rule.value is not None:
        named = rule.value.lookups | rule.value.statuses
        # A replay stores no action, so it has no action's id.
        if rule.value.actions or not unknown.isdisjoint(named):
            return NOT_JUDGED
    return verdict_on(before.get(name), after.get(name))


def _is_same_answer(
    entry: Mapping[str, Any], answer: Answer, rules: Mapping[str, OutputRule]
) -> bool:
    """Return whether every output is as recorded, without finding where each comes
    from: most are the same, and there may be a hundred thousand answers."""
    recorded, trace = entry["outputs"], answer.trace
    if trace is None or recorded.keys() != rules.keys():
        return False
    for name, (value, is_default) in recorded.items():
        now = answer.outputs.get(name)
        if now != value or type(now) is not type(value):
            return False
        if bool(is_default) != (name in trace.defaults):
            return False
    return True


def _before(entry: Mapping[str, Any]) -> dict[str, OutputAnswer]:
    """Return the recorded outputs; in a refusal no output has a value of its own."""
    recorded: Mapping[str, Any] = entry["outputs"]
    if not recorded and entry["code"]:
        return {}
    return {
        name: OutputAnswer(value, "default" if is_default else "")
        for name, (value, is_default) in recorded.items()
    }


def _after(answer: Answer) -> dict[str, OutputAnswer]:
    trace = answer.trace
    if trace is None:
        return {}
    return {
        origin.name: OutputAnswer(origin.value, str(origin.because))
        for origin in trace.origins
    }


def _shown_output(mask: Mask, name: str, answered: OutputAnswer | None) -> Any:
    if answered is None:
        return None
    return mask.output(name, answered.value)
