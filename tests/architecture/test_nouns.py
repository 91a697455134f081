"""Names say what a thing is: no variable is called ``found``, ``told`` or ``one``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

RETIRED = {"asked", "found", "given", "one", "said", "taken", "told"}
"""Words that say how a thing came about, or only that it is there."""

MEANT = {
    "ivrhooks/answering/lookups.py": {"asked"},  # it sets the field of a LookupRun
    "ivrhooks/answering/trace.py": {"asked"},  # whether a source was asked
    "ivrhooks/authoring/ask.py": {"found"},  # whether there is a record; a key of JSON
    "ivrhooks/authoring/simulate/run.py": {"asked"},  # whether a step was asked
    "ivrhooks/authoring/try_template.py": {"found"},  # whether a field is there
    "ivrhooks/sources/interface.py": {"found"},  # whether there is a record
    "ivrhooks/sources/transport/dns.py": {"found"},  # when a name was found
    "tests/scenarios/stories.py": {"asked"},  # the key of a scenario's file
    "tests/sources/conftest.py": {"found"},  # what is true where a record was found
    "tests/unit/observe/test_counters.py": {"asked"},  # as in LookupRun
}


def test_no_name_is_a_retired_noun(checkout: Path) -> None:
    places = []
    for file in _files(checkout):
        name = file.relative_to(checkout).as_posix()
        for line, word in _retired(file.read_text("utf-8")):
            if word not in MEANT.get(name, ()):
                places.append(f"{name}:{line}: {word}")
    assert not places, "say what it is:\n" + "\n".join(places)


def test_every_exception_is_used(checkout: Path) -> None:
    for name, words in MEANT.items():
        text = (checkout / name).read_text("utf-8")
        assert {word for _, word in _retired(text)} == words, name


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "self.found = 1",
        "class Reply:\n    found: bool",
        "for found in (): pass",
        "def found(): pass",
        "def ask(*, found): pass",
        "def ask(**found): pass",
        "sum(found for found in ())",
        "(found := 1)",
    ],
)
def test_a_retired_noun_is_seen(text: str) -> None:
    assert [word for _, word in _retired(text)] == ["found"]


def _files(checkout: Path) -> list[Path]:
    files = [
        file
        for folder in ("ivrhooks", "tests")
        for file in sorted((checkout / folder).rglob("*.py"))
    ]
    assert len(files) > 700
    return files


def _retired(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | ast.arg(arg=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ) if name in RETIRED:
                yield node.lineno, name
