"""Evaluates compiled templates while a data request is answered.

Each function returns a closure that takes the scope. A plain path, the common case,
never enters Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from jinja2 import Template, Undefined, pass_context
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import Context

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.plan import Evaluate, Scope
from ivrhooks.config.templates.sandbox import (
    MAX_TEXT,
    RUN,
    NoValue,
    Run,
    finalize_text,
    plain_value,
)
from ivrhooks.config.templates.text_filters import FilterError

PhoneForm = Callable[[PhoneNumber], str]
"""The form in which a source takes telephone numbers."""


@pass_context
def finalize_segment(context: Context, value: Any) -> Any:
    """Return a part of a path as Jinja joins it. Raises NoValue."""
    return segment(finalize_text(context, value), context.parent[RUN].empty)


def segment(value: Any, empty: frozenset[str]) -> str:
    """Return a value as one segment of a path. Raises NoValue."""
    value = plain_value(value)
    if value is None or value == "" or isinstance(value, (dict, list)):
        raise NoValue
    if isinstance(value, str) and value in empty:
        raise NoValue
    if isinstance(value, bool):
        value = str(value).lower()
    return quote(str(value), safe="")


def getter(steps: tuple[str | int, ...]) -> Evaluate:
    """Return a getter for a plain path. A path like ``customer.isVip`` takes one
    step."""
    first, rest = str(steps[0]), steps[1:]
    key = rest[0] if rest else ""

    def evaluate(scope: Scope) -> Any:
        return _walked(scope.values.get(first), rest)

    def field(scope: Scope) -> Any:
        record = scope.values.get(first)
        return record.get(key) if type(record) is dict else _walked(record, rest)

    return field if len(rest) == 1 and isinstance(key, str) else evaluate


def _walked(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            try:
                value = value[step]
            except (TypeError, LookupError):
                return None
        elif isinstance(step, int) and isinstance(value, (list, tuple, str)):
            if not -len(value) <= step < len(value):
                return None
            value = value[step]
        elif step == "extension" and isinstance(value, PhoneNumber):
            value = value.extension
        else:
            return None
    return value


def with_phone_form(evaluate: Evaluate, phone: PhoneForm | None) -> Evaluate:
    """Wrap ``evaluate`` so that a telephone number is written as ``phone`` does."""
    if phone is None:
        return evaluate

    def evaluate_with_form(scope: Scope) -> Any:
        value = evaluate(scope)
        return phone(value) if isinstance(value, PhoneNumber) else value

    return evaluate_with_form


def without_empty_words(evaluate: Evaluate, empty: frozenset[str]) -> Evaluate:
    """Wrap the getter of a path in a text: it gives None for the ``empty`` words."""

    def evaluate_without_empty(scope: Scope) -> Any:
        value = evaluate(scope)
        return None if isinstance(value, str) and value in empty else value

    return evaluate_without_empty


def expression_evaluator(template: Template) -> Callable[[dict[str, Any], Run], Any]:
    """Return a function that evaluates a template of one expression, to JSON types."""

    def evaluate(values: dict[str, Any], run: Run) -> Any:
        context = template.new_context(values)
        for _ in template.root_render_func(context):
            pass
        value = context.vars.get("result")
        return None if isinstance(value, Undefined) else plain_value(value)

    return evaluate


def text_evaluator(template: Template) -> Callable[[dict[str, Any], Run], Any]:
    """Return a function that renders a text. Raises SecurityError over MAX_TEXT."""

    def evaluate(values: dict[str, Any], run: Run) -> Any:
        context = template.new_context(values)
        parts, length = [], 0
        for part in template.root_render_func(context):
            length += len(part)
            if length > MAX_TEXT:
                raise SecurityError("the text is too long")
            parts.append(str(part))
        return "".join(parts)

    return evaluate


def text_part(value: Any) -> str:
    """Return a value as a part of a mixed text. Raises NoValue for None."""
    if value is None:
        raise NoValue
    return str(value)


def joined(
    parts: list[str | Evaluate], form: Callable[[Any], str]
) -> Callable[[Scope], Any]:
    """Return a function that joins texts and plain paths.

    The result equals Jinja's, in a tenth of the time.
    """

    def evaluate(scope: Scope) -> Any:
        texts = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            try:
                texts.append(form(part(scope)))
            except NoValue:
                return None
        text = "".join(texts)
        if len(text) > MAX_TEXT:
            raise SecurityError("the text is too long")
        return text

    return evaluate


def noting_plain_failures(evaluate: Evaluate, written: str) -> Evaluate:
    """Wrap ``evaluate`` so that it never raises: a failure is None, with a note."""

    def noted(scope: Scope) -> Any:
        try:
            return evaluate(scope)
        except Exception as error:  # such as a text over the size limit
            scope.note(f"the template {written} gave no value: {_why(error)}")
            return None

    return noted


def noting_failures(
    evaluate: Callable[[dict[str, Any], Run], Any],
    written: str,
    empty: frozenset[str] = frozenset(),
    phone: PhoneForm | None = None,
) -> Evaluate:
    """Do the same for a template that Jinja evaluates, and make its ``Run``."""

    def noted(scope: Scope) -> Any:
        run = Run(empty, phone)
        try:
            return evaluate({**scope.values, RUN: run}, run)
        except NoValue:
            return None
        except Exception as error:  # data must not make an evaluation raise
            scope.note(f"the template {written} gave no value: {_why(error)}")
            return None

    return noted


def _why(error: Exception) -> str:
    """Return an error in words, without data that Python's own message may contain."""
    ours = isinstance(
        error, (SecurityError, UndefinedError, ZeroDivisionError, FilterError)
    )
    return str(error) if ours else type(error).__name__
