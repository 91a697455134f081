"""Masks a trace for display: each value by its kind, secrets always.

Used for a trace that a person views or the journal keeps, never while a data request is
answered. The kinds are in the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ivrhooks.answering.trace import ActionRun, LookupRun, Trace
from ivrhooks.basics.people.masking import hide, mask_phone, mask_text, mask_value
from ivrhooks.basics.people.personal import (
    NO_KINDS,
    FieldKinds,
    mask_as,
    mask_record,
    plain_fields,
)
from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import OutputRule, Plan, SourceCall

_LONG_ENOUGH = 6
"""The least length of a secret that is searched for in texts; a shorter one occurs in
any text."""

_INTEGRAL = re.compile(r"\s*-?[0-9]{1,18}(?:\.0)?\s*")
_NAMING = frozenset({"name", "id"})
_SHORTEST = {"name": 2, "id": 4}  # least length to be searched for in free text
_MAX_KNOWN = 500


class Mask:
    """Hides the endpoint's secrets, and personal data unless it may be shown.

    Names and ids in this ``trace`` are hidden in free text as well: ``shown_inputs``
    are its parameters, ``record_values`` the plain values of its records with their
    kinds.
    """

    def __init__(
        self, plan: Plan | None, show_personal: bool, trace: Trace | None = None
    ) -> None:
        self._plan = plan
        self.personal = show_personal
        self.names = plan.secret_names if plan else frozenset()
        secrets = (*plan.secret_texts, *_sent_secrets(plan)) if plan else ()
        self.texts = tuple(text for text in secrets if len(text) >= _LONG_ENOUGH)
        self._rules = {rule.name: rule for rule in (plan.outputs if plan else ())}
        self._known: dict[str, str] = {}
        self.shown_inputs: list[tuple[Parameter, Any]] = []
        self.record_values: list[tuple[str, Any]] = []
        if trace is not None and not show_personal:
            self._learn(trace)

    def __call__(self, value: Any) -> Any:
        """Mask a value of unknown kind: numbers and e-mail addresses are hidden."""
        return mask_value(value, self.names, self.texts, numbers=not self.personal)

    def final(self, value: Any) -> Any:
        """Mask the answer's body: numbers and e-mail addresses are hidden, but not in
        outputs without personal data."""
        if not isinstance(value, Mapping):
            return self(value)
        return {name: self._final(name, item) for name, item in value.items()}

    def _final(self, name: str, item: Any) -> Any:
        if isinstance(item, Mapping):
            return self.final(item)
        rule = self._rules.get(name)
        if rule is None or rule.pii != "none":
            return self({name: item})[name]
        return mask_value(item, self.names, self.texts, numbers=False)

    def text(self, text: str) -> str:
        """Mask each secret, number, address and known name in free text."""
        shown = hide(text, self.texts, numbers=False)
        if self.personal:
            return shown
        low = shown.casefold()
        present = [known for known in self._known if known in low]
        for name in sorted(present, key=len, reverse=True):
            shown = re.sub(
                rf"(?<!\w){re.escape(name)}(?!\w)",
                lambda _, name=name: self._known[name],  # type: ignore[misc]
                shown,
                flags=re.IGNORECASE,
            )
        return mask_text(shown)

    def reason(self, packed: Any) -> Any:
        """Mask the values of a reason in its JSON form; its key is not a field name."""
        if isinstance(packed, Mapping):
            values = packed["values"].items()
            shown = {name: self.reason(value) for name, value in values}
            return {**packed, "values": shown}
        if isinstance(packed, list):
            return [self.reason(part) for part in packed]
        return self(packed)

    def parameters(
        self, values: Mapping[str, Any], declared: tuple[Parameter, ...]
    ) -> dict[str, Any]:
        """Mask inputs or headers by their declarations."""
        kinds = FieldKinds(
            {
                parameter.name.lower(): kind_of(parameter, values.get(parameter.name))
                for parameter in declared
            }
        )
        return {
            name: self.record({name.lower(): value}, kinds)[name.lower()]
            for name, value in values.items()
        }

    def record(self, value: Any, kinds: FieldKinds) -> Any:
        """Mask what was sent or received, each field by its kind."""
        if self.personal:
            return self(value)
        return mask_record(
            value, kinds, secrets=self.names, texts=self.texts, free=self.text
        )

    def result(self, run: LookupRun) -> Any:
        """Mask the record of a lookup."""
        return self.record(run.record, self.kinds(run))

    def written(self, run: ActionRun) -> Any:
        """Mask the parameters of an action."""
        actions = self._plan.actions if self._plan else ()
        calls = (action.call for action in actions if action.name == run.name)
        return self.record(run.params, next((call.kinds for call in calls), NO_KINDS))

    def output(self, name: str, value: Any) -> Any:
        """Mask the value of an output, or what its template gave."""
        rule = self._rules.get(name)
        if self.personal or rule is None:
            return self(value)
        if isinstance(value, (Mapping, list, tuple)):
            return self.record(value, self._kinds_of(rule))
        if rule.pii == "text" and isinstance(value, str):
            return self.text(value)
        shown = hide(value, self.texts, numbers=False) if _is_text(value) else value
        return mask_as(rule.pii, shown)

    def kinds(self, run: LookupRun) -> FieldKinds:
        """Return the kinds of the fields that a lookup sent and received."""
        calls = self._links(run.name)
        fitting = [
            call
            for call in calls
            if (call.source, call.operation) == (run.source, run.operation)
        ]
        return next((call.kinds for call in (*fitting, *calls)), NO_KINDS)

    def _kinds_of(self, rule: OutputRule) -> FieldKinds:
        calls = (call for name in rule.lookups for call in self._links(name))
        return next((call.kinds for call in calls), NO_KINDS)

    def _links(self, lookup: str) -> tuple[SourceCall, ...]:
        lookups = self._plan.lookups if self._plan else ()
        return next(
            (
                lookup_plan.calls
                for lookup_plan in lookups
                if lookup_plan.name == lookup
            ),
            (),
        )

    # --------------------------------------------------------- known names and ids

    def _learn(self, trace: Trace) -> None:
        """Collect the values of the parameters and the records, each with its kind."""
        if self._plan is not None:
            for parameter in self._plan.inputs:
                self.shown_inputs.append((parameter, trace.inputs.get(parameter.name)))
            for parameter in self._plan.headers:
                self.shown_inputs.append(
                    (parameter, trace.headers.get(parameter.name.lower()))
                )
        for run in trace.lookups:
            if run.record is not None:
                self.record_values += plain_fields(run.record, self.kinds(run))
        pairs = [
            (parameter.pii, value) for parameter, value in self.shown_inputs
        ] + self.record_values
        texts = (pair for pair in pairs[:_MAX_KNOWN] if isinstance(pair[1], str))
        for kind, value in texts:
            if kind in _NAMING or _is_name(value):
                self._know("name" if kind == "phone" else kind, value.strip())

    def _know(self, kind: str, text: str) -> None:
        if len(text) >= _SHORTEST[kind]:
            self._known.setdefault(text.casefold(), mask_as(kind, text))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: str) -> bool:
    """Return whether somebody's name was sent in place of a number."""
    if not isinstance(value, PhoneNumber) or not value.withheld:
        return False
    return mask_phone(value) != value and not any(map(str.isdecimal, value))


def _sent_secrets(plan: Plan) -> Iterator[str]:
    """Yield the credentials of a plan's sources, and the values that `${…}` filled in:
    customer systems repeat them in their answers."""
    for lookup in plan.lookups:
        for call in lookup.calls:
            yield from call.secrets
    for action in plan.actions:
        yield from action.call.secrets


def kind_of(parameter: Parameter, value: Any) -> str:
    """Return the kind of a parameter's value: where a number was declared, a text that
    is not a number is free text."""
    if parameter.pii != "none" or parameter.type != "int" or not isinstance(value, str):
        return parameter.pii
    return "none" if _INTEGRAL.fullmatch(value) else "text"
