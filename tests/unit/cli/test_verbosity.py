"""``-v`` before the verb and behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def kept_level() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    yield
    root.setLevel(before)


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (("check",), "WARNING"),
        (("-v", "check"), "INFO"),
        (("check", "-v"), "INFO"),
        (("-v", "check", "--verbose"), "DEBUG"),
        (("check", "-vv"), "DEBUG"),
        (("-vvv", "routes"), "DEBUG"),
    ],
)
def test_it_counts_wherever_it_is_written(
    run: Run, folder: Path, arguments: tuple[str, ...], level: str
) -> None:
    assert run(*arguments, "--config", folder).exit_code == 0
    assert logging.getLevelName(logging.getLogger().level) == level


@pytest.mark.parametrize("verb", ["demo", "serve", "sandbox"])
def test_the_servers_take_it_too(run: Run, verb: str) -> None:
    result = run(verb, "-v", "--help")
    assert result.exit_code == 0
    assert "--verbose" in result.output
