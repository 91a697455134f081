"""Compiles an action: which write is stored, under which key and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.basics.values import to_text
from ivrhooks.config.compile.lookups import CompiledLookup
from ivrhooks.config.plan import ActionPlan, Expression, Scope
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import ActionEntry
from ivrhooks.config.templates.compile import Templates


def compile_action(
    compiled: CompiledLookup,
    entry: ActionEntry,
    templates: Templates,
    phones: tuple[str, ...],
    *,
    at: Location,
) -> ActionPlan | None:
    """Return the plan of one action, or None where its source or operation has errors.

    ``phones`` names the inputs of the endpoint that are telephone numbers.
    """
    key = _expression(entry.key, compiled, templates, at.at("key"))
    order = _expression(entry.order, compiled, templates, at.at("order"))
    if entry.delay >= entry.give_up:
        at.at("delay" if at.at("delay").has() else "give_up").error(
            "the delay is not shorter than give_up, so it would never be delivered; "
            "write delay: 0s, or a longer give_up"
        )
    if not compiled.plan.calls:
        return None
    return ActionPlan(
        name=compiled.plan.name,
        call=compiled.plan.calls[0],
        when=compiled.plan.when,
        key=_key(key, phones) if key is not None else None,
        order=_order(order, phones),
        delay=entry.delay,
        give_up=entry.give_up,
    )


def _expression(
    value: Any, compiled: CompiledLookup, templates: Templates, location: Location
) -> Expression | None:
    if value is Absent or value is None:
        return None
    expression = templates.compile(value, location)
    compiled.uses.expressions.append(expression)
    return expression


def _key(
    expression: Expression, phones: tuple[str, ...]
) -> Callable[[Scope], str | None]:
    """Compile ``key:`` to a function that gives its text.

    The function gives None where the key is a withheld number alone. Otherwise all
    withheld callers would share one action.
    """

    def text(scope: Scope) -> str | None:
        key = to_text(expression.evaluate(scope))
        return key if key and key not in _withheld(scope, phones) else None

    return text


def _order(
    expression: Expression | None, phones: tuple[str, ...]
) -> Callable[[Scope], str | None] | None:
    """Compile ``order:`` to a function that gives its text.

    The default is the digits of the first telephone input. A withheld caller has no
    order.
    """
    if expression is None:
        return _first_number(phones[0]) if phones else None

    read = tuple(
        phone for phone in phones if f"inputs.{phone}" in expression.parameters
    )

    def text(scope: Scope) -> str | None:
        if read and _withheld(scope, read):
            return None
        return to_text(expression.evaluate(scope)) or None

    return text


def _first_number(name: str) -> Callable[[Scope], str | None]:
    def text(scope: Scope) -> str | None:
        number = scope.values["inputs"].get(name)
        if not isinstance(number, PhoneNumber) or number.withheld:
            return None
        return str(number) or None

    return text


def _withheld(scope: Scope, phones: tuple[str, ...]) -> set[str]:
    inputs = scope.values["inputs"]
    numbers = (inputs.get(name) for name in phones)
    return {
        str(number)
        for number in numbers
        if isinstance(number, PhoneNumber) and number.withheld
    }
