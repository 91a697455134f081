"""What people can write, type or meet stands in docs/reference, and is up to date."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from ivrhooks.basics.errors import STATUS_BY_CODE
from ivrhooks.cli.main import VERBS, main
from ivrhooks.config.schema.declare import keys_of, reached
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.server.pages.metrics import METRICS
from ivrhooks.sources.catalogue import KINDS


@pytest.fixture(scope="module")
def generator(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "generate", checkout / "docs" / "generate.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference(checkout: Path, name: str) -> str:
    return (checkout / "docs" / "reference" / name).read_text("utf-8")


def test_the_generated_pages_are_fresh(checkout: Path, generator: ModuleType) -> None:
    old = [
        name
        for name, text in generator.pages().items()
        if reference(checkout, name) != text
    ]
    assert not old, f"run `make docs`: {old}"


def test_the_operations_on_the_pages_of_systems_are_fresh(
    checkout: Path, generator: ModuleType
) -> None:
    folder = checkout / "docs" / "systems"
    old = [
        name
        for name, text in generator.system_pages().items()
        if (folder / name).read_text("utf-8") != text
    ]
    assert not old, f"run `make docs`: {old}"


def test_every_page_is_found_from_the_index(checkout: Path) -> None:
    docs = checkout / "docs"
    index = (docs / "index.md").read_text("utf-8")
    names = [str(page.relative_to(docs)) for page in docs.rglob("*.md")]
    single = [name for name in names if not name.startswith("decisions/")]
    missing = [n for n in single if n != "index.md" and f"({n})" not in index]
    index = (docs / "decisions" / "index.md").read_text("utf-8")
    decisions = [page.name for page in (docs / "decisions").glob("0*.md")]
    missing += [name for name in decisions if f"({name})" not in index]
    assert not missing


def test_every_link_leads_to_a_file(checkout: Path) -> None:
    pages = [checkout / "README.md", *(checkout / "docs").rglob("*.md")]
    dead = [
        f"{page.relative_to(checkout)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
        if "://" not in link and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert not dead


def test_every_command_is_documented(checkout: Path) -> None:
    text = reference(checkout, "cli.md")
    assert not [verb for verb in VERBS if f"## ivrhooks {verb}\n" not in text]


INLINE = re.compile(r"`ivrhooks ([a-z][a-z-]*)((?: [^`]*)?)`")
CONSOLE = re.compile(r"^\$ ivrhooks ([a-z][a-z-]*)(.*)$", re.M)
OPTION = re.compile(r"(?<=\s)(--?[A-Za-z][\w-]*)")


def test_every_command_in_the_pages_has_its_verb_and_its_options(
    checkout: Path,
) -> None:
    context = click.Context(main)
    pages = [checkout / "README.md"]
    pages += (checkout / "docs").rglob("*.md")
    problems = [
        (page, verb, rest)
        for page in pages
        for pattern in (INLINE, CONSOLE)
        for verb, rest in pattern.findall(page.read_text("utf-8"))
    ]
    assert len(problems) > 100
    wrong = [
        f"{page.relative_to(checkout)}: ivrhooks {verb}{rest}: {problem}"
        for page, verb, rest in problems
        if (problem := unknown(context, verb, rest.partition(" #")[0]))
    ]
    assert not wrong, "\n".join(wrong)


def unknown(context: click.Context, verb: str, rest: str) -> str:
    """What of a command line the program does not know."""
    command = main.get_command(context, verb)
    if command is None:
        return "no such verb"
    if isinstance(command, click.Group):
        below = rest.split()[0] if rest.split() else ""
        command = command.get_command(context, below) or command
    known = {
        name
        for param in command.get_params(click.Context(command))
        for name in (*param.opts, *param.secondary_opts)
    }
    return ", ".join(name for name in OPTION.findall(rest) if name not in known)


def test_every_error_code_is_documented(checkout: Path) -> None:
    text = reference(checkout, "errors.md")
    assert not [code for code in STATUS_BY_CODE if f"`{code}`" not in text]


def test_every_metric_is_documented(checkout: Path) -> None:
    text = reference(checkout, "metrics.md")
    assert not [name for name in METRICS if f"| `{name}` |" not in text]


def test_every_setting_is_documented(checkout: Path) -> None:
    text = reference(checkout, "settings.md")
    missing = [
        f"{entry.__name__}.{key.name}"
        for entry in reached(RootEntry, EndpointEntry)
        for key in keys_of(entry)
        if f"| `{key.name}` |" not in text
    ]
    assert not missing


def test_every_operation_is_documented(checkout: Path) -> None:
    text = reference(checkout, "operations.md")
    missing = [
        f"{kind.name}.{operation.name}"
        for kind in KINDS.values()
        for operation in kind.operations
        if f"### {operation.name}" not in text
    ]
    assert not missing


LOG_FIELDS = ("describe_request", "_add_caller", "_unusual", "_lookup")
"""The functions of telemetry that name the fields of a data request's line."""


def test_every_field_of_a_log_line_is_documented(checkout: Path) -> None:
    source = checkout / "ivrhooks" / "basics" / "log" / "telemetry.py"
    functions = [
        node
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name in LOG_FIELDS
    ]
    assert {node.name for node in functions} == set(LOG_FIELDS)
    names: set[str] = set()
    for node in (part for function in functions for part in ast.walk(function)):
        match node:
            case ast.Dict(keys=keys):
                names |= {key.value for key in keys if isinstance(key, ast.Constant)}
            case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value=str(name))):
                names.add(name)
    assert {"request_id", "degraded", "age_s", "reason"} <= names
    page = (checkout / "docs" / "deployment.md").read_text("utf-8")
    table = page.partition("## The log line of a data request")[2]
    assert not {name for name in names if f"`{name}`" not in table}
