"""Every worker hears that a caller is to be forgotten, and says what went."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivrhooks.observe.forgetting import FOLDER, Note, NoteReader
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person

CIPHER = Cipher([b"k" * 32])
WHO = Person("13800000001", "CN")


def reader(folder: Path, cipher: Cipher = CIPHER) -> NoteReader:
    return NoteReader(lambda: folder, lambda: cipher)


def test_a_note_is_done_once_by_each_worker_and_counted(tmp_path: Path) -> None:
    people: list[Person] = []

    def forget(caller: Person) -> int:
        people.append(caller)
        return 3

    workers = [reader(tmp_path), reader(tmp_path)]
    workers[0].carry_out_new(forget)  # no folder yet
    note = Note(tmp_path, CIPHER, WHO)
    for _ in range(2):
        for worker in workers:
            worker.carry_out_new(forget)
    assert people == [WHO, WHO]
    counts = note.wait(
        lambda: [{"forgotten": process.forgotten} for process in workers]
    )
    assert counts == (2, 0, 6)
    note.remove()
    workers[0].carry_out_new(forget)
    assert workers[0].forgotten == {}


def test_a_note_holds_no_personal_data(tmp_path: Path) -> None:
    note = Note(tmp_path, CIPHER, WHO)
    assert b"13800000001" not in note.file.read_bytes()
    assert note.file.stat().st_mode & 0o777 == 0o600
    assert "13800000001" not in note.file.name


def test_a_worker_that_does_not_answer_is_counted(tmp_path: Path) -> None:
    note = Note(tmp_path, CIPHER, WHO)
    slept: list[float] = []
    counts = note.wait(lambda: [{}, {"forgotten": {note.name: 1}}], seconds=0.0)
    assert counts == (1, 1, 1)
    answers = iter([[{}], [{"forgotten": {note.name: 0}}]])
    counts = note.wait(lambda: next(answers), seconds=9.0, sleep=slept.append)
    assert counts == (1, 0, 0)
    assert len(slept) == 1
    assert note.wait(lambda: []) == (0, 0, 0)


def test_a_note_of_another_key_or_a_failure_is_looked_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Note(tmp_path, Cipher([b"o" * 32]), WHO)
    failing = reader(tmp_path)
    failing.carry_out_new(lambda caller: 1)
    assert failing.forgotten == {}
    Note(tmp_path, CIPHER, WHO)
    for _ in range(2):
        failing.carry_out_new(lambda caller: 1 // 0)
    assert failing.forgotten == {}
    assert caplog.text.count("could not be forgotten") == 1
    assert "13800000001" not in caplog.text


def test_an_old_note_is_removed(tmp_path: Path) -> None:
    note = Note(tmp_path, CIPHER, WHO)
    os.utime(note.file, (1.0, 1.0))
    reader(tmp_path).carry_out_new(lambda caller: 1)
    assert list((tmp_path / FOLDER).iterdir()) == []
