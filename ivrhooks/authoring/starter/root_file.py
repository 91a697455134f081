"""Adds a source to ``ivrhooks.yaml``; everything else stays as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

from ivrhooks.authoring.starter.yaml_text import section
from ivrhooks.authoring.yaml_lines import end_of, lines_of


class CannotAdd(Exception):
    """No source can be added to this file; the message says why."""


def with_source(text: str, name: str, source: Mapping[str, Any]) -> str:
    """Return the text with one more source at the end of ``sources:``.

    Raises CannotAdd where the name exists, or where the file cannot be read.
    """
    root = _root(text)
    lines = lines_of(text)
    existing = [value for key, value in root.value if key.value == "sources"]
    if not existing:
        block = section(name, source, indent=2)
        return "".join([*lines, "\nsources:\n", *(f"{line}\n" for line in block)])
    sources = existing[0]
    if not isinstance(sources, MappingNode) or sources.flow_style:
        raise CannotAdd(
            "`sources` is not written as lines in the root file; write one source a "
            "line below it, and try again"
        )
    if any(key.value == name for key, _ in sources.value):
        raise CannotAdd(f"there is a source `{name}` already; choose another --source")
    block = section(name, source, indent=sources.start_mark.column)
    at = end_of(sources, lines)
    return "".join([*lines[:at], *(f"{line}\n" for line in block), *lines[at:]])


def _root(text: str) -> MappingNode:
    try:
        node = YAML(typ="rt", pure=True).compose(StringIO(text))
    except YAMLError:
        raise CannotAdd("the root file is no YAML that can be read") from None
    if not isinstance(node, MappingNode) or node.flow_style:
        raise CannotAdd("the root file is not written as lines")
    return node
