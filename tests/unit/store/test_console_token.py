"""The console's token: given, or made once and kept."""

from __future__ import annotations

import stat
from pathlib import Path

from ivrhooks.store.console_token import FILE, configured_token, is_short, stored_token


def test_the_environment_may_give_it() -> None:
    assert configured_token({"IVRHOOKS_CONSOLE_TOKEN": " abc\n"}) == "abc"
    assert configured_token({}) == ""


def test_it_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    token = stored_token(tmp_path)
    assert stored_token(tmp_path) == token
    assert len(token) >= 40
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_token_that_can_be_guessed_is_short() -> None:
    assert [is_short(candidate) for candidate in ("", "t" * 15, "t" * 16)] == [
        False,
        True,
        False,
    ]
