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


def test_every_public_function_and_class_has_a_docstring(
    source_files: list[Path],
) -> None:
    definitions = [
        (file, node)
        for file in source_files
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    ]
    assert len(definitions) > 1000
    assert not [
        f"{file}:{node.lineno} {node.name}"
        for file, node in definitions
        if not ast.get_docstring(node)
    ]


def test_packages_are_empty_but_for_the_top_one(source_files: list[Path]) -> None:
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


MAX_MODULES = 16


def modules_by_folder(source_files: list[Path], package: Path) -> dict[str, list[str]]:
    modules: dict[str, list[str]] = {}
    for path in source_files:
        if path.name != "__init__.py":
            folder = path.parent.relative_to(package).as_posix()
            modules.setdefault(folder, []).append(path.stem)
    return modules


def test_a_folder_holds_at_most_sixteen_modules(
    source_files: list[Path], checkout: Path
) -> None:
    folders = modules_by_folder(source_files, checkout / "ivrhooks")
    del folders["cli"]  # a module for each verb
    counts = {name: len(modules) for name, modules in folders.items()}
    over = {name: count for name, count in counts.items() if count > MAX_MODULES}
    assert not over


def test_a_prefix_that_three_modules_share_is_a_folder(
    source_files: list[Path], checkout: Path
) -> None:
    shared = set()
    for folder, modules in modules_by_folder(
        source_files, checkout / "ivrhooks"
    ).items():
        prefixes = [name.split("_")[0] for name in modules]
        shared |= {
            f"{folder}/{prefix}" for prefix in prefixes if prefixes.count(prefix) > 2
        }
    assert not shared


ELSEWHERE = {
    # what travels between packages has no behaviour; these are its users' tests
    "answering/trace.py": "answering/shown/test_description.py",
    "sources/interface.py": "sources/asking/test_source.py",
    "sources/kind.py": "sources/asking/test_source.py",
    "sources/connection_settings.py": "config/compile/source/test_connection.py",
    "config/templates/names.py": "config/templates/test_compile.py",
    "cli/complete.py": "cli/test_completion.py",
    "cli/help.py": "cli/test_completion.py",
    "cli/compare_sandbox.py": "cli/test_sandbox.py",
    "cli/version.py": "cli/test_completion.py",
    # the doctor is tried by the verb, on real systems
    "authoring/doctor/findings.py": "cli/test_doctor.py",
    "authoring/doctor/machine.py": "cli/test_doctor.py",
    # a sandbox is asked over HTTP, through its blueprint
    "sources/bangwo8/sandbox/assets.py": "sources/bangwo8/sandbox/test_asset_page.py",
    "sources/bangwo8/sandbox/companies.py": "sources/bangwo8/sandbox/test_blueprint.py",
    "sources/bangwo8/sandbox/company_routes.py": (
        "sources/bangwo8/sandbox/test_blueprint.py"
    ),
    "sources/bangwo8/sandbox/page.py": "sources/bangwo8/sandbox/test_asset_page.py",
    "sources/bangwo8/sandbox/requests.py": "sources/bangwo8/sandbox/test_blueprint.py",
    "sources/meiqia/sandbox/calls.py": "sources/meiqia/sandbox/test_blueprint.py",
    "sources/omicrm/sandbox/body.py": "sources/omicrm/sandbox/test_blueprint.py",
    "sources/omicrm/sandbox/contact.py": "sources/omicrm/sandbox/test_blueprint.py",
    "sources/sobot/sandbox/customers.py": "sources/sobot/sandbox/test_blueprint.py",
    "sources/sobot/sandbox/tokens.py": "sources/sobot/sandbox/test_blueprint.py",
    # the console's pages are asked through the blueprint that puts them together
    "console/pages/callers.py": "console/pages/test_pages.py",
    "console/pages/contract.py": "console/pages/test_pages.py",
    "console/pages/form.py": "console/pages/test_pages.py",
    "console/pages/status.py": "console/pages/test_pages.py",
}
"""A source file without a mirror, and the test below tests/unit that holds it."""


def test_a_source_file_has_its_test_file(
    checkout: Path, source_files: list[Path]
) -> None:
    unit = checkout / "tests" / "unit"
    without = [
        name
        for file in source_files
        if file.name not in ("__init__.py", "__main__.py")
        and not mirrored(name := str(file.relative_to(checkout / "ivrhooks")), unit)
        and not (unit / ELSEWHERE.get(name, "none")).is_file()
    ]
    assert not without, "no test file for\n" + "\n".join(without)


def test_no_exception_outlives_its_reason(checkout: Path) -> None:
    unit = checkout / "tests" / "unit"
    assert not [
        name
        for name in ELSEWHERE
        if mirrored(name, unit) or not (checkout / "ivrhooks" / name).is_file()
    ]


def mirrored(name: str, unit: Path) -> bool:
    """Whether a file has its mirror in tests/unit."""
    file = Path(name)
    return (unit / file.parent / f"test_{file.stem}.py").is_file()


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))
