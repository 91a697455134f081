"""A secret text is made once, whole, for its owner alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ivrhooks.store.secret_file import secret_of_file

FILE = "key"


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    secrets: list[str] = []
    threads = [
        threading.Thread(target=lambda: secrets.append(secret_of_file(tmp_path / FILE)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(secrets), len(set(secrets))) == (16, 1)


def test_an_empty_file_is_no_token(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert (
        secret_of_file(tmp_path / FILE) == (tmp_path / FILE).read_text().strip() != ""
    )


def test_where_none_can_be_kept_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        secret_of_file(tmp_path / "no" / "such")
