"""Paths in a template's syntax tree: which names and keys an expression steps along."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node and all below it, the outermost first."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)


def step(node: nodes.Getattr | nodes.Getitem) -> object:
    """The constant key of ``a.key``, ``a['key']`` or ``a[0]``; None: no constant."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


def plain_path(node: nodes.Node) -> tuple[str | int, ...] | None:
    """``("customer", "tags", 0)`` where an expression is nothing but such a path."""
    steps: list[str | int] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        key = step(node)
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            return None
        steps.append(key)
        node = node.node
    return (node.name, *reversed(steps)) if isinstance(node, nodes.Name) else None


_KIND_KEEPING = frozenset(
    {
        *("phone", "default", "d", "trim", "string", "truncate"),
        *("upper", "lower", "title", "capitalize", "first", "last"),
    }
)
"""Filters whose result is as much of a person as what they are given."""


def field_steps(node: nodes.Node) -> tuple[str | int, ...]:
    """The plain path of the field that an expression gives, also behind filters that
    leave it what it is, ``field('key')``, and ``or`` with a constant; () for none."""
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        above, key = field_steps(node.node), step(node)
        return (*above, key) if above and isinstance(key, (str, int)) else ()
    if isinstance(node, nodes.Or) and isinstance(node.right, nodes.Const):
        return field_steps(node.left)
    if isinstance(node, nodes.Filter) and node.node is not None:
        below = field_steps(node.node)
        if node.name in _KIND_KEEPING:
            return below
        key = node.args[0] if len(node.args) == 1 else None
        if below and node.name == "field" and isinstance(key, nodes.Const):
            return (*below, str(key.value))
        return ()
    return (node.name,) if isinstance(node, nodes.Name) else ()
