"""``ivrhooks worker``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.cli import worker

Run = Callable[..., Result]


def test_it_delivers_as_it_is_reported(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[tuple[object, ...]] = []
    monkeypatch.setattr(worker, "work", lambda *a: worked.append(a) or 0)
    assert run("worker", "--config", folder).exit_code == 0
    assert run("worker", "--config", folder, "--concurrency", "3", "-v").exit_code == 0
    assert worked == [(str(folder), 8, "INFO"), (str(folder), 3, "DEBUG")]


def test_its_exit_status_is_that_of_the_work(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "work", lambda *a: 1)
    assert run("worker", "--config", folder).exit_code == 1


def test_an_impossible_option_is_a_usage_error(run: Run) -> None:
    assert run("worker", "--concurrency", "0").exit_code == 2
