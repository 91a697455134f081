"""Each read is one that its kind has, and is no write."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.sandbox_comparison.reads import READS, FromRecord
from ivrhooks.sources.catalogue import KINDS


@pytest.mark.parametrize("kind", READS)
def test_every_read_is_a_harmless_operation_of_its_kind(kind: str) -> None:
    operations = {operation.name: operation for operation in KINDS[kind].operations}
    earlier: list[str] = []
    for read in READS[kind]:
        operation = operations[read.operation]
        assert not operation.write
        assert set(read.params) <= {param.name for param in operation.params}
        assert set(operation.required) <= set(read.params)
        for value in read.params.values():
            assert not isinstance(value, FromRecord) or value.operation in earlier
        earlier.append(read.operation)


def test_every_imitated_kind_is_compared() -> None:
    assert set(READS) == {name for name, kind in KINDS.items() if kind.stands_in}


def test_all_reads_are_asked() -> None:
    left = {
        f"{name}.{operation.name}"
        for name in READS
        for operation in KINDS[name].operations
        if not operation.write
        and operation.name not in {read.operation for read in READS[name]}
    }
    assert not left
