"""The sandbox's asset tables: the rows and columns of the pop-up page, and what
choosing a row writes to the company.

Reference: "Bangwo8 companies v1", ticketAssetTable.php, notes ①-⑥;
docs/vendors/bangwo8.md#47-external-extension-asset-table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ivrhooks.basics.values import read_int, to_text
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError
from ivrhooks.sources.bangwo8.sandbox.search import contains
from ivrhooks.sources.sandboxkit.store import Collection

Row = Mapping[str, Any]
Table = Mapping[str, Any]

OWNER_KEYS = ("_id", "ownerType", "owner")
_PLACEHOLDER = re.compile(r"\{\s*\{\s*([A-Za-z_.]+)\s*\}\s*\}")


def find_table(tables: Iterable[Table], table_id: str, table_name: str) -> Table:
    """Return the table with that name, else with that id. Raises RefusedError."""
    if not table_id and not table_name:
        raise RefusedError("tableId or tableName must have a value")
    key, name = ("tableName", table_name) if table_name else ("tableId", table_id)
    for table in tables:
        if to_text(table.get(key)) == name:
            return table
    raise RefusedError(f"there is no asset table with {key} {name}")


def field_names(table: Table) -> list[str]:
    """Return the table's fields in order; without ``fields`` those of its rows."""
    names = table.get("fields") or [
        name for row in table_rows(table) for name in row if name not in OWNER_KEYS
    ]
    return list(dict.fromkeys(str(name) for name in names))


def table_rows(table: Table) -> list[Row]:
    """Return every row of the table."""
    return [row for row in table.get("rows") or () if isinstance(row, Mapping)]


def as_json(table: Table, rows: Iterable[Row]) -> dict[str, Any]:
    """Return what a caller that accepts JSON gets: all fields of the rows shown."""
    return {
        "tableId": read_int(table.get("tableId")) or table.get("tableId"),
        "tableName": table.get("tableName"),
        "fields": field_names(table),
        "rows": [dict(row) for row in rows],
    }


# ------------------------------------------------------------------------ filter


def filtered(table: Table, text: str, ticket: Mapping[str, str]) -> list[Row]:
    """Return the rows that match ``filter``.

    ``ticket``: what the open ticket page shows, by placeholder such as
    ``company.companyId`` or ``user.cId``.
    """
    owner, parts = _read_filter(text, ticket)
    return [
        row
        for row in table_rows(table)
        if all(text_in(row, name) == value for name, value in owner.items())
        and all(_fuzzy(row, name, value) for name, value in parts)
    ]


def _read_filter(
    text: str, ticket: Mapping[str, str]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the conditions on the owner and the ``field:value`` pairs with a value."""
    owner: dict[str, str] = {}
    parts: list[tuple[str, str]] = []
    void = False
    for part in text.split(","):
        name, colon, raw = part.partition(":")
        name, raw = (name.strip(), raw) if colon else ("", part)
        value = fill_in(raw, ticket).strip()
        if name == "owner" and not value and raw.strip():
            void = True  # rule 4: an empty placeholder cancels both
        elif value and name in ("ownerType", "owner"):
            owner[name] = value
        elif value:
            parts.append((name, value))
    if void or "ownerType" not in owner:  # rule 1: an owner alone shows everything
        owner = {}
    return owner, parts


def fill_in(text: str, ticket: Mapping[str, str]) -> str:
    """Fill the placeholders ``{{…}}`` with the ticket page's values, whatever their
    spacing.

    What the page does not show is empty.
    """
    return _PLACEHOLDER.sub(lambda match: ticket.get(match[1], ""), text)


def current_value(text: str) -> str:
    """Return what the ticket page shows in a field; an unfilled placeholder is
    empty."""
    return _PLACEHOLDER.sub("", text).strip()


def text_in(row: Row, name: str) -> str:
    """Return a row's field as text, or "" where it is not set."""
    return to_text(row.get(name)) or ""


def _fuzzy(row: Row, name: str, value: str) -> bool:
    names = [name] if name else list(row)
    return any(contains(row.get(name), value) for name in names)


def searched(rows: Iterable[Row], columns: Sequence[str], text: str) -> list[Row]:
    """Return the rows that contain the search text in a column that is shown."""
    text = text.strip()
    if not text:
        return list(rows)
    return [
        row
        for row in rows
        if any(contains(row.get(column), text) for column in columns)
    ]


# ----------------------------------------------------------------------- columns


class Columns:
    """Which columns of a table an agent sees (rules 5 and 6).

    ``first``: the ``display`` with which a table was first shown, by ``tableId``;
    ``own``: the agents' own choices.
    """

    def __init__(self, first: Collection, own: Collection) -> None:
        self._first = first
        self._own = own

    def shown(self, agent: str, table: Table, display: str) -> list[str]:
        """Return the agent's own choice, else the first ``display``, else all
        columns."""
        own = self._own.get(_choice_key(agent, table))
        if own is not None:
            return _known_fields(table, own["columns"])
        if not display:
            return field_names(table)
        key = text_in(table, "tableId")
        first = self._first.get(key)
        if first is None:
            first = {"tableId": key, "columns": _displayed(table, display)}
            self._first.put(first)
        return _known_fields(table, first["columns"])

    def keep(self, agent: str, table: Table, names: Iterable[str]) -> None:
        """Store an agent's own choice, which may be no column at all."""
        key = _choice_key(agent, table)
        self._own.put({"id": key, "columns": _known_fields(table, names)})


def _choice_key(agent: str, table: Table) -> str:
    return f"{text_in(table, 'tableId')} {agent}"


def _displayed(table: Table, display: str) -> list[str]:
    """Return the columns that ``display`` names; where none is known, all columns."""
    return _known_fields(table, map(str.strip, display.split(","))) or field_names(
        table
    )


def _known_fields(table: Table, names: Iterable[str]) -> list[str]:
    chosen = set(names)
    return [name for name in field_names(table) if name in chosen]


# ----------------------------------------------------------------------- choosing


def read_mapping(text: str) -> tuple[tuple[str, str], ...]:
    """Return ``cPara``: pairs of asset field and company field. Raises RefusedError."""
    pairs = []
    for part in filter(None, map(str.strip, text.split(","))):
        asset, _, company = map(str.strip, part.partition(":"))
        if not asset or not company:
            raise RefusedError("cPara must be asset_field:company_field, …")
        pairs.append((asset, company))
    if not pairs:
        raise RefusedError("cPara must have a value")
    return tuple(pairs)


def mapped(row: Row, mapping: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the company's custom fields that choosing ``row`` fills."""
    return [
        {"key": company, "value": text_in(row, asset)} for asset, company in mapping
    ]
