"""Meiqia's operations, as docs/reference/operations.md names them."""

from __future__ import annotations

import pytest

from ivrhooks.sources.meiqia.operations import OPERATIONS

READS = ["list_records", "list_sips", "list_number_groups"]
WRITES = ["assign_numbers", "bind_sip", "callout"]


def test_operations_are_in_the_tables_order_and_writes_are_marked():
    assert [operation.name for operation in OPERATIONS] == READS + WRITES
    assert [each.name for each in OPERATIONS if each.write] == WRITES


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("list_records", ()),
        ("assign_numbers", ("agent_ids", "group_ids", "numbers")),
        ("bind_sip", ("agent_id", "sip")),
        ("callout", ("agent_id", "callee")),
    ],
)
def test_required_parameters_are_the_vendors(name, required):
    operation = next(each for each in OPERATIONS if each.name == name)
    assert operation.required == required


def test_records_are_paged_and_lines_are_a_bare_list():
    records, lines = OPERATIONS[0], OPERATIONS[1]
    assert records.paging is not None
    assert records.paging.page_param == "page_index"
    assert records.paging.default_size == 20
    assert records.entries == "data"
    assert lines.entries == ""
