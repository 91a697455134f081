"""Save as test: turns a run into an entry of the endpoint's ``tests:``, shown first."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ivrhooks.answering.answer import Answer
from ivrhooks.authoring.pseudonyms import Pseudonyms
from ivrhooks.authoring.tests.runner import answer_case
from ivrhooks.authoring.tests.test_entry import CannotWrite, as_yaml, with_entry
from ivrhooks.basics.people.masking import SECRET
from ivrhooks.basics.people.personal import NO_KINDS, FieldKinds
from ivrhooks.basics.time_zones import zone
from ivrhooks.basics.values import to_int
from ivrhooks.config.compile.system_api import NAME as SYSTEM
from ivrhooks.config.loader import examine
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.config.schema.parts import CaseEntry
from ivrhooks.console.context import ConsoleContext, invalid
from ivrhooks.console.services.test_request import find_plan, read_number
from ivrhooks.console.services.test_runs import run_test
from ivrhooks.http.test_runs.as_tested import case_of
from ivrhooks.languages.catalogue import Reason, because

MAX_NAME = 200

_FAILURES = frozenset({"timeout", "error", "open", "busy", "not_found"})
_WORD = re.compile(r"\w+")


def save(
    context: ConsoleContext, name: str, request: Any, *, write: bool = False
) -> dict[str, Any]:
    """Run ``request`` (as ``run_test`` takes it, with ``name`` for the test) and return
    a test of the result: ``{"yaml", "file", "name", "writable", "reason", "reasons",
    "written"}``.

    Without ``write`` nothing is written. ``yaml`` is exactly what is written. People in
    it are replaced by made-up ones, and the expected answer is the endpoint's answer
    about those, unless ``show_personal``. ``now``: the moment of the run, where a
    template reads the clock. ``reason``: why it cannot be written. Raises ConsoleError:
    404, or 400 with the reason where it should have been written.
    """
    configuration = context.configuration()
    plan = find_plan(configuration, name)
    if not isinstance(request, Mapping):
        raise invalid(because("object"))
    run_request = dict(request)
    test_name = _test_name(run_request.pop("name", ""), plan)
    shown = run_request.get("show_personal") is True
    run_request.update(
        endpoint=name, show_personal=True, now=_moment(context, plan, run_request)
    )
    run = run_test(context, run_request)
    file = Path(plan.file).resolve()
    case = _case(plan, test_name, run_request, run["result"], _words(file, plan))
    if not shown:
        case = without_people(plan, case)
        answer, _ = asyncio.run(answer_case(configuration, plan, case))
        case = _expecting(case, answer)
    entry = _entry(case)
    reason = _why_not(file)
    if write:
        if reason is not None:
            raise invalid(reason)
        _write(configuration, file, plan, entry)
    return {
        "name": case.name,
        "yaml": as_yaml(entry),
        "file": file.name,
        "writable": reason is None,
        "reason": "" if reason is None else str(reason),
        "reasons": [] if reason is None else [reason.packed()],
        "written": write,
        "now": case.now or "",
    }


def _moment(context: ConsoleContext, plan: Plan, run_request: Mapping[str, Any]) -> Any:
    """Return the moment of the run where a template reads the clock.

    The test asks at the same moment, or it would fail tomorrow.
    """
    written = run_request.get("now")
    if written or not plan.clock:
        return written
    if run_request.get("source") == "test":
        written = case_of(plan, read_number(run_request.get("test"), plan)).now
    if written:
        return written
    moment = datetime.fromtimestamp(context.now(), zone(plan.timezone))
    return moment.isoformat(timespec="seconds")


def _test_name(name: Any, plan: Plan) -> str:
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise invalid(because("test_name"))
    return " ".join(name.split()) or f"{plan.endpoint} {len(plan.tests) + 1}"


def _why_not(file: Path) -> Reason | None:
    writable = os.access(file, os.W_OK)
    return None if writable else because("file_unwritable", file=file.name)


# ------------------------------------------------------------------- the entry


def _case(
    plan: Plan,
    test_name: str,
    run_request: Mapping[str, Any],
    result: Mapping[str, Any],
    words: frozenset[str],
) -> CaseEntry:
    """Return the test of a run, with the results as received."""
    final = result["finalResult"]
    error = (final["body"] or {}).get("error") or {}
    mocked = any(output["origin"] == "mock" for output in result["outputs"])
    return CaseEntry(
        name=test_name,
        inputs=_inputs(plan, run_request.get("inputs") or {}),
        headers=_headers(plan, run_request.get("headers") or {}),
        sources={} if error else _sources(result, words),
        expect={
            output["name"]: output["value"] for output in result["outputs"] if not error
        },
        status=None if final["status"] == 200 else final["status"],
        error=error.get("code"),
        mode=None if error else _mode(plan, mocked=mocked),
        now=str(run_request["now"]) if plan.clock else None,
    )


def without_people(plan: Plan, case: CaseEntry) -> CaseEntry:
    """Return the test with made-up people in it."""
    made = Pseudonyms(plan.region)
    inputs = FieldKinds({parameter.name: parameter.pii for parameter in plan.inputs})
    headers = FieldKinds({parameter.name: parameter.pii for parameter in plan.headers})
    return replace(
        case,
        inputs=made.record(case.inputs, inputs),
        headers=made.record(case.headers, headers),
        sources={
            name: made.record(record, _kinds(plan, name))
            for name, record in case.sources.items()
        },
        name=made.text(case.name),
    )


def _kinds(plan: Plan, lookup: str) -> FieldKinds:
    chains = (
        lookup_plan.calls for lookup_plan in plan.lookups if lookup_plan.name == lookup
    )
    return next((call.kinds for calls in chains for call in calls), NO_KINDS)


def _expecting(case: CaseEntry, answer: Answer) -> CaseEntry:
    """Return the test that expects this answer."""
    trace = answer.trace
    error = trace.error if trace is not None else ""
    outputs = {origin.name: origin.value for origin in (trace.origins if trace else ())}
    return replace(
        case,
        status=None if answer.status == 200 else answer.status,
        error=error or None,
        expect={} if error else outputs,
    )


def _entry(case: CaseEntry) -> dict[str, Any]:
    """Return the entry under ``tests:``; empty parts are left out."""
    entry = {
        "name": _literal(case.name),
        "inputs": _literal(dict(case.inputs)),
        "headers": _literal(dict(case.headers)),
        "now": case.now,
        "mode": case.mode,
        "sources": _literal(dict(case.sources)),
        "status": case.status,
        "error": case.error,
        "expect": _literal(dict(case.expect)),
    }
    return {name: value for name, value in entry.items() if value not in (None, {})}


def _mode(plan: Plan, *, mocked: bool) -> str | None:
    mode = "mock" if mocked else "real"
    return None if mode == plan.own_mode else mode


_WRONG = "not the agreed value"


def _inputs(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of the run without agreed values: the configuration fills them
    in."""
    declared = {parameter.name: parameter for parameter in plan.inputs}
    return _without_secrets(values, declared)


def _headers(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers of the run, likewise."""
    typed = {str(name): str(value) for name, value in values.items() if value != SECRET}
    declared = {parameter.name.lower(): parameter for parameter in plan.headers}
    return _without_secrets(typed, {name: declared.get(name.lower()) for name in typed})


def _without_secrets(
    values: Mapping[str, Any], declared: Mapping[str, Parameter | None]
) -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        parameter = declared.get(name)
        if parameter is None or not parameter.confidential:
            kept[name] = _as_declared(parameter, value)
        elif str(value) not in (parameter.equals, *map(str, parameter.enum)):
            kept[name] = _WRONG
    return kept


def _as_declared(parameter: Parameter | None, value: Any) -> Any:
    """Return a typed value as a file has it: digits of an int as a number."""
    if parameter is None or parameter.type != "int" or not isinstance(value, str):
        return value
    number = to_int(value)
    return value if number is None else number


def _sources(result: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """Return the result of each lookup: of a record, the fields that the file
    mentions."""
    sources: dict[str, Any] = {}
    for step in result["operations"]:
        status = step.get("status")
        name = step["name"].partition(" ")[0]
        if status in _FAILURES:
            sources[name] = {"fail": status}
        elif status in ("ok", "stale"):
            sources[name] = _mentioned_fields(step["result"], words)
    return sources


def _mentioned_fields(record: Any, words: frozenset[str]) -> Any:
    if not isinstance(record, Mapping):
        return record
    return {name: value for name, value in record.items() if name in words}


def _words(file: Path, plan: Plan) -> frozenset[str]:
    """Return every word in the endpoint's file and its templates."""
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError):
        text = ""
    templates = [rule.value.source for rule in plan.outputs if rule.value is not None]
    return frozenset(_WORD.findall(" ".join([text, *templates])))


def _literal(value: Any) -> Any:
    """Return a value in which nothing is filled in when the file is loaded."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {name: _literal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return value


# ------------------------------------------------------------------- the file


def _write(
    configuration: Configuration, file: Path, plan: Plan, entry: Mapping[str, Any]
) -> None:
    """Add the entry to the file; if the configuration would be refused, restore the
    file.

    Raises ConsoleError.
    """
    section = "system_api" if plan.endpoint == SYSTEM else ""
    try:
        before = file.read_text("utf-8")
        after = with_entry(before, entry, section)
        _replace(file, after)
    except (OSError, ValueError, CannotWrite) as problem:
        raise invalid(because("said_of", file=file.name, why=str(problem))) from problem
    loaded, problems = examine(configuration.folder)
    if loaded is None:
        _replace(file, before)
        first = next(problem for problem in problems if problem.severity == "error")
        raise invalid(because("test_refused", file=file.name, why=first.message))


def _replace(file: Path, text: str) -> None:
    """Replace the file, atomically where its folder allows that."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, "utf-8")
        draft.chmod(file.stat().st_mode & 0o777)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        file.write_text(text, "utf-8")
