"""Compiles ``mock:`` and ``tests:`` of an endpoint to values of the declared types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ivrhooks.basics.errors import STATUS_BY_CODE
from ivrhooks.basics.plain_texts import plain_texts
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import MockRule, OutputRule
from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, listed, nearest
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import CaseEntry, ExpectedActionEntry, MockEntry
from ivrhooks.config.schema.typed import typed
from ivrhooks.config.sobot_fields import EXAMPLE

FAILURES = ("timeout", "error", "open", "busy", "not_found")


@dataclass(frozen=True, slots=True)
class DeclaredNames:
    """What an endpoint declares, which its tests may name.

    ``lookups`` and ``actions`` are names. ``signatures`` are the headers that its
    ``security`` reads.
    """

    headers: Sequence[Parameter]
    inputs: Sequence[Parameter]
    outputs: Sequence[OutputRule]
    lookups: Sequence[str]
    actions: Sequence[str]
    signatures: Sequence[str] = ()


def compile_mock(
    entries: Sequence[MockEntry],
    inputs: Sequence[Parameter],
    outputs: Sequence[OutputRule],
    location: Location,
) -> tuple[MockRule, ...]:
    """Return the mock answers in the file's order."""
    rules, always = [], False
    for index, entry in enumerate(entries):
        at = location.at(index)
        when = _typed_names(entry.when or {}, inputs, at.at("when"), "input")
        answered = _typed_names(entry.outputs, outputs, at.at("outputs"), "output")
        rules.append(
            MockRule({k: v for k, v in when.items() if v is not None}, answered)
        )
        if index < len(entries) - 1 and not at.at("when").has():
            always = True
            at.warning(
                "this entry matches always, so those after it never answer; write it "
                "last"
            )
    if entries and entries[-1].when and not always:
        location.at(len(entries) - 1).warning(
            "the last entry has a `when`; where none matches, every output is at its "
            "default; write a last entry without `when`"
        )
    return tuple(rules)


def compile_cases(
    entries: Sequence[CaseEntry], declared: DeclaredNames, location: Location
) -> tuple[CaseEntry, ...]:
    """Return the checked tests.

    Expected values get the declared types. Inputs and headers are sent as written.
    """
    cases = []
    for index, entry in enumerate(entries):
        at = location.at(index)
        _check_headers(entry.headers, declared, at.at("headers"))
        _check_sources(entry.sources, declared.lookups, at.at("sources"))
        _check_actions(entry, declared.actions, at.at("expect_actions"))
        _check_answer(entry, at)
        cases.append(
            replace(
                entry,
                sources=plain_texts(entry.sources),
                expect_actions=_expected_actions(entry),
                inputs=_as_it_stands(entry.inputs, declared.inputs, at.at("inputs")),
                headers=plain_texts(entry.headers),
                expect=_expected_outputs(entry, declared.outputs, at.at("expect")),
            )
        )
    return tuple(cases)


def _typed_names(
    values: Mapping[str, Any],
    declared: Sequence[Parameter] | Sequence[OutputRule],
    location: Location,
    what: str,
) -> dict[str, int | str | None]:
    """Return values of the declared types, None for what has an error.

    Null is a value of an output, which is then left out; an input has no such value.
    """
    types = {parameter.name: parameter.type for parameter in declared}
    result: dict[str, int | str | None] = {}
    for name, value in values.items():
        at = location.at(name)
        if name not in types:
            at.error(_undeclared(name, types, what), key=True)
        elif value is None and what == "output":
            result[str(name)] = None
        elif value is None:
            at.error("no input is null; write its value, or leave it out")
        elif types[name]:
            result[str(name)] = typed(value, types[name], at)
    return result


def _undeclared(name: str, known: Collection[str], what: str) -> str:
    hint = nearest(name, known) or f"; declared: {listed(known)}"
    return f"no {what} `{name}` is declared{hint}"


def _expected_outputs(
    entry: CaseEntry, outputs: Sequence[OutputRule], location: Location
) -> dict[str, int | str | None]:
    """Return ``expect`` of a test. Keys that stand beside it are no outputs."""
    declared = {rule.name for rule in outputs}
    values = dict(entry.expect)
    for name in ("status", "error", "degraded"):
        if name in values and name not in declared:
            del values[name]
            location.at(name).error(
                f"`{name}` stands beside `expect`, not in it", key=True
            )
    return _typed_names(values, outputs, location, "output")


def _as_it_stands(
    values: Mapping[str, Any], declared: Sequence[Parameter], location: Location
) -> dict[str, Any]:
    """Return the inputs of a test as written, so that a test can send bad input."""
    types = {parameter.name: parameter.type for parameter in declared}
    sent = {*types, *EXAMPLE}  # a test may send what the IVR adds by itself
    for name in values:
        if name not in sent:
            location.at(name).error(_undeclared(name, types, "input"), key=True)
    return {
        str(name): value for name, value in plain_texts(values).items() if name in sent
    }


def _check_headers(
    values: Mapping[str, Any], declared: DeclaredNames, location: Location
) -> None:
    """Warn of headers that nothing reads."""
    known = [header.name for header in declared.headers]
    read = {name.lower() for name in (*known, *declared.signatures)}
    for name in values:
        if name.lower() not in read:
            location.at(name).warning(_undeclared(name, known, "header"), key=True)


def _check_sources(
    values: Mapping[str, Any], lookups: Sequence[str], location: Location
) -> None:
    for name, value in values.items():
        if name not in lookups:
            hint = nearest(name, lookups) or f"; lookups: {listed(lookups)}"
            location.at(name).error(f"no lookup `{name}`{hint}", key=True)
        elif isinstance(value, Mapping) and set(value) == {"fail"}:
            _check_failure(value["fail"], location.at(name, "fail"))


def _check_actions(
    entry: CaseEntry, actions: Sequence[str], location: Location
) -> None:
    for index, expected in enumerate(entry.expect_actions or ()):
        if expected.name and expected.name not in actions:
            hint = nearest(expected.name, actions) or f"; actions: {listed(actions)}"
            location.at(index, "name").error(f"no action `{expected.name}`{hint}")


def _expected_actions(entry: CaseEntry) -> tuple[ExpectedActionEntry, ...] | None:
    if entry.expect_actions is None:
        return None
    return tuple(
        action
        if action.params is Absent
        else replace(action, params=plain_texts(action.params))
        for action in entry.expect_actions
    )


def _check_failure(word: Any, location: Location) -> None:
    if word not in FAILURES:
        location.error(f"{as_written(word)!r} is no failure; write {listed(FAILURES)}")


def _check_answer(entry: CaseEntry, location: Location) -> None:
    if entry.error is not None and entry.error not in STATUS_BY_CODE:
        hint = nearest(entry.error, STATUS_BY_CODE)
        location.at("error").error(
            f"{as_written(entry.error)!r} is no error code{hint}; write invalid_input, "
            "unauthorized, …"
        )
    if entry.now is not None:
        try:
            datetime.fromisoformat(entry.now)
        except ValueError:
            location.at("now").error(
                "this is no moment; write it as 2026-10-01T09:30:00+08:00"
            )
