"""Adds an entry under the ``tests:`` of a YAML file and changes nothing else.

The rest of the text stays as its author wrote it, with comments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from ivrhooks.authoring.yaml_lines import end_of, lines_of

KEY = "tests"


class CannotWrite(Exception):
    """The entry cannot be added; the text says why."""


def as_yaml(entry: Mapping[str, Any], indent: int = 2) -> str:
    """Return the lines of one entry of a list, its values as JSON, which YAML reads."""
    lines = []
    for number, (name, value) in enumerate(entry.items()):
        start = " " * indent + ("- " if number == 0 else "  ")
        lines.append(f"{start}{name}: {_value(value)}\n")
    return "".join(lines)


def _value(value: Any) -> str:
    """JSON on one line. Printed so that it is YAML too: a mapping's keys are quoted."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def with_entry(text: str, entry: Mapping[str, Any], section: str = "") -> str:
    """Return ``text`` with ``entry`` as the last of its tests. Raises CannotWrite.

    ``section``: the top-level key that has the tests, "" for the file itself.
    """
    parent = _parent(text, section)
    lines = lines_of(text)
    tests = _child(parent, KEY)
    if tests is None:
        column = parent.start_mark.column
        at = end_of(parent, lines)
        block = [" " * column + f"{KEY}:\n", as_yaml(entry, column + 2)]
        if not column:
            block.insert(0, "\n")
        return "".join([*lines[:at], *block, *lines[at:]])
    if not isinstance(tests, SequenceNode) or tests.flow_style or not tests.value:
        raise CannotWrite(
            "its tests are not written as a list of lines; add it by hand"
        )
    first = lines[tests.value[0].start_mark.line]
    at = end_of(tests, lines)
    return "".join([*lines[:at], as_yaml(entry, first.index("-")), *lines[at:]])


def _parent(text: str, section: str) -> MappingNode:
    try:
        node = YAML(typ="rt", pure=True).compose(StringIO(text))
    except YAMLError as problem:
        raise CannotWrite("the file is no YAML that can be read") from problem
    if section and isinstance(node, MappingNode):
        node = _child(node, section)
    if not isinstance(node, MappingNode) or node.flow_style:
        raise CannotWrite("the file is not written as lines; add the test by hand")
    return node


def _child(node: MappingNode, key: str) -> Node | None:
    return next((value for name, value in node.value if name.value == key), None)
