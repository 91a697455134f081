"""What a thousand like endpoints cost to load is what one costs, and no more."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, Template

from ivrhooks.basics.collector import collector_paused
from ivrhooks.config.loader import examine, load
from ivrhooks.config.plan import Plan

FEW, MANY = 3, 13
MAX_CALLS = 2250
"""Python calls of one endpoint more, ours and the libraries', with some slack."""

ROOT = """\
version: 1
caller: generic
sources:
  crm: {kind: http, base_url: "http://127.0.0.1:24999"}
"""
ENDPOINT = """\
endpoint: eN
path: /eN
format: query
inputs:
  tel: {type: string, pattern: '^[+ ]?[0-9]{5,15}$', required: true}
lookups:
  c:
    source: crm
    request: {method: GET, path: /customer, query: {tel: "{{ inputs.tel }}"}}
outputs:
  isVip: {type: int, value: "{{ c.isVip }}", default: 0}
  userLabel: {type: string, value: "{{ c.userLabel }}", default: ""}
  greeting: {type: string, value: "{{ c.name | default('you') | upper }}", default: ""}
  text: {type: string, value: "{% if c.vip %}VIP {{ c.level }}{% endif %}", default: ""}
"""

Calls = Counter[tuple[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a folder of so many like endpoints."""

    def make(count: int) -> Path:
        path = tmp_path / str(count)
        (path / "endpoints").mkdir(parents=True)
        (path / "ivrhooks.yaml").write_text(ROOT)
        for number in range(count):
            file = path / "endpoints" / f"e{number}.yaml"
            file.write_text(ENDPOINT.replace("eN", f"e{number}"))
        return path

    return make


def calls_of_a_load(folder: Path) -> Calls:
    """How often each Python function is called, ours and the libraries'."""
    calls: Calls = Counter()

    def count(frame: Any, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            calls[code.co_filename, code.co_qualname] += 1

    load(folder, environ={})  # what is made once for a process is there by now
    sys.setprofile(count)
    try:
        load(folder, environ={})
    finally:
        sys.setprofile(None)
    return calls


def more(few: Calls, many: Calls, file: str, name: str = "") -> int:
    """How many calls the endpoints that are more take, of functions in a file."""
    return sum(
        count - few[key]
        for key, count in many.items()
        if file in key[0] and name in key[1]
    )


def test_equal_parts_of_endpoints_are_made_once(folder: Callable[[int], Path]) -> None:
    few, many = (calls_of_a_load(folder(count)) for count in (FEW, MANY))
    assert more(few, many, "/marshmallow/schema.py") == 0
    assert more(few, many, "/ruamel/yaml/main.py") == 0
    for name in ("Environment.__init__", "Environment._parse", "Environment.compile"):
        assert more(few, many, "/jinja2/environment.py", name) == 0, name
    calls = more(few, many, "") / (MANY - FEW)
    assert calls < MAX_CALLS, calls


class Environ(dict[str, str]):
    """An environment that notes whether the garbage collector is on when it is read."""

    def __init__(self) -> None:
        self.collected: list[bool] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.collected.append(gc.isenabled())
        return super().get(key, default)


@pytest.mark.parametrize("broken", ["", "outputs: 1\n"])
def test_loaded_objects_are_excluded_from_garbage_collection(
    folder: Callable[[int], Path], broken: str
) -> None:
    path, environ = folder(1), Environ()
    with (path / "endpoints" / "e0.yaml").open("a") as file:
        file.write(f"description: ${{NAME:-x}}\n{broken}")
    configuration, _ = examine(path, environ=environ)
    assert bool(configuration) is not bool(broken)
    assert environ.collected and not any(environ.collected)
    assert gc.isenabled()


def test_a_configuration_that_goes_leaves_nothing_to_the_collector(
    folder: Callable[[int], Path],
) -> None:
    """A worker sets what it loads apart from the collector, at each reload."""
    path = folder(FEW)
    load(path, environ={})
    gc.collect()
    with collector_paused():
        configuration = load(path, environ={})
        assert len(configuration.plans) == FEW
        del configuration
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            gc.collect()
            left = [thing for thing in gc.garbage if _is_of_a_template(thing)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
    assert not left


def _is_of_a_template(thing: object) -> bool:
    return isinstance(thing, (Template, Environment, Plan))
