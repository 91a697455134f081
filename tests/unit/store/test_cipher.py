"""Encryption at rest: only the key reads it, and only it finds a text again."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivrhooks.store import cipher as module
from ivrhooks.store.cipher import MARK_BYTES, OVERHEAD, CannotDecrypt, Cipher

OLD, NEW = b"o" * 32, b"n" * 32
TEXT = b"13800000001 Wang"


def test_text_is_decrypted_with_the_same_key_and_purpose() -> None:
    kept = Cipher([OLD]).encrypt(TEXT, "journal")
    assert TEXT not in kept
    assert len(kept) == len(TEXT) + OVERHEAD
    assert Cipher([OLD]).decrypt(kept, "journal") == TEXT
    with pytest.raises(CannotDecrypt):
        Cipher([OLD]).decrypt(kept, "outbox")


def test_the_first_of_several_keys_encrypts_and_all_decrypt() -> None:
    before = Cipher([OLD]).encrypt(TEXT, "journal")
    rotated = Cipher([NEW, OLD])
    assert rotated.decrypt(before, "journal") == TEXT
    after = rotated.encrypt(TEXT, "journal")
    assert Cipher([NEW]).decrypt(after, "journal") == TEXT
    with pytest.raises(CannotDecrypt, match="a key that is not here"):
        Cipher([OLD]).decrypt(after, "journal")
    assert rotated.key_id == Cipher([NEW]).key_id != Cipher([OLD]).key_id


@pytest.mark.parametrize("at", [0, 2, 10, 30, 40, -1])
def test_a_single_bit_that_changed_is_noticed(at: int) -> None:
    kept = bytearray(Cipher([OLD]).encrypt(TEXT, "journal"))
    kept[at] ^= 1
    with pytest.raises(CannotDecrypt):
        Cipher([OLD]).decrypt(bytes(kept), "journal")


@pytest.mark.parametrize("data", [b"", b"\x01", b"13800000001", b"\x01" * 40])
def test_plain_bytes_raise_the_ciphers_own_error(data: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        Cipher([OLD]).decrypt(data, "journal")


def test_the_same_text_is_never_written_the_same_way_twice() -> None:
    cipher = Cipher([OLD])
    assert len({cipher.encrypt(TEXT, "journal") for _ in range(100)}) == 100


def test_each_thread_writes_under_a_salt_of_its_own() -> None:
    cipher = Cipher([OLD])
    here = cipher.encrypt(TEXT, "journal")
    with ThreadPoolExecutor(1) as threads:
        there = threads.submit(cipher.encrypt, TEXT, "journal").result()
    assert here[5:21] != there[5:21]
    assert cipher.decrypt(there, "journal") == TEXT


def test_another_salt_is_drawn_before_too_much_is_written_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGES", 2)
    cipher = Cipher([OLD])
    salts = [cipher.encrypt(TEXT, "journal")[5:21] for _ in range(4)]
    assert salts[0] == salts[1] != salts[2] == salts[3]


def test_a_forked_process_shares_the_cipher() -> None:
    cipher = Cipher([OLD])
    kept = cipher.encrypt(TEXT, "journal")
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(_decrypted, (kept,)) == TEXT


def _decrypted(kept: bytes) -> bytes:
    return Cipher([OLD]).decrypt(kept, "journal")


def test_a_mark_is_found_under_every_key_and_says_nothing_without_one() -> None:
    written = Cipher([OLD]).mark("8613800000001")
    assert len(written) == MARK_BYTES
    assert written in Cipher([NEW, OLD]).marks("8613800000001")
    assert written not in Cipher([NEW]).marks("8613800000001")
    assert written not in Cipher([OLD]).marks("8613800000002")
    assert Cipher([NEW, OLD]).mark("x") == Cipher([NEW]).mark("x")


def test_a_cipher_shows_no_key() -> None:
    assert "o" * 8 not in repr(Cipher([OLD]))
