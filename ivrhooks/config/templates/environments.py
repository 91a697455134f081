"""The Jinja environments of one configuration, and what they have parsed and compiled.

Endpoints have many texts in common. Each text is parsed and compiled once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, Template, nodes

from ivrhooks.config.templates.evaluate import finalize_segment
from ivrhooks.config.templates.filters import TemplateContext, filters
from ivrhooks.config.templates.inspection import inspect
from ivrhooks.config.templates.names import Names, NamesInTree, TemplateFacts, names_in
from ivrhooks.config.templates.sandbox import TemplateSandbox, finalize_text

_FINALIZERS: dict[str, Callable[..., Any] | None] = {
    "exact": None,
    "mixed": finalize_text,
    "path": finalize_segment,
}
_LITERAL = "/%:@!$&'()*+,;=~-._"

Guards = tuple[tuple[str, ...] | None, ...]
"""For each part of a text, the words that mean "no value", where it is a plain path."""


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """The syntax tree of a text, and the names in it."""

    kind: str
    text: str
    tree: nodes.Template
    names: NamesInTree


class Environments:
    """Parses, inspects and compiles the templates of one configuration.

    ``kind``: ``exact`` for one expression, ``mixed`` for a text, ``path`` for a path.
    """

    def __init__(self, template_context: TemplateContext) -> None:
        self._template_context = template_context
        self._environments: dict[str, Environment] = {}
        self._parsed: dict[tuple[str, str], ParsedTemplate] = {}
        self._facts: dict[Hashable, TemplateFacts] = {}
        self._compiled: dict[Hashable, Template] = {}

    def environment(self, kind: str) -> Environment:
        """Return the environment of a kind; it is created when it is first needed."""
        environment = self._environments.get(kind)
        if environment is None:
            environment = TemplateSandbox(_FINALIZERS[kind])
            environment.filters.update(filters(self._template_context))
            self._environments[kind] = environment
        return environment

    def parse(self, kind: str, text: str) -> ParsedTemplate:
        """Return the syntax tree of a text, which nobody edits."""
        parsed = self._parsed.get((kind, text))
        if parsed is None:
            environment = self.environment(kind)
            tree = environment.parse(text)
            parsed = ParsedTemplate(kind, text, tree, names_in(tree))
            self._parsed[kind, text] = parsed
        return parsed

    def inspect(self, parsed: ParsedTemplate, names: Names) -> TemplateFacts:
        """Return everything that a template names, with its problems."""
        known = (names.inputs, names.headers, names.lookups, names.actions, names.extra)
        key = (parsed.kind, parsed.text, known)
        facts = self._facts.get(key)
        if facts is None:
            environment = self.environment(parsed.kind)
            facts = inspect(parsed.tree, environment, names, parsed.names)
            self._facts[key] = facts
        return facts

    def compile_exact(self, parsed: ParsedTemplate, node: nodes.Expr) -> Template:
        """Compile the one expression of a template to an assignment to ``result``."""

        def program() -> nodes.Template:
            result = nodes.Assign(nodes.Name("result", "store"), node, lineno=1)
            return nodes.Template([result], lineno=1)

        return self._once("exact", parsed, (), program)

    def compile_text(self, parsed: ParsedTemplate, guards: Guards) -> Template:
        """Compile a text or a path."""

        def program() -> nodes.Template:
            if parsed.kind == "path":
                for data in parsed.tree.find_all(nodes.TemplateData):
                    data.data = quoted(data.data)
            _count_turns(parsed.tree)
            _guard_paths(parsed.tree, guards)
            return parsed.tree

        return self._once(parsed.kind, parsed, guards, program)

    def _once(
        self,
        kind: str,
        parsed: ParsedTemplate,
        guards: Guards,
        program: Callable[[], nodes.Template],
    ) -> Template:
        key = (kind, parsed.text, guards)
        template = self._compiled.get(key)
        if template is None:
            # Compiling edits the tree, so whoever has the text next parses it again.
            self._parsed.pop((parsed.kind, parsed.text), None)
            environment, tree = self.environment(kind), program()
            tree.set_environment(environment)
            code = environment.compile(tree)
            globals_ = environment.make_globals(None)
            template = Template.from_code(environment, code, globals_)
            # Neither is read again, and each would keep the other alive.
            for name in ("root", "__jinja_template__"):
                template.root_render_func.__globals__.pop(name, None)
            self._compiled[key] = template
        return template


def quoted(text: str) -> str:
    """Return what a path template says itself, percent-encoded."""
    return quote(text, safe=_LITERAL)


def _count_turns(tree: nodes.Template) -> None:
    """Make each loop count its turns."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(
            loop.iter, " turns", [], [], None, None, lineno=loop.lineno
        )


def _guard_paths(tree: nodes.Template, guards: Guards) -> None:
    """Make each part that is a plain path turn the text to "no value" when it has
    none."""
    words = iter(guards)
    for output in tree.find_all(nodes.Output):
        for index, node in enumerate(output.nodes):
            empty = next(words)
            if empty is None:
                continue
            arguments = [nodes.Const(empty)]
            output.nodes[index] = nodes.Filter(
                node, " not empty", arguments, [], None, None, lineno=node.lineno
            )
