"""An entry is sealed whole, within its bounds, and opened with the key alone."""

from __future__ import annotations

import struct
import zlib

import orjson
import pytest

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.journal.entry import MAX_ANSWERS, MAX_BODY, MAX_HEAD, MAX_TRACE
from ivrhooks.journal.sealing import (
    LIST,
    WHOLE,
    open_full,
    open_list,
    open_replayed,
    seal_full,
    seal_list,
)
from ivrhooks.languages.catalogue import because
from ivrhooks.store.cipher import CannotDecrypt, Cipher

REASON = because(
    "of", name="tel", said=because("missing", wanted=because("wanted_text", place=1))
)
LONG = because("as_said", text="\ud800" + "r" * 9999)
ANSWER = {"lookup": "customer", "status": "ok", "record": {"nick": "Wang"}}


def test_an_entry_comes_back_as_it_was(make_entry, cipher) -> None:
    entry = make_entry(
        reasons=(REASON,),
        warnings=("format_mismatch",),
        defaults={"city": "no_value"},
        people=frozenset({("phone", "13800000001")}),
        callers=("13800000001",),
        detail={"city": {"raw": "Wien"}},
        answers=[ANSWER],
        outputs={"city": ("Wien", True)},
        deadline_ms=300.5,
        now=1.25,
        lookups=("customer",),
    )
    listed = open_list(seal_list(entry, cipher), cipher)
    assert listed == {
        "request_id": "r-1",
        "path": "/api/desk",
        "peer": "127.0.0.1",
        "reasons": [REASON],
        "warnings": ["format_mismatch"],
        "defaults": {"city": "no_value"},
        "people": [("phone", "13800000001")],
        "callers": ["13800000001"],
    }
    assert open_full(seal_full(entry, cipher), cipher) == {
        "head": entry.head,
        "body": entry.body,
        "trace": entry.trace,
        "detail": entry.detail,
        "answers": [ANSWER],
        "outputs": {"city": ["Wien", True]},
        "deadline_ms": 300.5,
        "now": 1.25,
        "lookups": ["customer"],
    }


def test_neither_part_is_opened_without_the_key_or_as_the_other(
    make_entry, cipher
) -> None:
    listed, whole = seal_list(make_entry(), cipher), seal_full(make_entry(), cipher)
    other = Cipher([b"o" * 32])
    for data, opened, key in (
        (listed, open_list, other),
        (whole, open_full, other),
        (whole, open_list, cipher),
        (listed, open_full, cipher),
    ):
        with pytest.raises(CannotDecrypt):
            opened(data, key)


def test_an_entry_has_its_bounds(make_entry, cipher) -> None:
    step = {"name": "customer", "result": "x" * MAX_TRACE}
    entry = make_entry(
        head=b"h" * 2 * MAX_HEAD,
        body=b"b" * 2 * MAX_BODY,
        reasons=(because("of", name="x", said=LONG),) * 99,
        trace={"success": True, "operations": [step]},
        answers=[{**ANSWER, "record": "x" * MAX_ANSWERS}],
    )
    opened = open_full(seal_full(entry, cipher), cipher)
    assert (len(opened["head"]), len(opened["body"])) == (MAX_HEAD, MAX_BODY)
    assert opened["trace"]["operations"][0]["result"] == "left out: too long"
    assert opened["answers"] == [
        {"lookup": "customer", "status": "ok", "record": None, "cut": True}
    ]
    listed = open_list(seal_list(entry, cipher), cipher)
    assert len(listed["reasons"]) == 32
    text = listed["reasons"][0].values["said"].values["text"]
    assert (text[:2], len(text)) == ("?r", 2048)


@pytest.mark.parametrize(("more", "cut"), [(0, False), (1, True)])
def test_an_entry_that_just_fits_is_not_truncated(
    make_entry, cipher, more: int, cut: bool
) -> None:
    empty = len(loose_json([{"operations": [{"result": ""}]}, {}]))
    step = {"result": "x" * (MAX_TRACE - empty + more)}
    empty = len(loose_json([{"record": ""}]))
    answer = {"record": "x" * (MAX_ANSWERS - empty + more)}
    entry = make_entry(trace={"operations": [step]}, answers=[answer])
    opened = open_full(seal_full(entry, cipher), cipher)
    assert (opened["trace"]["operations"] == [step]) is not cut
    assert (opened["answers"] == [answer]) is not cut


def test_texts_in_a_list_have_their_bounds_too(make_entry, cipher) -> None:
    reason = because("secret", places=(LONG, because("as_said", text="short")))
    listed = open_list(seal_list(make_entry(reasons=(reason,)), cipher), cipher)
    texts = [place.values["text"] for place in listed["reasons"][0].values["places"]]
    assert (len(texts[0]), texts[1]) == (2048, "short")


def test_a_reason_of_an_earlier_version_is_shown_unchanged(cipher) -> None:
    before = {"reason": "is missing", "people": []}
    listed = open_list(cipher.encrypt(orjson.dumps(before), LIST), cipher)
    assert [str(reason) for reason in listed["reasons"]] == ["is missing"]
    assert "reason" not in listed
    before["reason"] = ""
    listed = open_list(cipher.encrypt(orjson.dumps(before), LIST), cipher)
    assert listed["reasons"] == []


def test_a_trace_that_is_too_long_anyway_is_left_out(make_entry, cipher) -> None:
    def kept(**changes):
        return open_full(seal_full(make_entry(**changes), cipher), cipher)

    detailed = kept(trace={"operations": []}, detail={"x": "x" * MAX_TRACE})
    assert (detailed["trace"], detailed["detail"]) == ({"operations": []}, {})
    assert kept(trace={"operations": [], "o": "x" * MAX_TRACE})["trace"] is None
    assert kept(trace=None)["trace"] is None


@pytest.mark.parametrize("size", [0, 5, 5000, 60_000])
def test_a_replay_decrypts_only_its_part(make_entry, cipher, size: int) -> None:
    entry = make_entry(
        head=b"POST /\r\nX: \n1",
        body=b"tel=1\n" * 9,
        answers=[{**ANSWER, "record": {"text": "x\n" * (size // 2)}}],
        outputs={"city": ("Wien", True)},
        trace={"operations": [], "o": "y" * size},
    )
    sealed = seal_full(entry, cipher)
    whole = open_full(sealed, cipher)
    needed = ("head", "body", "answers", "outputs", "now", "lookups")
    assert open_replayed(sealed, cipher) == {name: whole[name] for name in needed}
    assert whole["head"] == entry.head and whole["outputs"] == {"city": ["Wien", True]}
    with pytest.raises(CannotDecrypt):
        open_replayed(sealed, Cipher([b"o" * 32]))


@pytest.mark.parametrize("size", [5, 60_000])
def test_an_entry_of_an_earlier_version_is_opened(cipher, size: int) -> None:
    made = {
        "trace": [{"o": "y" * size}, {"city": 1}],
        "answers": [ANSWER],
        "outputs": {"city": ["Wien", True]},
        "deadline_ms": 7.5,
    }
    packed = struct.pack(">II", 4, 5) + b"headtel=1" + orjson.dumps(made)
    sealed = cipher.encrypt(zlib.compress(packed, 1), WHOLE)
    whole = open_full(sealed, cipher)
    assert (whole["trace"], whole["detail"]) == ({"o": "y" * size}, {"city": 1})
    assert whole["deadline_ms"] == 7.5
    assert open_replayed(sealed, cipher) == {
        "head": b"head",
        "body": b"tel=1",
        "answers": [ANSWER],
        "outputs": {"city": ["Wien", True]},
        "now": 0.0,
        "lookups": None,
    }


def test_a_damaged_entry_is_reported(cipher) -> None:
    for data in (b"no zlib", zlib.compress(b"x")):
        with pytest.raises(CannotDecrypt):
            open_replayed(cipher.encrypt(data, WHOLE), cipher)
