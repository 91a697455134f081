"""The house style that a machine can see: sizes, first sentences, a test for each."""

from __future__ import annotations

import ast
from pathlib import Path

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
NAMELESS = {"utils", "helpers", "common", "core", "misc"}


def test_no_file_is_longer_than_four_hundred_lines(source_files: list[Path]) -> None:
    sizes = {file: len(file.read_text("utf-8").splitlines()) for file in source_files}
    assert not {str(file): size for file, size in sizes.items() if size > LONGEST_FILE}


def test_no_function_is_longer_than_fifty_lines(source_files: list[Path]) -> None:
    too_long = [
        f"{file}:{node.lineno} {node.name}: {size} lines"
        for file in source_files
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not too_long, "\n".join(too_long)


def test_every_file_opens_with_a_sentence(source_files: list[Path]) -> None:
    silent = [
        str(file)
        for file in source_files
        if file.read_text("utf-8").strip()
        and not (ast.get_docstring(tree(file)) or "").split("\n")[0].endswith(".")
        and not (ast.get_docstring(tree(file)) or "").split("\n\n")[0].endswith(".")
    ]
    assert not silent


def test_packages_are_empty_but_for_the_house_itself(source_files: list[Path]) -> None:
    full = [
        str(file)
        for file in source_files
        if file.name == "__init__.py"
        and file.parent.name != "ivrhooks"
        and file.read_text("utf-8").strip()
    ]
    assert not full


def test_no_module_is_without_a_name(source_files: list[Path]) -> None:
    assert not [file for file in source_files if file.stem in NAMELESS]


def test_a_source_file_has_its_test_file(
    checkout: Path, source_files: list[Path]
) -> None:
    without = [
        str(file.relative_to(checkout))
        for file in source_files
        if file.name not in ("__init__.py", "__main__.py")
        and not mirrors_of(file, checkout)
    ]
    assert not without, "no test file for\n" + "\n".join(without)


def mirrors_of(file: Path, checkout: Path) -> list[Path]:
    """Its mirror in tests/unit; a part of a sandbox or of a kind is also covered by a
    test of the name it begins with (sandbox_search.py by test_sandbox.py)."""
    unit = checkout / "tests" / "unit" / file.parent.relative_to(checkout / "ivrhooks")
    names = [file.stem]
    if "_" in file.stem:
        names.append(file.stem.split("_")[0])
    return [found for name in names if (found := unit / f"test_{name}.py").exists()]


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))
