"""Recognises syntax of other template languages and says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from jinja2 import nodes

from ivrhooks.basics.phone import FORMS
from ivrhooks.config.reading.report import closest, listed, nearest
from ivrhooks.config.templates.names import Names
from ivrhooks.config.templates.paths import plain_path, walk
from ivrhooks.config.templates.text_filters import HASHES

STATUSES = ("ok", "not_found", "timeout", "error", "open", "busy", "skipped", "stale")
WORDS_FOR_NONE = ("null", "nil", "undefined", "NULL", "Null", "nan")
FILTERS_FOR = {
    **{"len": "length", "size": "length", "count": "length", "str": "string"},
    **{"number": "int", "parseInt": "int", "Number": "int", "toString": "string"},
    **{"json_decode": "from_json", "json_encode": "to_json", "lowercase": "lower"},
    **{"uppercase": "upper", "parse_json": "from_json", "jsonpath": "json_query('…')"},
    **{form: f"phone('{form}')" for form in FORMS},
    **{name: f"hash('{name}')" for name in HASHES},
}
"""Functions and filters of other languages, with the filter that does the same."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RESPONSE = ("status", "headers", "text", "json", "xml")


@dataclass(frozen=True, slots=True)
class Slip:
    """One such mistake.

    ``message`` is empty where it is reported elsewhere. ``nodes``: the nodes that need
    no further report. ``wrong``: true where it cannot work, false where it is only
    unlikely to be meant.
    """

    message: str
    nodes: tuple[nodes.Node, ...] = ()
    wrong: bool = True


def slip_of(
    node: nodes.Node,
    filters: Collection[str],
    names: Names,
    own: Collection[str] = (),
) -> Slip | None:
    """Return the mistake that begins at a node, or None. ``own``: the names that the
    template sets."""
    roots = names.top()
    if isinstance(node, nodes.Sub):
        return _hyphen(node, names) or _hyphenated_lookup(node, names)
    if isinstance(node, nodes.Call):
        return _call(node, filters, roots)
    if isinstance(node, nodes.Filter):
        return _bare_argument(node, {*roots, *own}) or _single_backslash(node)
    if isinstance(node, nodes.Compare):
        return _status(node) or _bare_operand(node, names, own)
    if isinstance(node, nodes.Getattr):
        return _response(node, roots)
    return None


def _hyphen(node: nodes.Sub, names: Names) -> Slip | None:
    """``headers.X-Shop``, which is a subtraction."""
    parts: list[str] = []
    left: nodes.Node = node
    while isinstance(left, nodes.Sub):
        if not isinstance(left.right, nodes.Name):
            return None
        parts.append(left.right.name)
        left = left.left
    path = plain_path(left)
    if path is None or len(path) != 2 or path[0] not in ("headers", "inputs"):
        return None
    name = "-".join([str(path[1]), *reversed(parts)])
    declared = names.headers if path[0] == "headers" else names.inputs
    meant = closest(name, declared) or name
    plain = f"{path[0]}.{meant}" if meant.isidentifier() else f"{path[0]}['{meant}']"
    message = f"`{path[0]}.{name}` subtracts; write {plain}"
    return Slip(message, tuple(walk(node)))


def _hyphenated_lookup(node: nodes.Sub, names: Names) -> Slip | None:
    """``my-order.no`` where a lookup has that name, which is an error already."""
    path = plain_path(node.right)
    if path is None or not isinstance(node.left, nodes.Name):
        return None
    if f"{node.left.name}-{path[0]}" not in names.lookups:
        return None
    return Slip("", tuple(walk(node)))


def _call(
    node: nodes.Call, filters: Collection[str], roots: Collection[str]
) -> Slip | None:
    """``in_hours('office')`` and ``now()``, which are no functions here."""
    if not isinstance(node.node, nodes.Name):
        return None
    name = node.node.name
    if name in roots:
        return Slip(f"`{name}` is no function; write it without ()", (node.node,))
    if name in filters:
        shown = "now" if name == "in_hours" else "value"
        message = f"`{name}` is a filter; write {shown} | {name}(…)"
        return Slip(message, tuple(walk(node)))
    if name in FILTERS_FOR:
        message = f"`{name}` is no function here; write value | {FILTERS_FOR[name]}"
        return Slip(message, (node.node,))
    return None


def _bare_argument(node: nodes.Filter, known: Collection[str]) -> Slip | None:
    """``in_hours(office)``, which lacks quotes."""
    if node.name not in ("in_hours", "phone", "field", "hash", "json_query"):
        return None
    for expr in node.args:
        if isinstance(expr, nodes.Name) and expr.name not in known:
            message = f"`{expr.name}` is no name here; a text stands in quotes: "
            return Slip(f"{message}{node.name}('{expr.name}')", (expr,))
    return None


def _single_backslash(node: nodes.Filter) -> Slip | None:
    r"""``regex_replace('(a)', '\1')``, whose ``\1`` is a control character."""
    if node.name not in ("regex_search", "regex_replace"):
        return None
    for expr in node.args:
        if isinstance(expr, nodes.Const) and _CONTROLS.search(str(expr.value)):
            message = (
                f"`{node.name}` is given a control character, since one backslash is "
                r"no backslash within quotes; write two: '\\1', '\\b'"
            )
            return Slip(message, wrong=False)
    return None


def _status(node: nodes.Compare) -> Slip | None:
    """A status that no lookup can have."""
    path = plain_path(node.expr)
    if path is None or len(path) != 3 or (path[0], path[2]) != ("lookups", "status"):
        return None
    for operand in node.ops:
        for word in _words(operand.expr):
            if word not in STATUSES:
                near = nearest(word, STATUSES)
                message = f"no lookup has the status {word!r}{near}; statuses: "
                return Slip(f"{message}{listed(STATUSES)}", wrong=False)
    return None


def _bare_operand(
    node: nodes.Compare, names: Names, own: Collection[str]
) -> Slip | None:
    """``order.state == paid``, which lacks quotes."""
    known = {*names.top(), *names.inputs, *names.actions, *own, *WORDS_FOR_NONE}
    for operand in node.ops:
        expr = operand.expr
        if isinstance(expr, nodes.Name) and not (
            expr.name in known or nearest(expr.name, known)
        ):
            message = f"undefined name `{expr.name}`; a text stands in quotes: "
            return Slip(f"{message}'{expr.name}'", (expr,))
    return None


def _words(node: nodes.Expr) -> list[str]:
    """Return the constant texts of an operand, which is a text or a list of texts."""
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [word for item in node.items for word in _words(item)]
    if not isinstance(node, nodes.Const):
        return []
    values = node.value if isinstance(node.value, (list, tuple)) else [node.value]
    return [value for value in values if isinstance(value, str)]


def _response(node: nodes.Getattr, roots: Collection[str]) -> Slip | None:
    """``response.code``, which is a field of the body."""
    if not isinstance(node.node, nodes.Name) or node.node.name != "response":
        return None
    if "response" not in roots or node.attr in _RESPONSE:
        return None
    message = f"`response.{node.attr}` is not known; write response.json.{node.attr}"
    return Slip(f"{message} for a key of the body; there is {_listed_response()}")


def _listed_response() -> str:
    return listed(f"response.{field}" for field in _RESPONSE)
