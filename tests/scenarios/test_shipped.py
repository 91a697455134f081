"""The ``tests:`` of the shipped endpoints hold, in this process and without network."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.tests.runner import EndpointResult, run_tests
from ivrhooks.config.loader import examine, load
from ivrhooks.config.plan import Configuration

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load(CONFIGS, environ={})


@pytest.fixture(scope="module")
def results(configuration: Configuration) -> tuple[EndpointResult, ...]:
    return run_tests(configuration)


def test_nothing_is_found_against_it() -> None:
    _, problems = examine(CONFIGS, environ={})
    assert [str(problem) for problem in problems if problem.severity != "note"] == []


def test_every_test_of_every_endpoint_passes(
    results: tuple[EndpointResult, ...],
) -> None:
    wrong = [
        f"{case.endpoint}: {case.name}: {reason}"
        for result in results
        for case in result.cases
        for reason in case.reasons
    ]
    assert not wrong, "\n".join(wrong)


def test_every_endpoint_has_tests_for_failing_sources(
    configuration: Configuration, results: tuple[EndpointResult, ...]
) -> None:
    for plan in configuration.plans.values():
        if plan.endpoint == "system":
            continue
        assert plan.tests, plan.endpoint
        statuses = {status for case in plan.tests for status in failures(case.sources)}
        assert not plan.lookups or statuses - {"not_found"}, plan.endpoint


def failures(sources: object) -> set[str]:
    """In which ways the lookups of a test fail."""
    entries = sources.values() if isinstance(sources, dict) else ()
    return {
        entry["fail"]
        for entry in entries
        if isinstance(entry, dict) and "fail" in entry
    }


def test_they_show_all_kinds_a_chain_and_picking(configuration: Configuration) -> None:
    kinds = {source.kind for source in configuration.sources.values()}
    assert kinds == {"sobot", "omicrm", "bangwo8", "meiqia", "http", "table"}
    lookups = [
        lookup for plan in configuration.plans.values() for lookup in plan.lookups
    ]
    assert any(len(lookup.calls) > 1 for lookup in lookups)
    assert {plan.format for plan in configuration.plans.values()} == {
        "form",
        "json",
        "query",
    }
