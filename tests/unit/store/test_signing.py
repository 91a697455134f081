"""The signature of this installation, and whether something was signed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.store.signing import is_signed, open_signer, own_public_keys

KEY, OTHER = "k" * 32, "o" * 40


def test_only_signed_texts_are_verified(tmp_path: Path) -> None:
    signer = open_signer(lambda: tmp_path, {})
    signature = signer.sign(b"ten requests")
    assert is_signed(b"ten requests", signature, signer.public)
    assert not is_signed(b"nine requests", signature, signer.public)
    stranger = open_signer(lambda: tmp_path, {"IVRHOOKS_KEY": KEY})
    assert not is_signed(b"ten requests", signature, stranger.public)


def test_the_same_installation_signs_with_the_same_key(tmp_path: Path) -> None:
    first = open_signer(lambda: tmp_path, {})
    assert open_signer(lambda: tmp_path, {}).public == first.public
    assert own_public_keys(lambda: tmp_path, {}) == [first.public]


def test_an_older_key_of_the_environment_is_still_known(tmp_path: Path) -> None:
    older = open_signer(lambda: tmp_path, {"IVRHOOKS_KEY": OTHER})
    environ = {"IVRHOOKS_KEY": f"{KEY},{OTHER}"}
    assert open_signer(lambda: tmp_path, environ).public != older.public
    assert older.public in own_public_keys(lambda: tmp_path, environ)


def test_the_key_comes_from_the_process_s_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRHOOKS_KEY", KEY)
    signer = open_signer(lambda: tmp_path)
    assert signer.public == open_signer(lambda: tmp_path, {"IVRHOOKS_KEY": KEY}).public
    assert own_public_keys(lambda: tmp_path) == [signer.public]
    assert list(tmp_path.iterdir()) == []


def test_to_ask_for_the_keys_makes_none(tmp_path: Path) -> None:
    assert own_public_keys(lambda: tmp_path, {}) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("signature", "public"),
    [("", ""), ("no base64", "ed25519:AAAA"), ("AAAA", "rsa:AAAA"), ("é", "ed25519:é")],
)
def test_an_entry_that_cannot_be_read_is_no_signature(
    signature: str, public: str
) -> None:
    assert not is_signed(b"", signature, public)


def test_a_signature_or_key_with_other_characters_is_wrong(tmp_path: Path) -> None:
    signer = open_signer(lambda: tmp_path, {})
    signature = signer.sign(b"x")
    assert is_signed(b"x", f"!{signature}", signer.public) is False
    assert (
        is_signed(b"x", signature, f"{signer.public[:8]}!{signer.public[8:]}") is False
    )


def test_a_key_is_no_key_without_its_kind(tmp_path: Path) -> None:
    signer = open_signer(lambda: tmp_path, {})
    bare = signer.public.removeprefix("ed25519:")
    assert not is_signed(b"x", signer.sign(b"x"), bare)


def test_the_public_key_says_nothing_of_the_secret_one(tmp_path: Path) -> None:
    signer = open_signer(lambda: tmp_path, {"IVRHOOKS_KEY": KEY})
    assert KEY not in repr(signer)
