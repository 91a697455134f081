"""Each read is one that its kind has, and is no write."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.truth.reads import READS, Found
from ivrhooks.sources.catalogue import KINDS


@pytest.mark.parametrize("kind", READS)
def test_every_read_is_a_harmless_operation_of_its_kind(kind: str) -> None:
    operations = {one.name: one for one in KINDS[kind].operations}
    asked: list[str] = []
    for read in READS[kind]:
        operation = operations[read.operation]
        assert not operation.write
        assert set(read.params) <= {param.name for param in operation.params}
        assert set(operation.required) <= set(read.params)
        for value in read.params.values():
            assert not isinstance(value, Found) or value.operation in asked
        asked.append(read.operation)


def test_every_imitated_kind_is_compared() -> None:
    assert set(READS) == {name for name, kind in KINDS.items() if kind.stands_in}


def test_all_reads_are_asked() -> None:
    left = {
        f"{name}.{one.name}"
        for name in READS
        for one in KINDS[name].operations
        if not one.write and one.name not in {read.operation for read in READS[name]}
    }
    assert not left
