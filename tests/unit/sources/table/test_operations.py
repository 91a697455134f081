"""The operations of a table, described by its keys and columns."""

from __future__ import annotations

from ivrhooks.sources.table.operations import table_operations


def test_each_key_is_a_parameter_with_its_kind_of_data() -> None:
    find, every = table_operations({"tel": "phone", "code": "text"}, ["tel", "a"])
    assert [(parameter.name, parameter.pii) for parameter in find.params] == [
        ("tel", "phone"),
        ("code", "text"),
    ]
    assert find.needs_one_of == ("tel", "code") and every.needs_one_of == ()
    assert [parameter.name for parameter in every.fields] == [
        "rows",
        "rows.tel",
        "rows.a",
    ]
