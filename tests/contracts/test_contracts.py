"""Every sandbox against docs/vendors/, case by case: raw HTTP in, what is written there
out. One table a system; each case after a reset.

A case is a step or ``steps``: ``ask`` a method and a target, ``as`` one of the file's
``auth``, with ``query``, ``json``, ``form`` or ``body`` and ``headers``; then
``status`` (200), ``expect`` (a path into the JSON, ``text``, ``nojson`` or
``header NAME``, and what must be there), ``lacks``, and ``keep`` for the steps that
follow (``$name``). ``broken``: the connection ends before an answer. ``within``: asked
again for so many seconds.

``matching.py`` says what a path and a value can be.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from ruamel.yaml import YAML

from matching import MISSING, filled, fits, value_at

HERE = Path(__file__).parent
SYSTEMS = ("omicrm", "bangwo8", "meiqia", "sobot")
UNQUOTED = "/?&=%+:,;{}()<>'!*~.-_@$#"


def read_cases() -> list[Any]:
    reader = YAML(typ="safe")
    cases = []
    for system in SYSTEMS:
        book = reader.load((HERE / f"{system}.yaml").read_text("utf-8"))
        for case in book["cases"]:
            name = f"{system}: {case['case']}"
            cases.append(pytest.param(book, case.get("steps") or [case], id=name))
    return cases


@pytest.mark.parametrize(("book", "steps"), read_cases())
def test_a_case_of_the_contracts(sandbox, book, steps):
    sandbox.reset()
    kept = {}
    if "$" in str(book["auth"]):
        kept = sandbox.tokens()
        sandbox.reset()  # the requests recorded are the case's own
    for step in steps:
        problems = play(sandbox, book, step, kept)
        assert not problems, "\n".join(problems)


def play(
    sandbox: Any, book: Mapping[str, Any], step: Mapping[str, Any], kept: dict[str, Any]
) -> list[str]:
    """What is wrong with the answer to one step; keeps what later steps need."""
    method, target, body, headers = composed(book, step, kept)
    until = time.monotonic() + step.get("within", 0)
    while True:
        began = time.monotonic()
        try:
            reply = sandbox.ask(method, target, body, headers)
        except (OSError, http.client.HTTPException) as problem:
            return [] if step.get("broken") else [f"{method} {target}: {problem!r}"]
        took = time.monotonic() - began
        problems = judged(reply, step, kept)
        if step.get("broken"):
            problems = ["an answer came"]
        if took < step.get("slower", 0):
            problems.append(f"it took only {took:.3f} s")
        if not problems or time.monotonic() > until:
            return [
                f"{method} {target}: {each_problem}\n{reply.text}"
                for each_problem in problems
            ]
        time.sleep(0.02)


def composed(
    book: Mapping[str, Any], step: Mapping[str, Any], kept: Mapping[str, Any]
) -> tuple[str, str, bytes | str | None, dict[str, str]]:
    method, target = filled(step["ask"], kept).split(" ", 1)
    control = target.startswith("/_sandbox/")
    if target.startswith("//"):  # another system's
        target = target[1:]
    elif not control:
        target = book["base"] + target
    target = quote(target, safe=UNQUOTED)
    if "query" in step:
        target += ("&" if "?" in target else "?") + urlencode(step["query"])
    who = {} if control else book["auth"][step.get("as", "default")]
    headers = dict(filled(who, kept))
    body: bytes | str | None = step.get("body")
    if "json" in step:
        body = json.dumps(filled(step["json"], kept), ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json"
    if "form" in step:
        body = urlencode(filled(step["form"], kept))
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return method, target, body, headers | filled(step.get("headers", {}), kept)


def judged(reply: Any, step: Mapping[str, Any], kept: dict[str, Any]) -> list[str]:
    problems = []
    if reply.status != step.get("status", 200):
        problems.append(f"status {reply.status}, not {step.get('status', 200)}")
    try:
        answer: Any = reply.json
    except ValueError:
        answer = MISSING
    special = {"text": reply.text, "nojson": answer == MISSING}
    for path, wanted in filled(step.get("expect", {}), kept).items():
        if path.startswith("header "):
            got = reply.headers.get(path.removeprefix("header "), MISSING)
        else:
            got = special[path] if path in special else value_at(answer, path)
        if not fits(wanted, got):
            problems.append(f"{path} is {got!r}, not {wanted!r}")
    problems += [
        f"holds {text}" for text in step.get("lacks", ()) if text in reply.text
    ]
    for name, path in step.get("keep", {}).items():
        kept[name] = value_at(answer, path)
    return problems
