"""``ivrhooks test`` runs the tests of endpoints, and its exit status says how."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

Run = Callable[..., Result]
TESTS = """\
tests:
  - {name: counts, inputs: {tel: "13800000001", count: 3}, expect: {count: 3}}
  - {name: miscounts, inputs: {tel: "13800000001", count: 3}, expect: {count: 4}}
"""


@pytest.fixture
def tested(folder: Path) -> Path:
    file = folder / "endpoints" / "callback.yaml"
    file.write_text(file.read_text() + TESTS)
    return folder


def test_a_failure_names_endpoint_test_and_values(run: Run, tested: Path) -> None:
    printed = run("test", tested)
    assert printed.exit_code == 1
    assert "ok   callback: counts" in printed.output
    assert "FAIL callback: miscounts\n     count: expected 4, came 3" in printed.output
    assert printed.output.endswith("1 of 2 tests failed.\n")


def test_all_pass(run: Run, tested: Path) -> None:
    file = tested / "endpoints" / "callback.yaml"
    file.write_text(file.read_text().replace("expect: {count: 4}", "expect: {}"))
    printed = run("test", tested)
    assert (printed.exit_code, printed.output.splitlines()[-1]) == (
        0,
        "2 tests passed.",
    )
    assert "Without tests: system, vip-routing" in printed.output


def test_the_junit_file_and_json_say_the_same(run: Run, tested: Path) -> None:
    report = tested / "reports" / "junit.xml"
    data = json.loads(run("test", tested, "--json", "--junit", report).output)
    assert (data["ok"], data["passed"], data["failed"]) == (False, 1, 1)
    (difference,) = [
        each
        for endpoint in data["endpoints"]
        for test in endpoint["tests"]
        for each in test["differences"]
    ]
    assert (difference["expected"], difference["came"]) == (4, 3)
    root = ET.parse(report).getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


def test_a_refused_configuration_is_reported_as_text_and_json(
    run: Run, broken: Path
) -> None:
    report = broken / "junit.xml"
    printed = run("test", broken, "--junit", report)
    assert printed.exit_code == 1
    assert "vip.yaml:" in printed.output
    error = ET.parse(report).getroot().find("testsuite/testcase/error")
    assert error is not None and "vip.yaml:" in (error.text or "")


def test_a_report_that_cannot_be_written_is_reported(run: Run, tested: Path) -> None:
    printed = run("test", tested, "--junit", tested / "ivrhooks.yaml" / "x.xml")
    assert printed.exit_code == 1
    assert "x.xml" in printed.output


def test_the_mode_of_the_surroundings_does_not_count(
    run: Run, tested: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRHOOKS_MODE", "mock")
    assert "ok   callback: counts" in run("test", tested).output


def test_no_secret_has_to_be_set(
    run: Run, tested: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tested / "endpoints" / "callback.yaml"
    key = 'headers: {X-Api-Key: {secret: true, equals: "${CALLBACK_KEY}"}}\ninputs:'
    text = file.read_text().replace("inputs:", key, 1)
    file.write_text(text.replace("expect: {count: 4}", "expect: {}"))
    monkeypatch.delenv("CALLBACK_KEY", raising=False)
    printed = run("test", tested)
    assert printed.exit_code == 0, printed.output
    note = "Not set, so made up for the tests: CALLBACK_KEY."
    assert printed.output.splitlines()[-1] == note


@pytest.mark.parametrize(
    ("words", "status", "last"),
    [
        (("callback", "-k", "MISC"), 1, "1 of 1 test failed."),
        (("callback", "-k", "counts"), 1, "1 of 2 tests failed."),
        (("vip-routing",), 0, "There is no test; write `tests:` in an endpoint."),
        (("-k", "zzz"), 0, "No test has `zzz` in its name."),
        (("callbak",), 2, ""),
    ],
)
def test_some_endpoints_and_some_tests(
    run: Run, tested: Path, words: tuple[str, ...], status: int, last: str
) -> None:
    for where in ((tested, *words), (*words, "--config", tested)):
        printed = run("test", *where)
        assert printed.exit_code == status
        if status == 2:
            assert "Did you mean 'callback'?" in printed.stderr
        else:
            assert printed.output.splitlines()[-1] == last
