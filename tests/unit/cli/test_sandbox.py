"""``ivrhooks sandbox``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

from ivrhooks.cli import sandbox
from ivrhooks.sources.sandboxkit.system import FAULTS, OUTCOMES

Run = Callable[..., Result]


def test_the_magic_numbers_are_printed(run: Run) -> None:
    done = run("sandbox", "--numbers")
    assert done.exit_code == 0
    for digits in (
        *("0001", "0002", "0009", "0101", "0102"),
        *("0103", "0104", "0105", "0106", "0107"),
    ):
        assert f"…{digits}  " in done.stdout


def test_no_magic_number_is_left_out() -> None:
    printed = {digits for digits, _, _ in sandbox.NUMBERS}
    assert printed == {*OUTCOMES, *FAULTS}


def test_it_serves_on_loopback_until_it_is_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []
    monkeypatch.setattr(sandbox, "serve_sandbox", lambda *a: served.append(a) or 0)
    assert run("sandbox").exit_code == 0
    assert run("sandbox", "--port", "8099", "--data", __file__).exit_code == 0
    assert served == [("127.0.0.1", 8090, None), ("127.0.0.1", 8099, __file__)]


def test_a_data_file_that_is_not_there_is_a_usage_error(run: Run) -> None:
    done = run("sandbox", "--data", "nowhere.yaml")
    assert done.exit_code == 2
    assert "nowhere.yaml" in done.stderr
