"""The body of one request within its limit."""

from __future__ import annotations

import pytest

from ivrhooks.http import body_reader
from ivrhooks.http.body_reader import DRAINED, BodyReader, length_of


def test_a_body_in_pieces_is_one_body() -> None:
    reader = BodyReader(20)
    for piece in (b"te", b"l=", b"", b"1"):
        reader.add(piece)
    assert (reader.body, reader.over, reader.enough) == (b"tel=1", False, False)


@pytest.mark.parametrize("length", [0, 5])
def test_a_body_past_its_limit_is_taken_and_dropped(length: int) -> None:
    reader = BodyReader(4, length)
    reader.add(b"tel")
    reader.add(b"=1")
    assert (reader.body, reader.over, reader.enough) == (b"", True, False)


@pytest.mark.parametrize(
    ("length", "expects"), [(5, True), (DRAINED + 1, False), (10**18, True)]
)
def test_one_far_too_large_or_not_yet_sent_is_not_waited_for(
    length: int, expects: bool
) -> None:
    reader = BodyReader(4, length, expects=expects)
    assert (reader.over, reader.enough) == (True, True)


def test_an_endless_body_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_reader, "DRAINED", 10)
    reader = BodyReader(4)
    pieces = 0
    while not reader.enough:
        reader.add(b"xxx")
        pieces += 1
    assert pieces == 6  # two until it is too large, four that are dropped


@pytest.mark.parametrize(
    ("text", "length"),
    [(b"5", 5), (b"", 0), (b"-5", 0), (b"five", 0), (b"9" * 30, 0)],
)
def test_a_length_is_read_where_it_is_one(text: bytes, length: int) -> None:
    assert length_of(text) == length
