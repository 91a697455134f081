"""A YAML file as lines, for adding some and leaving all others unchanged."""

from __future__ import annotations

from ruamel.yaml.nodes import Node


def lines_of(text: str) -> list[str]:
    """Return its lines with their ends; the last one has one too."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def end_of(node: Node, lines: list[str]) -> int:
    """Return the line after the last one of ``node``.

    Comments and empty lines that follow belong to what comes next.
    """
    end: int = min(node.end_mark.line, len(lines))
    if node.end_mark.column:
        end = min(end + 1, len(lines))
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
        end -= 1
    return end
