"""Compiles templates once, when the configuration is loaded.

An exact ``{{ … }}`` keeps the type of its value. Any other string with a template is
text, and is "no value" as soon as one of its parts is. A plain path, the common case,
becomes a getter that gives the same as Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import (
    TemplateError,
    TemplateSyntaxError,
)

from ivrhooks.config.plan import Evaluate, Expression
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.templates.environments import (
    Environments,
    ParsedTemplate,
    quoted,
)
from ivrhooks.config.templates.evaluate import (
    PhoneForm,
    expression_evaluator,
    getter,
    joined,
    noting_failures,
    noting_plain_failures,
    segment,
    text_evaluator,
    text_part,
    with_phone_form,
    without_empty_words,
)
from ivrhooks.config.templates.names import (
    RESERVED,
    Names,
    TemplateFacts,
    plain_facts,
    plain_field,
)
from ivrhooks.config.templates.paths import field_steps, plain_path

_MARKS = ("{{", "{%", "{#")
_NO_BRACES = re.compile(r"(?:inputs|headers|lookups|actions)(?:\.[A-Za-z_]\w*)+")
_ONE_BRACE = re.compile(r"\{\s*(?P<root>[A-Za-z_]\w*)[.\[][^{}]*\}")
_HINTS = (  # the first that fits counts
    ("got '='", "write == to compare"),
    ("expected 'end of statement block'", "write {% … %} around it"),
    ("unexpected end of template", "write {{ … }}, two braces at each end"),
    ("expected ')'", "close the bracket )"),
    ("expected ']'", "close the bracket ]"),
    ("unexpected '}'", "write {{ … }}, two braces at each end"),
    ("'name', got '|'", "write `or`"),
    ("unexpected char '&'", "write `and`"),
    ("unexpected char '!'", "write `not`"),
    ("unexpected char '?'", "write a if condition else b"),
    ("unexpected char '“'", "write straight quotes, '…'"),
    ("unexpected char '‘'", "write straight quotes, '…'"),
    (
        "expected token 'end of print statement'",
        "write an operator or | between the two",
    ),
    ("end of print statement", "write what is missing before the braces"),
    ("expected token 'end", "write an operator or a filter between the two"),
    ("unknown tag 'else", "write {% elif … %}, with {% if … %} before it"),
    ("unknown tag 'end", "write {% if … %} or {% for … %} before it"),
    ("unknown tag", "write {% if … %}, {% for … %} or {% set … %}"),
    ("expected token 'in'", "write {% for x in … %}"),
    ("got 'end of statement block'", "write what is missing before %}"),
    ("'endif'", "close the block with {% endif %}"),
    ("'endfor'", "close the block with {% endfor %}"),
    ("unexpected char", "put texts in quotes"),
)


def is_template(value: Any) -> bool:
    """Return whether a value is a text with a template in it."""
    return isinstance(value, str) and any(mark in value for mark in _MARKS)


def constant(value: Any) -> Expression:
    """Return an expression that always gives ``value``."""
    written = value.written if isinstance(value, Interpolated) else str(value)
    plain = str(value) if isinstance(value, Interpolated) else value
    return Expression(lambda scope: plain, written, constant=True)


class Templates:
    """Compiles the templates of one endpoint and reports problems at their location.

    ``fields``: which field of which lookup's result is read where. ``doubts``: the
    places of texts that were probably meant as templates. Copies share both.
    """

    def __init__(self, names: Names, environments: Environments | None = None) -> None:
        """``environments``: those that the whole configuration shares."""
        self.names = names
        self.environments = environments or Environments(names.template_context)
        self.fields: list[tuple[Location, str, str]] = []
        self.doubts: list[Location] = []

    def is_doubted(self, location: Location) -> bool:
        """Return whether the text at a place was probably meant as a template."""
        return any(doubt.path == location.path for doubt in self.doubts)

    def compile(
        self, value: Any, location: Location, phone: PhoneForm | None = None
    ) -> Expression:
        """Return the expression of any value; one with an error gives "no value".

        ``phone``: how a telephone number without a filter is written.
        """
        if not is_template(value):
            self.check_braces(value, location)
            return constant(value)
        return _Compilation(self, str(value), value, location, phone).expression()

    def check_braces(self, value: Any, location: Location) -> None:
        """Warn of a text in single braces: it was probably meant as a template."""
        if not isinstance(value, str) or isinstance(value, Interpolated):
            return
        brace = _ONE_BRACE.search(value)
        if brace is not None and brace["root"] in (*RESERVED, *self.names.lookups):
            self.doubts.append(location)
            location.warning(
                f"`{brace[0]}` is no template; write {{{brace[0]}}}, two braces at "
                "each end"
            )
        elif _NO_BRACES.fullmatch(value):
            self.doubt_text(value, location)

    def doubt_text(self, value: str, location: Location) -> None:
        """Warn of a text that was probably meant as a template."""
        self.doubts.append(location)
        location.warning(
            f'this is the text `{value}`; for its value write "{{{{ {value} }}}}"'
        )

    def compile_path(
        self,
        value: str,
        location: Location,
        empty: frozenset[str] = frozenset(),
        phone: PhoneForm | None = None,
    ) -> Expression:
        """Compile a path. Each value is percent-encoded as one segment.

        The path is "no value" where one of its values is, or is one of the ``empty``
        words.
        """
        if not is_template(value):
            self.check_braces(value, location)
            return constant(quoted(value))
        return _Compilation(self, str(value), value, location, phone, empty).path()

    def naming(self, actions: tuple[str, ...]) -> Templates:
        """Return a copy for templates that may read the ids of ``actions``."""
        other = copy(self)
        other.names = replace(self.names, actions=actions)
        return other


@dataclass(frozen=True, slots=True)
class _Compilation:
    """One template while it is compiled to an expression."""

    templates: Templates
    text: str
    raw: Any
    location: Location
    phone: PhoneForm | None = None
    empty: frozenset[str] = frozenset()

    @property
    def written(self) -> str:
        return self.raw.written if isinstance(self.raw, Interpolated) else self.text

    def expression(self) -> Expression:
        field = plain_field(self.text, self.templates.names)
        if field is not None:
            return self._plainly(field)
        try:
            environments = self.templates.environments
            parsed = environments.parse("mixed", _unfolded(self.text))
            node = _exact_node(parsed.tree)
            return self._exactly(parsed, node) if node else self._text(parsed)
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            return self._report_error(error)

    def _plainly(self, field: tuple[str, str]) -> Expression:
        """Do the same as ``_exactly`` for a plain field such as ``{{ customer.isVip
        }}``."""
        facts = plain_facts(field)
        self.templates.fields += [(self.location, *field) for field in facts.fields]
        path = field[1] if facts.lookups else ""
        return self._expression(
            with_phone_form(getter(field), self.phone), facts, path, field
        )

    def path(self) -> Expression:
        try:
            return self._text(self.templates.environments.parse("path", self.text))
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            return self._report_error(error)

    def _exactly(self, parsed: ParsedTemplate, node: nodes.Expr) -> Expression:
        facts = self._inspected(parsed)
        steps = plain_path(node) or ()
        lookup = bool(steps) and steps[0] in facts.lookups
        path = ".".join(map(str, steps[1:])) if lookup else ""
        names = self.templates.names
        field = field_steps(node)
        if steps and steps[0] in _roots(names):
            return self._expression(
                with_phone_form(getter(steps), self.phone), facts, path, field
            )
        compiled = self.templates.environments.compile_exact(parsed, node)
        evaluate = noting_failures(expression_evaluator(compiled), self.written)
        return self._expression(
            with_phone_form(evaluate, self.phone), facts, path, field
        )

    def _text(self, parsed: ParsedTemplate) -> Expression:
        in_path = parsed.kind == "path"
        parts = self._plain_parts(parsed.tree, quoted if in_path else str)
        facts = self._inspected(parsed)
        if parts is not None:
            form = partial(segment, empty=self.empty) if in_path else text_part
            return self._expression(
                noting_plain_failures(joined(parts, form), self.written), facts
            )
        guards = tuple(self._guards(parsed.tree))
        text = text_evaluator(self.templates.environments.compile_text(parsed, guards))
        noted = noting_failures(text, self.written, self.empty, self.phone)
        return self._expression(noted, facts)

    def _guards(self, tree: nodes.Template) -> Iterator[tuple[str, ...] | None]:
        """Yield for each part the words that mean "no value", where it is a plain
        path."""
        roots = _roots(self.templates.names)
        for output in tree.find_all(nodes.Output):
            for node in output.nodes:
                steps = plain_path(node) or ()
                guarded = bool(steps) and steps[0] in roots
                yield tuple(sorted(self._empty(steps))) if guarded else None

    def _empty(self, steps: tuple[str | int, ...]) -> frozenset[str]:
        """Return the words that mean "no value" at the end of a path."""
        known = self.templates.names.empty
        return known.get(str(steps[0]), frozenset()) | {""}

    def _plain_parts(
        self, tree: nodes.Template, form: Callable[[str], str]
    ) -> list[str | Evaluate] | None:
        """Return the parts of a text that has only plain paths in it, else None.

        ``form`` writes what stands between the paths.
        """
        roots = _roots(self.templates.names)
        parts: list[str | Evaluate] = []
        for output in tree.body:
            if not isinstance(output, nodes.Output):
                return None
            for node in output.nodes:
                if isinstance(node, nodes.TemplateData):
                    parts.append(form(node.data))
                    continue
                steps = plain_path(node)
                if steps is None or steps[0] not in roots:
                    return None
                value = with_phone_form(getter(steps), self.phone)
                parts.append(without_empty_words(value, self._empty(steps)))
        return parts

    def _inspected(self, parsed: ParsedTemplate) -> TemplateFacts:
        facts = self.templates.environments.inspect(parsed, self.templates.names)
        for message, line in dict.fromkeys(facts.problems):
            self.location.error(message, down=line - 1)
        if facts.problems:
            raise _AlreadyReported
        for doubt in dict.fromkeys(facts.doubts):
            self.location.warning(doubt)
        self.templates.fields += [
            (self.location, *field) for field in sorted(facts.fields)
        ]
        return facts

    def _expression(
        self,
        evaluate: Evaluate,
        facts: TemplateFacts,
        path: str = "",
        steps: tuple[str | int, ...] = (),
    ) -> Expression:
        return Expression(
            evaluate,
            self.written,
            lookups=frozenset(facts.lookups),
            statuses=frozenset(facts.statuses),
            parameters=frozenset(facts.parameters),
            actions=frozenset(facts.actions),
            bare=frozenset(facts.bare),
            clock=facts.clock,
            request=facts.request,
            path=path,
            steps=steps,
        )

    def _report_error(self, error: Exception) -> Expression:
        if not isinstance(error, _AlreadyReported):
            down = error.lineno - 1 if isinstance(error, TemplateSyntaxError) else 0
            why = "it is too deep" if isinstance(error, RecursionError) else error
            reason = str(why).rstrip(".")
            hint = next((hint for words, hint in _HINTS if words in reason), "mend it")
            self.location.error(
                f"the template cannot be read: {reason}; {hint}", down=down
            )
        return Expression(lambda scope: None, self.written)


def _roots(names: Names) -> tuple[str, ...]:
    """Return the names with which a path can begin that is read without Jinja."""
    own = ("actions",) if names.actions else ()
    return (*names.lookups, *own, "inputs", "headers", "lookups")


class _AlreadyReported(TemplateError):
    """The template's problems are already in the report."""


def _unfolded(text: str) -> str:
    """Return the text of a block scalar that is one ``{{ … }}``, stripped."""
    inner = text.strip()
    if not (inner.startswith("{{") and inner.endswith("}}")):
        return text
    start = text.index(inner)
    outside = text[:start] + text[start + len(inner) :]
    return inner if "\n" in outside else text


def _exact_node(tree: nodes.Template) -> nodes.Expr | None:
    """Return the expression of a template that is exactly one ``{{ … }}``, else
    None."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return None
    inside = tree.body[0].nodes
    if len(inside) != 1 or isinstance(inside[0], nodes.TemplateData):
        return None
    return inside[0]
