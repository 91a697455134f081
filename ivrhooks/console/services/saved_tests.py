"""Save as test: a run becomes an entry of the endpoint's ``tests:``, shown first."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivrhooks.authoring.caller_request import all_headers
from ivrhooks.authoring.tests.test_entry import CannotWrite, as_yaml, with_entry
from ivrhooks.basics.masking import SECRET, mask_text
from ivrhooks.config.compile.system_api import NAME as SYSTEM
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.services.test_request import find_plan
from ivrhooks.console.services.test_runs import run_test

MOST_NAME = 200

_FAILURES = frozenset({"timeout", "error", "open", "busy", "not_found"})
_WORD = re.compile(r"\w+")


def save(
    context: ConsoleContext, name: str, request: Any, *, write: bool = False
) -> dict[str, Any]:
    """Runs ``request`` (as ``run_test`` takes it, and ``name``: what the test is
    called) and makes a test of what came: ``{"yaml", "file", "name", "writable",
    "reason", "written"}``. Without ``write`` it is only shown.

    ``yaml`` is masked unless ``show_personal``; what is written never is. ``reason``:
    why it cannot be written. Raises ConsoleError: 404, and 400 with the reason where
    it was to be written and could not.
    """
    configuration = context.configuration()
    plan = find_plan(configuration, name)
    if not isinstance(request, Mapping):
        raise _bad("send a JSON object")
    wanted = dict(request)
    called = _called(wanted.pop("name", ""), plan)
    shown = wanted.get("show_personal") is True
    wanted.update(endpoint=name, show_personal=True)
    run = run_test(context, wanted)
    file = Path(plan.file).resolve()
    entry = _entry(plan, called, wanted, run["result"], _words(file, plan))
    reason = _why_not(file)
    if write:
        if reason:
            raise _bad(reason)
        _write(configuration, file, plan, entry)
    text = as_yaml(entry)
    return {
        "name": called,
        "yaml": text if shown else mask_text(text),
        "file": file.name,
        "writable": not reason,
        "reason": reason,
        "written": write,
    }


def _called(name: Any, plan: Plan) -> str:
    if not isinstance(name, str) or len(name) > MOST_NAME:
        raise _bad("name: say in a few words what this test shows")
    return " ".join(name.split()) or f"{plan.endpoint} {len(plan.tests) + 1}"


def _why_not(file: Path) -> str:
    if not os.access(file, os.W_OK):
        return f"{file.name} cannot be written by the server; copy the text instead"
    return ""


# ------------------------------------------------------------------- the entry


def _entry(
    plan: Plan,
    called: str,
    wanted: Mapping[str, Any],
    result: Mapping[str, Any],
    words: frozenset[str],
) -> dict[str, Any]:
    """What stands under ``tests:``; what is empty is left out."""
    final = result["finalResult"]
    error = (final["body"] or {}).get("error") or {}
    mocked = any(one["origin"] == "mock" for one in result["outputs"])
    entry = {
        "name": _literal(called),
        "inputs": _literal(dict(wanted.get("inputs") or {})),
        "headers": _headers(plan, wanted.get("headers") or {}),
        "mode": _mode(plan, mocked=mocked),
        "sources": {} if error else _literal(_sources(result, words)),
        "status": None if final["status"] == 200 else final["status"],
        "error": error.get("code"),
        "expect": _literal(
            {one["name"]: one["value"] for one in result["outputs"] if not error}
        ),
    }
    return {name: value for name, value in entry.items() if value not in (None, {})}


def _mode(plan: Plan, *, mocked: bool) -> str | None:
    mode = "mock" if mocked else "real"
    return None if mode == plan.own_mode else mode


def _headers(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of the run: what the configuration knows stands there as it does in
    the file, ``${NAME}`` and not what it stands for."""
    written = {
        one.name.lower(): one.equals_written
        for one in plan.headers
        if one.equals is not None and one.equals_written
    }
    typed = {str(name): str(value) for name, value in given.items() if value != SECRET}
    return {
        name: written[name.lower()]
        if name.lower() in written and name not in typed
        else _literal(value)
        for name, value in all_headers(plan, typed).items()
    }


def _sources(result: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """What each lookup answered: of a record, the fields that the file speaks of."""
    found: dict[str, Any] = {}
    for step in result["operations"]:
        status = step.get("status")
        name = step["name"].partition(" ")[0]
        if status in _FAILURES:
            found[name] = {"fail": status}
        elif status in ("ok", "stale"):
            found[name] = _needed(step["result"], words)
    return found


def _needed(record: Any, words: frozenset[str]) -> Any:
    if not isinstance(record, Mapping):
        return record
    return {name: value for name, value in record.items() if name in words}


def _words(file: Path, plan: Plan) -> frozenset[str]:
    """Every word that the endpoint's file and its templates have."""
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError):
        text = ""
    templates = [rule.value.source for rule in plan.outputs if rule.value is not None]
    return frozenset(_WORD.findall(" ".join([text, *templates])))


def _literal(value: Any) -> Any:
    """A value in which nothing is filled in when the file is loaded."""
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
    """Puts the entry in; where the configuration would then be refused, the file is as
    it was. Raises ConsoleError."""
    section = "system_api" if plan.endpoint == SYSTEM else ""
    try:
        before = file.read_text("utf-8")
        after = with_entry(before, entry, section)
        _replace(file, after)
    except (OSError, ValueError, CannotWrite) as problem:
        raise _bad(f"{file.name}: {problem}") from problem
    loaded, problems = examine(configuration.folder)
    if loaded is None:
        _replace(file, before)
        first = next(one for one in problems if one.severity == "error")
        raise _bad(f"{file.name}: with this test it would be refused: {first.message}")


def _replace(file: Path, text: str) -> None:
    """The file with another text, at once where its folder allows that."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, "utf-8")
        draft.chmod(file.stat().st_mode & 0o777)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        file.write_text(text, "utf-8")


def _bad(message: str) -> ConsoleError:
    return ConsoleError(400, "invalid_request", message)
