"""The descriptions of Bangwo8's operations, held to CONFIG and the document."""

from __future__ import annotations

from ivrhooks.sources.bangwo8.operations import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def test_the_operations_stand_in_the_order_of_the_configuration_page():
    assert list(BY_NAME) == [
        "search_companies",
        "list_companies",
        "get_company",
        "show_many",
        "asset_rows",
        "create_company",
        "update_company",
    ]
    writes = [operation.name for operation in OPERATIONS if operation.write]
    assert writes == ["create_company", "update_company"]
    assert all(operation.reference for operation in OPERATIONS)


def test_required_parameters_are_those_of_the_document():
    needed = {name: operation.required for name, operation in BY_NAME.items()}
    assert needed == {
        "search_companies": ("query",),
        "list_companies": (),
        "get_company": ("id",),
        "show_many": ("ids",),
        "asset_rows": ("cPara",),
        "create_company": ("companyName",),
        "update_company": ("id",),
    }
    assert BY_NAME["asset_rows"].needs_one_of == ("tableId", "tableName")


def test_lists_name_their_entries_and_their_pages():
    entries = {name: operation.entries for name, operation in BY_NAME.items()}
    assert entries == {
        "search_companies": "results",
        "list_companies": "companies",
        "get_company": None,
        "show_many": "companies",
        "asset_rows": "rows",
        "create_company": None,
        "update_company": None,
    }
    assert all(operation.pick is None for operation in OPERATIONS)
    assert [o.name for o in OPERATIONS if o.paging] == [
        "search_companies",
        "list_companies",
    ]


def test_read_only_fields_cannot_be_written():
    for name in ("create_company", "update_company"):
        params = {param.name for param in BY_NAME[name].params}
        assert not params & {"uId", "url", "supportId", "createDT", "updateDT"}
        assert not BY_NAME[name].free_params
