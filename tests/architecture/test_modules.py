"""Each module earns its name, and is loaded where it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivrhooks.cli.main import VERBS
from support.import_graph import Imports, closure, import_graph

SLIVER = 40
"""A module with fewer lines and a single importer belongs into that importer."""

ENTRY_POINTS = {
    "ivrhooks.__main__",  # python -m ivrhooks
    "ivrhooks.gunicorn_conf",  # gunicorn -c python:ivrhooks.gunicorn_conf
    "ivrhooks.observe.replay.child",  # python -m, by the console
    "ivrhooks.server.wsgi_worker",  # named in gunicorn_conf.py
    "ivrhooks.wsgi",  # gunicorn ivrhooks.wsgi:app
}
"""Modules that are loaded by their names, beside those of the verbs."""

WORTH_A_NAME = {
    # how the loop is measured; its importer sits four packages above and is at its size
    "ivrhooks.resilience.loop_lag",
}
"""Slivers that keep a secret of their own."""

HEAVY = {"opentelemetry", "psycopg", "redis", "sqlalchemy"}
"""Libraries that take long to load, and that many configurations do without."""


@pytest.fixture(scope="module")
def graph(checkout: Path, source_files: list[Path]) -> Mapping[str, Imports]:
    files = [file for file in source_files if file.read_text("utf-8").strip()]
    return import_graph(checkout, files)


@pytest.fixture(scope="module")
def importers(graph: Mapping[str, Imports]) -> Mapping[str, set[str]]:
    return {
        name: {user for user, imports in graph.items() if name in imports.all}
        for name in graph
    }


def test_a_small_module_with_one_importer_is_part_of_it(
    checkout: Path, importers: Mapping[str, set[str]]
) -> None:
    slivers = {
        name
        for name, users in importers.items()
        if len(users) == 1 and lines(checkout, name) < SLIVER and not is_verb(name)
    }
    assert slivers == WORTH_A_NAME


def test_a_module_without_an_importer_is_loaded_by_its_name(
    importers: Mapping[str, set[str]],
) -> None:
    unused = {name for name, users in importers.items() if not users}
    assert {name for name in unused if not is_verb(name)} == ENTRY_POINTS


def test_an_import_inside_a_function_spares_a_heavy_library(
    graph: Mapping[str, Imports],
) -> None:
    needless = [
        f"{name}: {later}"
        for name, imports in graph.items()
        for later in sorted(imports.deferred)
        if not heavy(later, graph) - heavy(name, graph)
    ]
    assert not needless, "import at the top of the module:\n" + "\n".join(needless)


def test_each_heavy_library_is_deferred_somewhere(
    graph: Mapping[str, Imports],
) -> None:
    deferred = {later for imports in graph.values() for later in imports.deferred}
    assert {library for later in deferred for library in heavy(later, graph)} == HEAVY


def heavy(name: str, graph: Mapping[str, Imports]) -> set[str]:
    return {module.partition(".")[0] for module in closure(name, graph)} & HEAVY


def is_verb(name: str) -> bool:
    package, _, verb = name.rpartition(".")
    return package == "ivrhooks.cli" and verb.replace("_", "-") in VERBS


def lines(checkout: Path, name: str) -> int:
    file = checkout / Path(*name.split(".")).with_suffix(".py")
    return len(file.read_text("utf-8").splitlines()) if file.is_file() else SLIVER
