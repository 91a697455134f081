"""``ivrhooks serve``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.cli import serve

Run = Callable[..., Result]


def test_it_listens_where_the_page_says(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []
    monkeypatch.setattr(
        serve, "serve", lambda *a, delivers: served.append((*a, delivers)) or 0
    )
    assert run("serve", "--config", folder).exit_code == 0
    arguments = ("--host", "127.0.0.2", "--port", "9000", "--workers", "3")
    assert run("serve", *arguments, env={"IVRHOOKS_CONFIG": "c"}).exit_code == 0
    assert run("serve", "--config", folder, "-v", "--no-worker").exit_code == 0
    assert served == [
        (str(folder), "127.0.0.1", 8080, 2, "INFO", True),
        ("c", "127.0.0.2", 9000, 3, "INFO", True),
        (str(folder), "127.0.0.1", 8080, 2, "DEBUG", False),
    ]


def test_its_exit_status_is_that_of_the_server(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "serve", lambda *a, delivers: 3)
    assert run("serve", "--config", folder).exit_code == 3


@pytest.mark.parametrize("wrong", [("--port", "70000"), ("--workers", "0")])
def test_an_impossible_option_is_a_usage_error(
    run: Run, wrong: tuple[str, str]
) -> None:
    assert run("serve", *wrong).exit_code == 2
