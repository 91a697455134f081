"""The console's token: given, or made once and kept."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from ivrhooks.http.test_runs.token import FILE, given_token, kept_token


def test_the_environment_may_give_it() -> None:
    assert given_token({"IVRHOOKS_CONSOLE_TOKEN": " abc\n"}) == "abc"
    assert given_token({}) == ""


def test_it_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    token = kept_token(tmp_path)
    assert kept_token(tmp_path) == token
    assert len(token) >= 40
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_all_who_begin_at_once_have_the_same(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(kept_token(tmp_path)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (16, 1)


def test_an_empty_file_is_no_token(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert kept_token(tmp_path) == (tmp_path / FILE).read_text().strip() != ""


def test_where_none_can_be_kept_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        kept_token(tmp_path / "no" / "such")
