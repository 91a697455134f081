"""Which chain of lookups takes how much of the deadline."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.doctor.budget import Budget, budget_findings, budgets
from ivrhooks.config.loader import load

ROOT = """\
version: 1
deadline: 2s
sources:
  fast: {kind: http, base_url: "https://a.example.com", timeout: 200ms}
  slow: {kind: http, base_url: "https://b.example.com", timeout: 900ms}
  open: {kind: http, base_url: "https://c.example.com"}
"""
ENDPOINT = """\
endpoint: %s
path: /%s
format: form
%s
outputs: {o: {type: string, value: "{{ %s }}", default: ""}}
"""


@pytest.fixture
def sheets(tmp_path: Any) -> Any:
    def made(**endpoints: str) -> dict[str, Budget]:
        (tmp_path / "endpoints").mkdir()
        (tmp_path / "ivrhooks.yaml").write_text(ROOT)
        for name, lookups in endpoints.items():
            value = "a.x" if "lookups" in lookups else "now"
            text = ENDPOINT % (name, name, lookups, value)
            (tmp_path / "endpoints" / f"{name}.yaml").write_text(text)
        return {budget.endpoint: budget for budget in budgets(load(tmp_path))}

    return made


A = 'lookups:\n  a: {source: %s, request: {path: "/x"}}'
B = '\n  b: {source: %s, request: {path: "/{{ a.id }}"}}'
C = '\n  c: {source: %s, request: {path: "/{{ b.id }}/{{ a.id }}"}}'
BESIDE = '\n  d: {source: %s, request: {path: "/y"}}'


@pytest.mark.parametrize(
    ("lookups", "names", "seconds"),
    [
        (A % "fast", ("a",), 0.2),
        (A % "open", ("a",), None),
        (A % "fast" + B % "slow", ("a", "b"), 1.1),
        (A % "fast" + B % "slow" + C % "slow", ("a", "b", "c"), 2.0),
        (A % "fast" + BESIDE % "slow", ("d",), 0.9),
        (A % "slow" + BESIDE % "fast", ("a",), 0.9),
        (A % "fast" + BESIDE % "open", ("d",), None),
        (A % "open" + B % "fast", ("a", "b"), None),
        (A % "[fast, slow]", ("a",), 1.1),
        (A % "[fast, open]", ("a",), None),
    ],
)
def test_the_longest_chain_and_what_it_may_take(
    sheets: Any, lookups: str, names: tuple[str, ...], seconds: float | None
) -> None:
    budget = sheets(e=lookups)["e"]
    assert (budget.lookups, budget.deadline) == (names, 2.0)
    assert budget.seconds == (seconds if seconds is None else pytest.approx(seconds))


def test_the_tightest_budget_is_first_and_mocks_are_left_out(sheets: Any) -> None:
    by_endpoint = sheets(
        roomy=A % "fast",
        tight=A % "slow" + B % "slow",
        mock=f"mode: mock\n{A % 'slow'}",
        plain="",
    )
    assert list(by_endpoint) == ["tight", "roomy"]


@pytest.mark.parametrize(
    ("seconds", "count"), [(1.81, 1), (1.8, 0), (0.5, 0), (None, 0)]
)
def test_less_than_a_tenth_of_the_deadline_left_is_a_finding(
    seconds: float | None, count: int
) -> None:
    findings = budget_findings([Budget("vip", 2.0, ("a", "b"), seconds)])
    assert len(findings) == count
    if findings:
        [finding] = findings
        assert (finding.level, finding.subject) == ("yellow", "endpoints.vip")
        assert finding.message == "a then b may take 1.81 s of a deadline of 2 s"
