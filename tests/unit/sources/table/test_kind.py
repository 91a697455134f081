"""Kind table: its row in the catalogue, and a table asked as a source."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

from ivrhooks.basics.phone import read_phone
from ivrhooks.sources.interface import Query, Reply, SourceSettings
from ivrhooks.sources.table.kind import TABLE, TableAsker


def test_a_table_sends_no_http_request() -> None:
    assert TABLE.client is None and TABLE.open is not None
    assert not TABLE.stands_in and not TABLE.asks_requests
    assert [operation.name for operation in TABLE.operations] == ["find", "list"]


SOURCE = "{kind: table, file: t.csv, key: {phone: phone, code: text}}"


def settings(compiled: Any, tmp_path: Path) -> SourceSettings:
    (tmp_path / "t.csv").write_text("phone,code,a\n13800000001,x,1\n139,x,2\n")
    made, problems = compiled.examine(SOURCE, "params: {phone: '{{ inputs.tel }}'}")
    assert made is not None, problems
    source_settings: SourceSettings = made.sources["s"]
    return source_settings


def ask(settings: SourceSettings, operation: str, **params: Any) -> Reply:
    asker = TableAsker(settings)
    described = {candidate.name: candidate for candidate in settings.operations}[
        operation
    ]

    async def reply() -> Reply:
        try:
            return await asker.ask(Query(described, params), lambda: math.inf)
        finally:
            await asker.close()

    return asyncio.run(reply())


def test_find_and_list(compiled: Any, tmp_path: Path) -> None:
    table_settings = settings(compiled, tmp_path)
    first = {"phone": "13800000001", "code": "x", "a": "1"}
    assert ask(table_settings, "find", phone="+8613800000001") == Reply(first)
    assert ask(table_settings, "find", phone="13900000000") == Reply(None, found=False)
    listed = ask(table_settings, "list", code="x")
    assert [row["a"] for row in listed.record["rows"]] == ["1", "2"]
    assert ask(table_settings, "list", code="y") == Reply({"rows": []}, found=False)


def test_a_question_is_known_by_its_values(compiled: Any, tmp_path: Path) -> None:
    asker = TableAsker(settings(compiled, tmp_path))

    def key(**params: Any) -> Any:
        return asker.key(Query(asker_operation(compiled), params))

    assert key(code="x") == key(code="x") != key(code="y")
    assert key(phone=read_phone("13800000001")) != key(phone=read_phone("+13800000001"))


def asker_operation(compiled: Any) -> Any:
    made, _ = compiled.examine(SOURCE, "params: {code: x}")
    return made.sources["s"].operations[0]
