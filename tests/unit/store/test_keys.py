"""Where the key comes from: the environment, else a file of the data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.basics.errors import ConfigError
from ivrhooks.store.keys import check_key, configured_keys, is_elsewhere, open_cipher

KEY, OTHER = "k" * 32, "o" * 40


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = open_cipher(lambda: tmp_path, {})
    kept = first.encrypt(b"Wang", "journal")
    assert open_cipher(lambda: tmp_path, {}).decrypt(kept, "journal") == b"Wang"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_environment_makes_no_file(tmp_path: Path) -> None:
    open_cipher(lambda: tmp_path, {"IVRHOOKS_KEY": KEY})
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_the_process_s_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = "postgresql+psycopg://u@db.example.com/ivr"
    monkeypatch.delenv("IVRHOOKS_KEY", raising=False)
    with pytest.raises(ConfigError, match="set IVRHOOKS_KEY"):
        check_key(store)
    monkeypatch.setenv("IVRHOOKS_KEY", KEY)
    check_key(store)
    cipher = open_cipher(lambda: tmp_path)
    assert cipher.key_id == open_cipher(lambda: tmp_path, {"IVRHOOKS_KEY": KEY}).key_id
    assert list(tmp_path.iterdir()) == []


def test_several_keys_are_parted_by_commas(tmp_path: Path) -> None:
    before = open_cipher(lambda: tmp_path, {"IVRHOOKS_KEY": OTHER})
    kept = before.encrypt(b"Wang", "journal")
    after = open_cipher(lambda: tmp_path, {"IVRHOOKS_KEY": f"{KEY}, {OTHER},"})
    assert after.decrypt(kept, "journal") == b"Wang"
    assert after.key_id != before.key_id


def test_a_short_key_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError, match="fewer than 32") as refused:
        configured_keys({"IVRHOOKS_KEY": f"{KEY},hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("store", "elsewhere"),
    [
        ("", False),
        ("sqlite:////var/lib/ivrhooks.db", False),
        ("postgresql+psycopg://u@localhost/ivr", False),
        ("postgresql+psycopg://u@127.0.0.1:5433/ivr", False),
        ("postgresql+psycopg://u@[::1]/ivr", False),
        ("postgresql+psycopg:///ivr", False),
        ("postgresql+psycopg:///ivr?host=/var/run/postgresql", False),
        ("postgresql+psycopg://u@db.example.com/ivr", True),
        ("postgresql+psycopg:///ivr?host=db.example.com", True),
        ("postgresql+psycopg:///ivr?host=localhost&host=db.example.com", True),
        ("no url", False),
    ],
)
def test_a_store_on_another_machine_wants_a_key_that_all_share(
    store: str, elsewhere: bool
) -> None:
    assert is_elsewhere(store) is elsewhere
    check_key(store, {"IVRHOOKS_KEY": KEY})
    if not elsewhere:
        check_key(store, {})
        return
    with pytest.raises(ConfigError, match="set IVRHOOKS_KEY"):
        check_key(store, {})
