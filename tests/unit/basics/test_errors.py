from __future__ import annotations

import pytest

from ivrhooks.basics.errors import (
    STATUS_BY_CODE,
    ConfigError,
    ContractError,
    IvrhooksError,
    Problem,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.languages.catalogue import because


def test_a_problem_is_reported_with_its_place_and_path():
    problem = Problem("write an int", "e.yaml", 3, 7, "outputs.n.type")
    assert str(problem) == "e.yaml:3:7: outputs.n.type: write an int"
    assert str(Problem("odd", severity="warning")) == "warning: odd"


def test_a_refused_configuration_holds_every_problem():
    error = ConfigError([Problem("one"), Problem("two")])
    assert [problem.message for problem in error.problems] == ["one", "two"]
    assert str(error) == "one\ntwo"


@pytest.mark.parametrize("code", STATUS_BY_CODE)
def test_every_refusal_has_a_status_of_the_callers_fault(code):
    error = ContractError(code, because("as_said", text="what is wrong"))
    assert 400 <= error.status < 500
    assert (str(error), error.fields, error.headers) == ("what is wrong", {}, {})
    assert isinstance(error, IvrhooksError)


@pytest.mark.parametrize(
    ("kind", "code", "status", "temporary", "blame"),
    [
        (SourceTimeout, "timeout", "timeout", True, True),
        (SourceUnavailable, "unavailable", "error", True, True),
        (SourceRejected, "rejected", "error", False, False),
        (SourceMalformed, "malformed", "error", False, True),
    ],
)
def test_each_source_error_has_its_text(kind, code, status, temporary, blame):
    error = kind("why")
    assert isinstance(error, SourceError)
    assert (error.code, error.status) == (code, status)
    assert (error.temporary, error.blame, error.received) == (temporary, blame, True)
    assert kind("why", code="other", received=False).code == "other"
