"""The names that a template may use, and those that it does use."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from jinja2 import meta, nodes
from jinja2.exceptions import TemplateError

from ivrhooks.config.templates.filters import TemplateContext

RESERVED = ("inputs", "headers", "lookups", "now", "request")
NO_LOOKUP = (*RESERVED, "actions", "action", "answer")
"""Names that a lookup must not have."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a template may use. ``actions``: those whose id it may read;
    ``extra``: such as ``response``, with which no other name is known; ``empty``: by
    lookup, the words that mean "no value"."""

    inputs: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    empty: Mapping[str, frozenset[str]] = field(default_factory=dict)
    template_context: TemplateContext = field(default_factory=TemplateContext)

    def top(self) -> tuple[str, ...]:
        """The names with which an expression may begin."""
        own = ("actions",) if self.actions else ()
        return self.extra or (*RESERVED, *own, *self.lookups)


@dataclass(slots=True)
class TemplateFacts:
    """What one template names, and its problems with their lines. ``fields``: lookups
    with the path of a field of their result; ``bare``: parameters without filter or
    operator; ``doubts``: what was probably not meant; ``reported``: nodes that were
    reported."""

    lookups: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    fields: set[tuple[str, str]] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    clock: bool = False
    request: bool = False
    problems: list[tuple[str, int]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    reported: set[int] = field(default_factory=set)

    def wrong(self, message: str, node: nodes.Node) -> None:
        """Add a problem."""
        self.problems.append((message, node.lineno))


_PLAIN_PATH = re.compile(
    r"\{\{ *(?P<root>[A-Za-z_][A-Za-z0-9_]*)\.(?P<key>[A-Za-z_][A-Za-z0-9_]*) *\}\}"
)


def plain_field(text: str, names: Names) -> tuple[str, str] | None:
    """Return ``("customer", "isVip")`` for ``{{ customer.isVip }}``, else None. Jinja
    takes a thousand times as long to parse one."""
    match = _PLAIN_PATH.fullmatch(text)
    if match is None or names.extra:
        return None
    root, key = match["root"], match["key"]
    if key.startswith("__") or keyword.iskeyword(key):
        return None
    if root in names.lookups and root not in RESERVED:
        return root, key
    return (root, key) if root == "inputs" and key in names.inputs else None


def plain_facts(field: tuple[str, str]) -> TemplateFacts:
    """Return what such a template names, as ``inspect`` would."""
    root, key = field
    facts = TemplateFacts(bare={f"{root}.{key}"})
    if root == "inputs":
        facts.parameters.add(f"inputs.{key}")
    else:
        facts.lookups.add(root)
        facts.fields.add(field)
    return facts


@dataclass(frozen=True, slots=True)
class NamesInTree:
    """``undeclared``: those that the template does not set itself; None after an
    unknown filter."""

    used: Set[str]
    undeclared: Set[str] | None


def names_in(tree: nodes.Template) -> NamesInTree:
    """Return the names in a template, whatever they mean."""
    used = {node.name for node in tree.find_all(nodes.Name)}
    try:
        return NamesInTree(used, meta.find_undeclared_variables(tree))
    except TemplateError:
        return NamesInTree(used, None)
