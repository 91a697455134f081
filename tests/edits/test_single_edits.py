"""Single edits of a good configuration: each that changes what an IVR would see is
caught by `check`, `test` or `diff` at its line; the harmless ones raise nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.sides import read_side
from ivrhooks.authoring.tests.runner import run_tests
from ivrhooks.basics.errors import Problem
from ivrhooks.config.loader import examine

HERE = Path(__file__).parent
GOOD = HERE / "good"
EDITS: list[dict[str, Any]] = YAML(typ="safe").load(HERE / "edits.yaml")
ENVIRON = {
    name: f"{name.lower()}-5e8d2f91"
    for name in (
        *("APP_ID", "APP_KEY", "OMICRM_KEY", "SHOP_TOKEN", "SIGN_SECRET"),
        *("ORDER_KEY", "HOOK_SECRET"),
    )
}
WORST = ("breaks", "may_route_differently", "safe")
KEYS = {"file", "was", "now", "check", "warns", "test", "diff", "line", "in"}


@dataclass(frozen=True)
class Found:
    """What is said of a configuration beside the good one."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    failing: tuple[str, ...]
    verdict: str
    places: frozenset[tuple[str, int]]


def named(edit: Mapping[str, Any]) -> str:
    return f"{edit['was']} -> {edit['now']}".replace("\n", "|")[:90]


def edited(edit: Mapping[str, Any], folder: Path) -> tuple[Path, int]:
    """The configuration with the edit in it, and the line of what is edited."""
    shutil.copytree(GOOD, folder)
    file = folder / edit["file"]
    before = file.read_text("utf-8")
    assert edit["was"] in before, edit
    after = before.replace(edit["was"], edit["now"], 1)
    file.write_text(after, "utf-8")
    other = folder / edit.get("in", edit["file"])
    if "line" in edit:
        text = other.read_text("utf-8")
        return other, text[: text.index(edit["line"])].count("\n") + 1
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    same = next(
        (number for number, (was, now) in enumerate(pairs) if was != now),
        min(before.count("\n"), after.count("\n")),
    )
    return file, same + 1


def judged(folder: Path) -> Found:
    configuration, problems = examine(folder, environ=ENVIRON)
    errors = tuple(problem for problem in problems if problem.severity == "error")
    warnings = tuple(problem for problem in problems if problem.severity == "warning")
    if configuration is None:
        return Found(errors, warnings, (), "", frozenset())
    failing = tuple(
        result.endpoint for result in run_tests(configuration) if result.failed
    )
    sides = (read_side(problem, str(problem), ENVIRON) for problem in (GOOD, folder))
    changes = compare(*sides)
    verdicts = {problem.verdict for problem in changes}
    places = {(Path(problem.file).name, problem.line) for problem in changes}
    worst = next((word for word in WORST if word in verdicts), "safe")
    return Found(errors, warnings, failing, worst, frozenset(places))


def new_warnings(report: Found, good: Found) -> Iterator[str]:
    """Those that the good configuration has not."""
    known = {warning.message for warning in good.warnings}
    return (str(warning) for warning in report.warnings if warning.message not in known)


@pytest.fixture(scope="module")
def good() -> Found:
    report = judged(GOOD)
    assert not report.errors, report.errors
    assert (report.failing, report.verdict, report.places) == ((), "safe", frozenset())
    return report


@pytest.mark.parametrize("edit", EDITS, ids=map(named, EDITS))
def test_an_edit_is_judged(edit: dict[str, Any], tmp_path: Path, good: Found) -> None:
    assert set(edit) <= KEYS, edit
    file, line = edited(edit, tmp_path / "edited")
    report = judged(tmp_path / "edited")
    if "check" in edit:
        errors = [str(error) for error in report.errors]
        assert errors, "no error"
        at = [error for error in report.errors if Path(error.file).name == file.name]
        here = [error.message + str(error.path) for error in at if error.line == line]
        assert here, (line, errors)
        assert any(re.search(re.escape(word), error, re.IGNORECASE) for error in here
                   for word in edit["check"].split("|")), here  # fmt: skip
        return
    assert not report.errors, [str(error) for error in report.errors]
    warnings = list(new_warnings(report, good))
    if "warns" in edit:
        words = edit["warns"].split("|")
        assert any(word in error for error in warnings for word in words), warnings
    else:
        assert warnings == []
    assert sorted(report.failing) == sorted(edit.get("test", [])), report.failing
    assert report.verdict == edit["diff"], report
    if report.verdict != "safe":
        assert (file.name, line) in report.places, (line, report.places)
