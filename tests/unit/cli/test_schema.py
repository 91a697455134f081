"""``ivrhooks schema`` prints what an editor reads."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "key"), [((), "sources"), (("root",), "sources"), (("endpoint",), "path")]
)
def test_without_a_word_it_is_the_root_files(
    run: Run, words: tuple[str, ...], key: str
) -> None:
    done = run("schema", *words)
    assert done.exit_code == 0
    assert key in json.loads(done.output)["properties"]


def test_another_word_is_reported(run: Run) -> None:
    assert run("schema", "source").exit_code == 2
