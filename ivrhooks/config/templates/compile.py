"""Templates, compiled once when the configuration is loaded.

An exact ``{{ … }}`` keeps the type of its value; any other string with a template in
it is text, and has no value as soon as one of its parts has none. A plain path, the
common case, becomes a plain getter that agrees with Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, Template, Undefined, nodes, pass_context
from jinja2.exceptions import (
    SecurityError,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.runtime import Context

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.plan import Evaluate, Expression, Scope
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.templates.filters import filters
from ivrhooks.config.templates.names import (
    Found,
    Names,
    inspect,
    plain_path,
)
from ivrhooks.config.templates.sandbox import (
    MAX_TEXT,
    RUN,
    NoValue,
    Run,
    TemplateSandbox,
    contains_withheld,
    finalize_text,
    settled,
)

_MARKS = ("{{", "{%", "{#")
_HINTS = (
    ("end of print statement", "write {{ … }}, two braces at each end"),
    ("unexpected '}'", "write {{ … }}, two braces at each end"),
    ("end of statement block", "write {% … %} around it"),
    ("expected token 'end", "write an operator or a filter between the two"),
    ("'endif'", "close the block with {% endif %}"),
    ("'endfor'", "close the block with {% endfor %}"),
    ("unexpected char", "put texts in quotes"),
)
_LITERAL = "/%:@!$&'()*+,;=~-._"


def is_template(value: Any) -> bool:
    """Whether a value is a text with a template in it."""
    return isinstance(value, str) and any(mark in value for mark in _MARKS)


def constant(value: Any) -> Expression:
    """An expression that always gives ``value``."""
    written = value.written if isinstance(value, Interpolated) else str(value)
    plain = str(value) if isinstance(value, Interpolated) else value
    return Expression(lambda scope: plain, written, constant=True)


class Templates:
    """Compiles the templates of one endpoint; problems go to the spot they stand at.

    ``fields``: where which lookup's result is read, and which field of it.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.fields: list[tuple[Location, str, str]] = []
        self._exact = _environment(None, names)
        self._mixed = _environment(finalize_text, names)
        self._path = _environment(_finalize_segment, names)

    def compile(self, value: Any, location: Location) -> Expression:
        """The expression of any value; one with an error gives no value."""
        if not is_template(value):
            return constant(value)
        return _Compilation(self, str(value), value, location).expression()

    def compile_path(
        self, value: str, location: Location, empty: frozenset[str] = frozenset()
    ) -> Expression:
        """A path: what a template puts in is percent-encoded as one segment; there is
        none where that is one of the ``empty`` words."""
        if not is_template(value):
            return constant(quote(value, safe=_LITERAL))
        return _Compilation(self, str(value), value, location, empty).path()

    def naming(self, actions: tuple[str, ...]) -> Templates:
        """The same for templates that may read the ids of ``actions``."""
        other = copy(self)
        other.names = replace(self.names, actions=actions)
        return other

    def environment(self, kind: str) -> Environment:
        """The environment of ``exact``, ``mixed`` or ``path`` templates."""
        return {"exact": self._exact, "mixed": self._mixed, "path": self._path}[kind]


def _environment(finalize: Callable[..., Any] | None, names: Names) -> Environment:
    environment = TemplateSandbox(finalize)
    environment.filters.update(filters(names.around))
    return environment


@pass_context
def _finalize_segment(context: Context, value: Any) -> Any:
    return _segment(finalize_text(context, value), context.parent[RUN].empty)


def _segment(value: Any, empty: frozenset[str]) -> str:
    """A value as one segment of a path. Raises NoValue."""
    value = settled(value)
    if value is None or value == "" or isinstance(value, (dict, list)):
        raise NoValue
    if isinstance(value, str) and value in empty:
        raise NoValue
    if isinstance(value, bool):
        value = str(value).lower()
    return quote(str(value), safe="")


@dataclass(frozen=True, slots=True)
class _Compilation:
    """One template on its way to an expression."""

    templates: Templates
    text: str
    raw: Any
    location: Location
    empty: frozenset[str] = frozenset()

    @property
    def written(self) -> str:
        return self.raw.written if isinstance(self.raw, Interpolated) else self.text

    def expression(self) -> Expression:
        try:
            tree = self.templates.environment("mixed").parse(self.text)
            exact = _exact_node(tree)
            return self._exactly(tree, exact) if exact else self._text("mixed", tree)
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            return self._refused(error)

    def path(self) -> Expression:
        try:
            tree = self.templates.environment("path").parse(self.text)
            for node in tree.find_all(nodes.TemplateData):
                node.data = quote(node.data, safe=_LITERAL)
            return self._text("path", tree)
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            return self._refused(error)

    def _exactly(self, tree: nodes.Template, node: nodes.Expr) -> Expression:
        environment = self.templates.environment("exact")
        found = self._inspected(tree, environment)
        steps = plain_path(node)
        lookup = bool(steps) and steps is not None and steps[0] in found.lookups
        path = ".".join(map(str, steps[1:])) if steps and lookup else ""
        names = self.templates.names
        if steps and steps[0] in _roots(names):
            return self._made(_getter(steps), found, path)
        result = nodes.Assign(nodes.Name("result", "store"), node, lineno=1)
        program = nodes.Template([result], lineno=1)
        compiled = _compiled(environment, program)
        return self._made(_noting(_exact(compiled), self.written), found, path)

    def _text(self, kind: str, tree: nodes.Template) -> Expression:
        environment = self.templates.environment(kind)
        parts = self._plain_parts(tree)
        found = self._inspected(tree, environment)
        if parts is not None:
            form = partial(_segment, empty=self.empty) if kind == "path" else _piece
            return self._made(_noting_plain(_joined(parts, form), self.written), found)
        mixed = _mixed(_compiled(environment, tree))
        return self._made(_noting(mixed, self.written, self.empty), found)

    def _plain_parts(self, tree: nodes.Template) -> list[str | Evaluate] | None:
        """The texts and getters of a text that has nothing but plain paths in it."""
        roots = _roots(self.templates.names)
        parts: list[str | Evaluate] = []
        for output in tree.body:
            if not isinstance(output, nodes.Output):
                return None
            for node in output.nodes:
                if isinstance(node, nodes.TemplateData):
                    parts.append(node.data)
                    continue
                steps = plain_path(node)
                if steps is None or steps[0] not in roots:
                    return None
                parts.append(_getter(steps))
        return parts

    def _inspected(self, tree: nodes.Template, environment: Environment) -> Found:
        found = inspect(tree, environment, self.templates.names)
        for message, line in dict.fromkeys(found.problems):
            self.location.error(message, down=line - 1)
        if found.problems:
            raise _AlreadyReported
        self.templates.fields += [(self.location, *one) for one in sorted(found.fields)]
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(
                loop.iter, " turns", [], [], None, None, lineno=loop.lineno
            )
            loop.iter.set_environment(environment)
        return found

    def _made(self, evaluate: Evaluate, found: Found, path: str = "") -> Expression:
        return Expression(
            evaluate,
            self.written,
            lookups=frozenset(found.lookups),
            statuses=frozenset(found.statuses),
            parameters=frozenset(found.parameters),
            actions=frozenset(found.actions),
            path=path,
        )

    def _refused(self, error: Exception) -> Expression:
        if not isinstance(error, _AlreadyReported):
            down = error.lineno - 1 if isinstance(error, TemplateSyntaxError) else 0
            why = "it is too deep" if isinstance(error, RecursionError) else error
            said = str(why).rstrip(".")
            hint = next((hint for words, hint in _HINTS if words in said), "mend it")
            self.location.error(
                f"the template cannot be read: {said}; {hint}", down=down
            )
        return Expression(lambda scope: None, self.written)


def _roots(names: Names) -> tuple[str, ...]:
    """What a plain path may begin with, to be read without Jinja."""
    own = ("actions",) if names.actions else ()
    return (*names.lookups, *own, "inputs", "headers", "lookups")


class _AlreadyReported(TemplateError):
    """The template's problems are in the report."""


def _exact_node(tree: nodes.Template) -> nodes.Expr | None:
    """The expression of a template that is nothing but one ``{{ … }}``."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return None
    inside = tree.body[0].nodes
    if len(inside) != 1 or isinstance(inside[0], nodes.TemplateData):
        return None
    return inside[0]


def _compiled(environment: Environment, tree: nodes.Template) -> Template:
    tree.set_environment(environment)
    code = environment.compile(tree)
    return Template.from_code(environment, code, environment.make_globals(None))


def _getter(steps: tuple[str | int, ...]) -> Evaluate:
    first, rest = str(steps[0]), steps[1:]

    def evaluate(scope: Scope) -> Any:
        value = scope.values.get(first)
        for step in rest:
            if isinstance(value, Mapping):
                try:
                    value = value[step]
                except (TypeError, LookupError):
                    return None
            elif isinstance(step, int) and isinstance(value, (list, tuple, str)):
                if not -len(value) <= step < len(value):
                    return None
                value = value[step]
            else:
                return None
        return value

    return evaluate


def _exact(template: Template) -> Callable[[dict[str, Any], Run], Any]:
    def evaluate(values: dict[str, Any], run: Run) -> Any:
        context = template.new_context(values)
        for _ in template.root_render_func(context):
            pass
        value = context.vars.get("result")
        return None if isinstance(value, Undefined) else settled(value)

    return evaluate


def _mixed(template: Template) -> Callable[[dict[str, Any], Run], Any]:
    def evaluate(values: dict[str, Any], run: Run) -> Any:
        context = template.new_context(values)
        pieces, length = [], 0
        for piece in template.root_render_func(context):
            length += len(piece)
            if length > MAX_TEXT:
                raise SecurityError("the text is too long")
            pieces.append(str(piece))
        text = "".join(pieces)
        return PhoneNumber(text, withheld=True) if run.withheld else text

    return evaluate


def _piece(value: Any) -> str:
    """A value as a part of a mixed text. Raises NoValue for none."""
    if value is None:
        raise NoValue
    return str(value)


def _joined(
    parts: list[str | Evaluate], form: Callable[[Any], str]
) -> Callable[[Scope], Any]:
    """What Jinja would give for texts and plain paths, at a tenth of its time."""

    def evaluate(scope: Scope) -> Any:
        pieces, withheld = [], False
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            value = part(scope)
            withheld = withheld or contains_withheld(value)
            try:
                pieces.append(form(value))
            except NoValue:
                return PhoneNumber("", withheld=True) if withheld else None
        text = "".join(pieces)
        if len(text) > MAX_TEXT:
            raise SecurityError("the text is too long")
        return PhoneNumber(text, withheld=True) if withheld else text

    return evaluate


def _noting_plain(evaluate: Evaluate, written: str) -> Evaluate:
    def noted(scope: Scope) -> Any:
        try:
            return evaluate(scope)
        except Exception as error:  # such as a text that is too long
            scope.note(f"the template {written} gave no value: {_why(error)}")
            return None

    return noted


def _noting(
    evaluate: Callable[[dict[str, Any], Run], Any],
    written: str,
    empty: frozenset[str] = frozenset(),
) -> Evaluate:
    def noted(scope: Scope) -> Any:
        run = Run(empty)
        try:
            return evaluate({**scope.values, RUN: run}, run)
        except NoValue:
            return PhoneNumber("", withheld=True) if run.withheld else None
        except Exception as error:  # whatever data does to a template, it answers
            scope.note(f"the template {written} gave no value: {_why(error)}")
            return None

    return noted


def _why(error: Exception) -> str:
    """An error in words, without the data that may stand in Python's own."""
    ours = isinstance(error, (SecurityError, UndefinedError, ZeroDivisionError))
    return str(error) if ours else type(error).__name__
