"""Finds which module imports which, by parsing the files: no module is loaded."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Imports:
    """What a module imports at its top, inside functions, and only for type checks.

    Modules of other packages have the name that the import has.
    """

    top: frozenset[str]
    deferred: frozenset[str]
    types: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.top | self.deferred | self.types


def import_graph(checkout: Path, files: list[Path]) -> dict[str, Imports]:
    """Return the imports of each module by its dotted name."""
    names = [module_name(file.relative_to(checkout)) for file in files]
    graph = {}
    for name, file in zip(names, files, strict=True):
        edges: dict[str, set[str]] = {"top": set(), "deferred": set(), "types": set()}
        for where, node in _statements(ast.parse(file.read_text("utf-8"))):
            edges[where].update(_imported(node, names))
        graph[name] = Imports(**{key: frozenset(value) for key, value in edges.items()})
    return graph


def closure(name: str, graph: Mapping[str, Imports]) -> frozenset[str]:
    """Return a module and every module that is loaded when it is imported."""
    seen: set[str] = set()
    following = [name]
    while following:
        module = following.pop()
        if module not in seen:
            seen.add(module)
            following += graph[module].top if module in graph else ()
    return frozenset(seen)


def module_name(file: Path) -> str:
    """Return the dotted name of a file whose path begins with the package."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(node: ast.AST, where: str = "top") -> Iterator[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        within = where
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            within = "deferred"
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            within = "types"
        elif isinstance(child, ast.Import | ast.ImportFrom):
            yield where, child
        yield from _statements(child, within)


def _imported(node: ast.stmt, names: Container[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            yield full if full in names else node.module
