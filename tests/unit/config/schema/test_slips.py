"""Slips that people make: each is told once, at its place, with the cure; a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ivrhooks.basics.errors import Problem
from ivrhooks.config.loader import examine
from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import keys_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.config.schema.sources import SourceEntry

SHEETS = {
    name: YAML(typ="safe").load(Path(__file__).with_name(f"{name}.yaml"))
    for name in ("slips", "slips_http")
}
FILES = {"root": "ivrhooks.yaml", "endpoint": "vip.yaml", "table": "vips.csv"}
PLACES = {"root": ".", "endpoint": "endpoints", "table": "."}
NAMES = (
    *("APP_ID", "APP_KEY", "OMI_KEY", "TOKEN", "VIP_KEY", "U", "P"),
    *("SIGN_SECRET", "HOOK_SECRET"),
)
MILD = ("warning", "note")
Said = Callable[[dict[str, str]], list[Problem]]


@pytest.fixture(scope="module")
def problems_of(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What is said of the files, written to a folder."""
    folder = tmp_path_factory.mktemp("slips")
    database = folder / "customers.db"
    sqlite3.connect(database).close()
    environ = {name: f"value-of-{name}" for name in NAMES}
    environ |= {"SOBOT_URL": "https://crm.example.com"}
    environ |= {"DB_URL": f"sqlite:///{database}"}
    (folder / "endpoints").mkdir()

    def examined(texts: dict[str, str]) -> list[Problem]:
        for name, text in texts.items():
            (folder / PLACES[name] / FILES[name]).write_text(text, "utf-8")
        return list(examine(folder, environ=environ)[1])

    return examined


def changed(sheet: Any, file: str, was: str, now: str) -> dict[str, str]:
    """The files of a sheet with one change."""
    assert was in sheet["files"][file]
    text = sheet["files"][file].replace(was, now, 1)
    return {**sheet["files"], file: text}


def all_slips() -> Iterator[Any]:
    for name, sheet in SHEETS.items():
        for file in FILES:
            for was, now, place, words in sheet[file]:
                title = f"{name} {file} {now[:60]}"
                yield pytest.param(sheet, file, was, now, place, words, id=title)


def all_twins() -> Iterator[Any]:
    for name, sheet in SHEETS.items():
        for file, was, now in sheet["good"]:
            yield pytest.param(sheet, file, was, now, id=f"{name} {file} {now[:60]}")


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_s_own_configuration_has_no_fault(problems_of: Said, name: str) -> None:
    assert problems_of(SHEETS[name]["files"]) == []


@pytest.mark.parametrize(
    ("sheet", "file", "was", "now", "place", "words"), [*all_slips()]
)
def test_a_typo_is_reported_once_with_its_cure(
    problems_of: Said, sheet: Any, file: str, was: str, now: str, place: str, words: str
) -> None:
    (problem,) = problems_of(changed(sheet, file, was, now))
    named = Path(problem.file).name
    other = "" if named == FILES[file] else f"{named}:"
    assert f"{other}{problem.line}:{problem.column}" == place
    mild = next((prefix for prefix in MILD if words.startswith(f"{prefix}: ")), "")
    assert problem.severity == (mild or "error")
    assert words.removeprefix(f"{mild}: ") in problem.message


@pytest.mark.parametrize(("sheet", "file", "was", "now"), [*all_twins()])
def test_a_near_twin_is_no_slip(
    problems_of: Said, sheet: Any, file: str, was: str, now: str
) -> None:
    assert problems_of(changed(sheet, file, was, now)) == []


@pytest.mark.parametrize(
    ("entry", "table"),
    [
        (EndpointEntry, slips.ENDPOINT),
        (SourceEntry, slips.SOURCE),
        (RootEntry, slips.ROOT),
    ],
)
def test_no_key_that_is_known_is_called_a_slip(entry: Any, table: Any) -> None:
    known = {key.name for key in keys_of(entry)}
    assert not known & {*table.meant, *table.advice}
    assert set(table.meant.values()) <= known
