"""Finds paths in a template's syntax tree: the names and keys that an expression
reads."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and all nodes below it, parents first."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)


def step(node: nodes.Getattr | nodes.Getitem) -> object:
    """Return the constant key of ``a.key``, ``a['key']`` or ``a[0]``, else None."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    key = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return None if isinstance(key, bool) else key


def plain_path(node: nodes.Node) -> tuple[str | int, ...] | None:
    """Return ``("customer", "tags", 0)`` where an expression is such a path, else
    None."""
    steps: list[str | int] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        key = step(node)
        if not isinstance(key, (str, int)):
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
"""Filters whose result is as personal as their input."""


def field_steps(node: nodes.Node) -> tuple[str | int, ...]:
    """Return the path of the field that an expression gives, or () for none.

    It looks through filters that keep the personal-data kind, ``field('key')``, and
    ``or`` with a constant.
    """
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
