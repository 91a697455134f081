"""Test callers, and recorded data requests that a run can start from.

Pages show their telephone numbers masked. The form keeps the caller's key, so that a
field that still shows the masked text stands for the real value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.basics.people.personal import mask_as
from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.services import contracts, inspector
from ivrhooks.console.services.personal import kind_of

MAX_CALLERS = 40
"""The number of callers that one page offers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A test caller.

    ``key``: ``tests.0``, ``mock.1``, ``sandbox.2`` or ``again.17``; ``label``: text of
    the configuration, or the sandbox's name for the number's effect; ``source``: what
    is asked for it, "" for the chosen one; ``now``: its moment, "" for the present.
    """

    key: str
    label: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    now: str = ""

    @property
    def group(self) -> str:
        """Its origin: tests, mock or sandbox."""
        return self.key.partition(".")[0]

    def fields(self, plan: Plan, *, full: bool = False) -> dict[str, str]:
        """Return what the form shows for it."""
        fields = [("i.", "input", *item) for item in self.inputs.items()]
        fields += [("h.", "header", *header) for header in self.headers.items()]
        return {
            prefix + name: as_shown(value, kind_of(plan, place, name), full=full)
            for prefix, place, name, value in fields
            if value is not None
        }


EMPTY = '""'
"""What a person types to send an empty text; an empty field is not sent."""


def as_shown(value: Any, kind: str = "text", *, full: bool = False) -> str:
    """Return a value of a kind as a field shows it."""
    text = str(value)
    if text == "":
        return EMPTY
    return text if full else str(mask_as(kind, text))


def callers(context: ConsoleContext, plan: Plan) -> list[Caller]:
    """Return the callers of ``tests:`` and ``mock:``, then the sandbox's numbers where
    the endpoint has a telephone input."""
    known = [
        *_test_callers(plan),
        *_mock_callers(plan),
        *_sandbox_callers(context, plan),
    ]
    return known[:MAX_CALLERS]


def caller(context: ConsoleContext, plan: Plan, key: str) -> Caller | None:
    """Return the caller of ``key``, or the recorded data request ``again.<id>``, or
    None."""
    group, _, number = key.partition(".")
    if group == "again" and number.isdecimal():
        return _recorded_caller(context, plan, key, int(number))
    return next(
        (caller for caller in callers(context, plan) if caller.key == key), None
    )


def _test_callers(plan: Plan) -> Iterator[Caller]:
    secret = {parameter.name.lower() for parameter in plan.headers if parameter.secret}
    for index, case in enumerate(plan.tests):
        headers = {
            name: value
            for name, value in case.headers.items()
            if name.lower() not in secret
        }
        source = "test" if case.sources or case.mode else "configured"
        now = case.now or ""
        yield Caller(f"tests.{index}", case.name, case.inputs, headers, source, now)


def _mock_callers(plan: Plan) -> Iterator[Caller]:
    for index, rule in enumerate(plan.mock):
        if rule.when:
            label = ", ".join(
                f"{name} = {as_shown(value, kind_of(plan, 'input', name))}"
                for name, value in rule.when.items()
            )
            yield Caller(f"mock.{index}", label, rule.when, source="mock")


def _sandbox_callers(context: ConsoleContext, plan: Plan) -> Iterator[Caller]:
    phones = [
        parameter.name for parameter in plan.inputs if parameter.format == "phone"
    ]
    if phones:
        known = contracts.endpoints(context)["callers"]
        for index, customer in enumerate(known):
            inputs = {phones[0]: customer["tel"]}
            yield Caller(f"sandbox.{index}", customer["label"], inputs)


def _recorded_caller(
    context: ConsoleContext, plan: Plan, key: str, row: int
) -> Caller | None:
    try:
        request = inspector.as_request(context, row, show_personal=True)
    except ConsoleError:
        return None  # the journal no longer has it
    if request.get("endpoint") != plan.endpoint:
        return None
    headers = {
        name: value
        for name, value in request.get("headers", {}).items()
        if value != "***"
    }
    return Caller(key, "", request.get("inputs", {}), headers)
