"""Sends the same harmless reads to a real system and its sandbox, and compares the
answers.

Only fields and types are reported, never values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ivrhooks.authoring.ask import Answer, CannotAsk, ask, query_of
from ivrhooks.authoring.sandbox_comparison.reads import READS, FromRecord, Number, Read
from ivrhooks.authoring.sandbox_comparison.shapes import (
    DIFFERS,
    Difference,
    Shape,
    differences,
)
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.connection_settings import DIRECT
from ivrhooks.sources.interface import Operation, SourceSettings
from ivrhooks.sources.jmespath_query import compile_query

OwnParams = Mapping[str, Sequence[Mapping[str, Any]]]
"""By operation, parameters that are constants in the configuration's lookups."""

KNOWN = ("13800000001", "13800000002", "13800000003")
"""Numbers of customers in the sandbox's shipped data."""


@dataclass(frozen=True, slots=True)
class ReadComparison:
    """One read of one source.

    ``problem``: why it was not made or had no answer; ``failed``: whether the real
    system failed.
    """

    source: str
    operation: str
    differences: tuple[Difference, ...] = ()
    problem: str = ""
    failed: bool = False

    @property
    def same(self) -> bool:
        """Whether there is no difference in what was compared."""
        worst = any(difference.level == DIFFERS for difference in self.differences)
        return not worst and not self.failed


@dataclass(slots=True)
class SourceComparison:
    """The result for a source: its comparisons, and the real records of each read."""

    source: str
    reads: list[ReadComparison] = field(default_factory=list)
    records: list[tuple[Read, Any]] = field(default_factory=list)


async def compare_source(
    settings: SourceSettings,
    sandbox_url: str,
    numbers: Sequence[str],
    data_folder: Path | None = None,
    own: OwnParams = MappingProxyType({}),
) -> SourceComparison:
    """Send every read of a source's kind to the real system and to its sandbox.

    ``numbers``: customers that the real system knows; ``sandbox_url``: where the
    sandboxes are; ``own``: by operation, what the configuration's own lookups ask.
    """
    imitated = replace(
        settings,
        base_url=f"{sandbox_url.rstrip('/')}/{settings.kind}",
        paths={},
        connection=DIRECT,
    )
    result = SourceComparison(settings.name)
    real = _Side(settings, numbers, data_folder, own)
    sandbox = _Side(imitated, KNOWN, None, None)
    for read in READS[settings.kind]:
        theirs = await real.answers(read)
        ours = await sandbox.answers(read)
        result.reads.append(_compare(settings, read, theirs, ours))
        records = [
            answer.record for answer in theirs if answer.error is None and answer.found
        ]
        result.records += [(read, record) for record in records]
    return result


class _Side:
    """One of the two systems, with its earlier answers."""

    def __init__(
        self,
        settings: SourceSettings,
        numbers: Sequence[str],
        folder: Path | None,
        own: OwnParams | None,
    ) -> None:
        self._own = own
        self._settings = settings
        self._numbers = numbers
        self._folder = folder
        self._records: dict[str, Any] = {}

    async def answers(self, read: Read) -> list[Answer]:
        """Return the answers to a read, one for each number; none where it cannot be
        made."""
        answers = []
        for params in self._params(read):
            try:
                query = query_of(self._settings, read.operation, params)
            except CannotAsk:
                return []
            query = replace(query, pick="none" if query.pick else None)
            answer = await ask(self._settings, query, self._folder)
            answers.append(answer)
            if answer.found and answer.error is None:
                self._records.setdefault(read.operation, answer.record)
        return answers

    def _params(self, read: Read) -> Iterator[Mapping[str, Any]]:
        if read.own and self._own is not None:
            yield from self._own.get(read.operation, ())
            return
        known = {name: self._value(value) for name, value in read.params.items()}
        if None in known.values():
            return
        if Number() not in read.params.values():
            yield known
            return
        for number in self._numbers:
            yield {
                name: number if isinstance(read.params[name], Number) else value
                for name, value in known.items()
            }

    def _value(self, value: Any) -> Any:
        if not isinstance(value, FromRecord):
            return value
        record = self._records.get(value.operation)
        value_read = compile_query(value.path)(record) if record is not None else None
        if value_read is None or str(value_read).strip() == "":
            return None
        first, *_ = str(value_read).split()  # a search takes no blanks
        return value.text.format(first)


def _compare(
    settings: SourceSettings, read: Read, real: list[Answer], sandbox: list[Answer]
) -> ReadComparison:
    source, name = settings.name, read.operation
    if not real:
        return ReadComparison(source, name, problem=f"not asked: {_why_unasked(read)}")
    if failed := next((answer for answer in real if answer.error), None):
        message = (failed.error or {}).get("message", "")
        return ReadComparison(source, name, problem=message, failed=True)
    if {answer.found for answer in real} != {answer.found for answer in sandbox}:
        real = _with_record(real)
        sandbox = _with_record(sandbox) or sandbox
    if not real:
        return ReadComparison(source, name, problem="not compared: it found nothing")
    operation = KINDS[settings.kind].operation(name)
    return ReadComparison(source, name, tuple(_differences(operation, real, sandbox)))


def _why_unasked(read: Read) -> str:
    if any(isinstance(param, Number) for param in read.params.values()):
        return "say the number of a customer whom it knows: --number N"
    if read.own:
        return "no lookup of the configuration asks for it with constants"
    return "nothing that it could be asked for was found before"


def _with_record(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.found]


def _differences(
    operation: Operation, real: list[Answer], sandbox: list[Answer]
) -> Iterator[Difference]:
    theirs, ours = (
        {_status(answer) for answer in real},
        {_status(answer) for answer in sandbox},
    )
    if theirs != ours:
        yield Difference(DIFFERS, "HTTP status", _joined(theirs), _joined(ours))
    names = {field.name for field in operation.fields}
    yield from differences(
        _shape(real, operation),
        _shape(sandbox, operation),
        names,
        free=operation.free_fields,
    )


def _status(answer: Answer) -> str:
    return str((answer.response or {}).get("status", ""))


def _joined(statuses: set[str]) -> str:
    return ", ".join(sorted(statuses))


def _shape(answers: Sequence[Answer], operation: Operation) -> Shape:
    """Return the shape without passwords, which no template sees."""
    shape = Shape(without=operation.secrets)
    for answer in answers:
        try:
            shape.add(json.loads(answer.body) if answer.body.strip() else {})
        except ValueError:
            shape.types.setdefault((), set()).add("no JSON")
    return shape
