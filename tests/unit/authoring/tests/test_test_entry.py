"""One more test is written into an endpoint's file, which stays what it was else."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from ivrhooks.authoring.tests.test_entry import CannotWrite, as_yaml, with_entry

ENTRY: dict[str, Any] = {
    "name": 'A "VIP": yes # no comment',
    "inputs": {"tel": "0138", "order no": 7},
    "expect": {"isVip": 1, "state": None, "name": "王\nu: [x"},
}
HEAD = "# of the desk\nendpoint: vip   # its name\npath: /api/vip\n"
TAIL = "\n# how it answers\non_invalid: 400\n"
TESTS = "tests:\n  - name: first\n    expect: {a: 1}   # said so\n\n  # the next\n"


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD.rstrip("\n"),
        HEAD + TAIL,
        HEAD + TESTS,
        HEAD + TESTS + TAIL,
        HEAD + TESTS.replace("  - ", "- ").replace("    ", "  ") + TAIL,
    ],
)
def test_the_entry_is_the_last_test_and_all_else_stays(text: str) -> None:
    written = with_entry(text, ENTRY)
    before = read(text)
    assert read(written) == {**before, "tests": [*before.get("tests", []), ENTRY]}
    unchanged = [line for line in written.splitlines() if line in text.splitlines()]
    assert [line for line in unchanged if line] == [x for x in text.splitlines() if x]


def test_a_second_entry_follows_the_first() -> None:
    twice = with_entry(with_entry(HEAD + TAIL, ENTRY), {"name": "two"})
    assert [entry["name"] for entry in read(twice)["tests"]] == [ENTRY["name"], "two"]


def test_the_system_api_has_its_tests_in_the_root() -> None:
    root = "version: 1\nsystem_api:\n  path: /api/s\n  unset: omit\n\nconsole: {}\n"
    written = with_entry(root, ENTRY, "system_api")
    assert read(written)["system_api"]["tests"] == [ENTRY]
    assert read(written)["console"] == {}


@pytest.mark.parametrize(
    ("text", "section"),
    [
        (HEAD + "tests: [{name: a}]\n", ""),
        (HEAD + "tests: []\n", ""),
        (HEAD + "tests: {}\n", ""),
        ("{endpoint: a}\n", ""),
        ("a: [\n", ""),
        ("", ""),
        ("system_api: {path: /a}\n", "system_api"),
        (HEAD, "system_api"),
    ],
)
def test_flow_style_files_are_not_changed(text: str, section: str) -> None:
    with pytest.raises(CannotWrite):
        with_entry(text, ENTRY, section)


def test_the_preview_equals_the_written_text() -> None:
    assert as_yaml(ENTRY, 2) in with_entry(HEAD + TESTS, ENTRY)
    assert read(as_yaml(ENTRY)) == [ENTRY]


def test_the_lines_are_those_that_a_person_would_write() -> None:
    entry = {"name": "nhà", "expect": {"a": 1}}
    lines = 'tests:\n  - name: "nhà"\n    expect: {"a": 1}\n'
    assert with_entry(HEAD, entry) == f"{HEAD}\n{lines}"
    assert with_entry("system_api:\n  path: /a\n", entry, "system_api") == (
        'system_api:\n  path: /a\n  tests:\n    - name: "nhà"\n      expect: {"a": 1}\n'
    )
    assert as_yaml(entry) == '  - name: "nhà"\n    expect: {"a": 1}\n'
