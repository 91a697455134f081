"""Kept answers: the outputs made from a cached record are made only once.

Where the only lookup of an endpoint is answered from the cache, its outputs follow from
the record and from the parameters that its templates read. They are kept with the
record. Whatever removes the record (its age, a purge, the removal of a caller's data,
the limits of the cache) removes them too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from ivrhooks.answering.outputs import Outputs
from ivrhooks.answering.trace import LookupRun
from ivrhooks.basics.errors import SourceError
from ivrhooks.basics.frozen import frozen
from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.resilience.cache import size_of
from ivrhooks.sources.asking.source import Source
from ivrhooks.sources.interface import Outcome

MAX_BYTES = 16 * 1024
"""The size limit of the values of a kept answer."""


@frozen
class KeptAnswer:
    """``outputs`` made from the record of ``run`` for ``inputs``.

    ``picked_of``: the number of records it was picked from; ``fresh``: for how many
    seconds it may be answered without a new query.
    """

    run: LookupRun
    inputs: Mapping[str, Any]
    outputs: Outputs
    picked_of: int | None
    fresh: float


class KeptAnswers:
    """The kept answers of one plan, which has one lookup and no actions.

    They are found by their parameters or, before those are read, by the bytes of the
    request.
    """

    __slots__ = ("_cache", "_headers", "_inputs", "_source")

    def __init__(self, plan: Plan, source: Source) -> None:
        self._source = source
        self._cache = source.cache
        reads = plan.reads or frozenset()
        self._inputs = _names(plan.inputs, "inputs", reads)
        self._headers = _names(plan.headers, "headers", reads)

    def find(
        self, inputs: Mapping[str, Any], headers: Mapping[str, Any], now: float
    ) -> Outputs | None:
        """Return the outputs for such parameters, where they are kept and the record is
        fresh.

        Their ``runs`` hold a lookup that began and ended ``now``.
        """
        kept = self._find(self._key(inputs, headers), now)
        return None if kept is None else kept[0]

    def find_by_key(
        self, key: Hashable, now: float
    ) -> tuple[Outputs, Mapping[str, Any]] | None:
        """Return the outputs and their inputs for a request of these bytes, on the same
        conditions."""
        return self._find((self, key), now)

    def _find(
        self, key: Hashable, now: float
    ) -> tuple[Outputs, Mapping[str, Any]] | None:
        derived = self._cache.derived(key)
        if derived is None:
            return None
        entry, kept = derived
        age = self._source.clock() - entry.since
        if age >= kept.fresh:
            return None
        run = kept.run
        outcome = Outcome("ok", run.record, age, picked_of=kept.picked_of)
        again = LookupRun(
            run.name,
            "ok",
            run.record,
            run.source,
            run.operation,
            now,
            now,
            True,
            "",
            outcome,
            run.queries,
            [outcome],
        )
        return kept.outputs.for_runs([again]), kept.inputs

    def keep(
        self,
        inputs: Mapping[str, Any],
        headers: Mapping[str, Any],
        recall_key: Hashable,
        outputs: Outputs,
    ) -> None:
        """Keep ``outputs``, where their record came from the cache, from the first
        source asked, and is still cached.

        ``recall_key``: that of the data request, None where it has none.
        """
        run = outputs.runs[0]
        outcome = run.outcome
        if run.status != "ok" or outcome is None or outcome.age is None:
            return
        if len(run.queries) != 1:
            return
        size = size_of(outputs.values) + size_of(outputs.raws) + size_of(inputs)
        if size > MAX_BYTES or not outputs.body:
            return
        try:
            cached = self._source.entry(run.queries[0][1])
        except SourceError:
            return
        if cached is not None:
            entry, fresh = cached
            kept = KeptAnswer(run, inputs, outputs, outcome.picked_of, fresh)
            size += len(outputs.body)
            keep = self._cache.keep_derived
            keep(entry, self._key(inputs, headers), kept, size)
            if recall_key is not None:
                keep(entry, (self, recall_key), kept, size)

    def _key(
        self, inputs: Mapping[str, Any], headers: Mapping[str, Any]
    ) -> tuple[Hashable, ...]:
        """Return a key of the plan and the values that its templates read."""
        key: list[Hashable] = [self]
        for name in self._inputs:
            value = inputs[name]
            key.append(value)
            if type(value) is PhoneNumber:
                key += value.plus, value.withheld, value.extension
        for name in self._headers:
            key.append(headers[name])
        return tuple(key)


def _names(
    parameters: Iterable[Parameter], place: str, reads: frozenset[str]
) -> tuple[str, ...]:
    """Return the names of the parameters that templates read."""
    every = f"{place}.*" in reads
    names = (parameter.name for parameter in parameters)
    return tuple(name for name in names if every or f"{place}.{name}" in reads)


def kept_answers(plan: Plan, sources: Mapping[str, Any]) -> KeptAnswers | None:
    """Return the store for the answers of ``plan``; None where they depend on more than
    its parameters and one record."""
    if plan.mode != "real" or plan.actions or plan.reads is None:
        return None
    if len(plan.lookups) != 1 or not plan.lookups[0].calls:
        return None
    first = plan.lookups[0].calls[0]
    source = sources.get(first.source) if first.cached else None
    return KeptAnswers(plan, source) if isinstance(source, Source) else None
