"""``ivrhooks freeze`` and the ``check`` that holds to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_check_refuses_changes_that_break_a_frozen_contract(
    run: Run, folder: Path
) -> None:
    done = run("freeze", folder)
    assert (done.exit_code, done.output) == (0, f"wrote {folder / 'contract.lock'}\n")
    assert run("check", folder).exit_code == 0
    file = folder / "endpoints" / "vip.yaml"
    file.write_text(file.read_text().replace("/api/vip-routing", "/api/vip"))
    refused = run("check", folder)
    assert refused.exit_code == 1
    assert "the contract is frozen; it hits Main IVR" in refused.output
    assert run("freeze", folder).exit_code == 0
    assert run("check", folder).exit_code == 0


def test_a_folder_without_a_configuration_is_reported(run: Run, tmp_path: Path) -> None:
    done = run("freeze", tmp_path)
    assert done.exit_code == 1 and "ivrhooks.yaml" in done.output
