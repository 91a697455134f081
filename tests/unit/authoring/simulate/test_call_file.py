"""The file of a simulated call: what it may say, and each slip at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.simulate.call_file import Call, read_call
from ivrhooks.basics.errors import ConfigError
from ivrhooks.config.plan import Configuration
from ivrhooks.config.reading.yaml_reader import MAX_BYTES

CALL = """\
caller: "13800000001"
url: http://127.0.0.1:8080
steps:
  - ask: vip
    inputs: {tel: "{{ caller }}", order no: 7}
    headers: {X-Shop: 5}
    expect: {isVip: 1}
    within: 800ms
  - ask: desk
    inputs: {queue: sales}
    when: "{{ answers.vip.isVip }}"
route: "{{ answers.vip.name }}"
expect_route: Wang
"""


@pytest.fixture
def read(configuration: Configuration, tmp_path: Path) -> Any:
    def call(text: str) -> Call:
        (tmp_path / "call.yaml").write_text(text, "utf-8")
        return read_call(tmp_path / "call.yaml", configuration)

    return call


def test_a_whole_file(read: Any) -> None:
    call = read(CALL)
    assert (call.caller, call.url) == ("13800000001", "http://127.0.0.1:8080")
    first, second = call.steps
    assert (first.plan.endpoint, second.plan.endpoint) == ("vip", "desk")
    assert first.headers == {"X-Shop": "5"}
    assert (first.expect, first.within, first.when) == ({"isVip": 1}, 0.8, None)
    assert second.when is not None and second.within is None
    assert list(first.inputs) == ["tel", "order no"]
    assert call.route is not None
    assert (call.expects_route, call.expect_route) == (True, "Wang")


def test_the_least_that_a_file_says(read: Any) -> None:
    call = read('caller: "1"\nsteps: [{ask: desk}]\n')
    assert (call.url, call.route, call.expects_route) == (None, None, False)
    assert call.expect_route is None
    assert read('caller: "1"\nsteps: [{ask: desk}]\nexpect_route: null\n').expects_route


@pytest.mark.parametrize(
    ("was", "now", "line", "message"),
    [
        ("caller:", "called:", 1, "did you mean `caller`?"),
        ("ask: vip", "ask: vipp", 4, "there is no endpoint `vipp` (did you mean `vip`"),
        ("ask: vip", "ask: zzz", 4, "there are: desk, system, vip"),
        ("order no: 7", "oder no: 7", 5, "`oder no` is none of the inputs of vip"),
        ("order no: 7", "zzz: 7", 5, "there are: tel, order no, token"),
        ("{isVip: 1}", "{isVpi: 1}", 7, "is none of the outputs of vip (did you mean"),
        ("within: 800ms", "within: 800", 8, "within"),
        ("{{ caller }}", "{{ callr }}", 5, "undefined name `callr`"),
        ("answers.vip.isVip", "inputs.tel", 11, "undefined name `inputs`"),
        ("answers.vip.name", "answers.", 12, "route"),
        ("ask: desk", "aks: desk", 9, "did you mean `ask`?"),
    ],
)
def test_a_typo_is_reported_at_its_place(
    read: Any, was: str, now: str, line: int, message: str
) -> None:
    assert was in CALL
    with pytest.raises(ConfigError) as raised:
        read(CALL.replace(was, now, 1))
    problems = [
        (problem.line, f"{problem.path}: {problem.message}")
        for problem in raised.value.problems
    ]
    assert [
        problem for problem in problems if problem[0] == line and message in problem[1]
    ], problems
    assert {Path(problem.file).name for problem in raised.value.problems} == {
        "call.yaml"
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "YAML"),
        ("a: 1\na: 2\n", "twice"),
        ("- a\n", "mapping"),
        ("", "the file is empty"),
        ('caller: "1"\n', "steps"),
    ],
)
def test_invalid_call_files(read: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(text)
    assert message in "\n".join(
        f"{problem.path}: {problem.message}" for problem in raised.value.problems
    )


def test_a_file_that_is_not_there(configuration: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_call(tmp_path / "none.yaml", configuration)
    [problem] = raised.value.problems
    assert "cannot be read: No such file" in problem.message


def test_a_typo_is_reported_once_and_at_its_column(read: Any) -> None:
    for was, now, place in (
        ("ask: vip", 'ask: ""', (4, 10)),
        ("order no: 7", "oder no: 7", (5, 35)),
    ):
        with pytest.raises(ConfigError) as raised:
            read(CALL.replace(was, now, 1))
        (problem,) = [each for each in raised.value.problems if each.line == place[0]]
        assert (problem.line, problem.column) == place, problem


def test_a_condition_that_is_null_is_none(read: Any) -> None:
    (step,) = read('caller: "1"\nsteps: [{ask: desk, when: null}]\n').steps
    assert step.when is None


def test_a_file_that_is_not_there_or_too_large_is_reported(
    read: Any, configuration: Configuration, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        read("# " + "x" * MAX_BYTES)
    assert "larger than" in raised.value.problems[0].message
    with pytest.raises(ConfigError) as raised:
        read_call(tmp_path / "none.yaml", configuration)
    (problem,) = raised.value.problems
    assert (problem.line, problem.column) == (1, 1)
    assert problem.message == "the file cannot be read: No such file or directory"
