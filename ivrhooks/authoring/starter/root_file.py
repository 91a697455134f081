"""Adds a source to ``ivrhooks.yaml``; everything else stays as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node

from ivrhooks.authoring.starter.yaml_text import section


class CannotAdd(Exception):
    """The file is not written so that a source can be added; the message says why."""


def with_source(text: str, name: str, source: Mapping[str, Any]) -> str:
    """The file's text with one more source at the end of ``sources:``. Raises
    CannotAdd where there is one of that name, or where the file cannot be read."""
    root = _root(text)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    found = [value for key, value in root.value if key.value == "sources"]
    if not found:
        block = section(name, source, indent=2)
        return "".join([*lines, "\nsources:\n", *(f"{one}\n" for one in block)])
    sources = found[0]
    if not isinstance(sources, MappingNode) or sources.flow_style:
        raise CannotAdd(
            "`sources` is not written as lines in the root file; write one source a "
            "line below it, and try again"
        )
    if any(key.value == name for key, _ in sources.value):
        raise CannotAdd(f"there is a source `{name}` already; choose another --source")
    block = section(name, source, indent=sources.start_mark.column)
    at = _end(lines, sources)
    return "".join([*lines[:at], *(f"{one}\n" for one in block), *lines[at:]])


def _root(text: str) -> MappingNode:
    try:
        node = YAML(typ="rt", pure=True).compose(StringIO(text))
    except YAMLError:
        raise CannotAdd("the root file is no YAML that can be read") from None
    if not isinstance(node, MappingNode) or node.flow_style:
        raise CannotAdd("the root file is not written as lines")
    return node


def _end(lines: list[str], node: Node) -> int:
    """The line after the last one of ``node``: comments and empty lines that follow
    belong to what comes next."""
    end: int = min(node.end_mark.line, len(lines))
    if node.end_mark.column:
        end = min(end + 1, len(lines))
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
        end -= 1
    return end
