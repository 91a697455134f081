"""What the strict JSON reader takes, what it refuses, and that it says why."""

from __future__ import annotations

import json

import pytest

from ivrhooks.basics.strict_json import (
    LARGE,
    MAX_DEPTH,
    NotJson,
    decode_text,
    read_json,
    read_json_body,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b" null\n", None),
        (b"1.0", 1.0),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\ud800"', "\ud800"),
        (b"18446744073709551615", 2**64 - 1),
        (b"-123456789012345678901234567890", -123456789012345678901234567890),
        (b"1" * 400, int("1" * 400)),
        (b"1e-400", 0.0),
        ('{"tên": "Nguyễn"}', {"tên": "Nguyễn"}),
        ("\ufeff[]", []),
        ('"\ud800"', "\ud800"),
        (b'"12345678901234567890"', "12345678901234567890"),
    ],
)
def test_all_json_of_the_grammar_is_accepted(text: bytes | str, value: object) -> None:
    read = read_json(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"  ",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"[-1e999]",
        b"9" * 5000,
        b"01",
        b"1.",
        b"[1,]",
        b"{'a': 1}",
        b'"\x01"',
        b'{"a": 1} trailing',
        b'{"a": 1}\x00',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"<html>",
        "\u0663",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_refuses_everything_else_with_a_value_error(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_json(text)


def test_depth_is_bounded_and_width_is_not() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_json(deep) is not None
    with pytest.raises(ValueError, match="nested deeper than 100"):
        read_json(b"[" + deep + b"]")
    wide = [{"items": [1, 2, {}]}] * 5000
    assert read_json(json.dumps(wide)) == wide


@pytest.mark.parametrize(
    ("piece", "words"),
    [(b"[]", "brackets"), (b'{"a":1}', "brackets"), (b"1", "commas")],
)
def test_a_megabyte_of_next_to_nothing_is_refused_unread(
    piece: bytes, words: str
) -> None:
    text = b"[" + b",".join([piece] * (1_000_000 // len(piece))) + b"]"
    with pytest.raises(ValueError, match=f"hardly more than {words}"):
        read_json(text)


def test_a_megabyte_of_customers_is_read() -> None:
    customer = {"id": "c-1", "phones": [{"data": "84901"}], "tags": ["VIP"], "n": 1.5}
    customers = [customer] * (1_000_000 // len(json.dumps(customer)))
    assert read_json(json.dumps(customers)) == customers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\ud800", b'"\\ud800"'),
        (10**30, b"1" + b"0" * 30),
    ],
)
def test_a_large_text_is_read_again_where_that_can_help(
    value: object, text: bytes
) -> None:
    blank = b" " * LARGE
    assert read_json(b"[" + text + blank + b"]") == [value]
    with pytest.raises(ValueError, match="no JSON"):
        read_json(b"[" + text[:-1] + b"," + blank + b"]")


def test_a_body_is_utf8_whatever_its_label_says() -> None:
    body = '{"ten": "Nguyễn"}'.encode()
    for label in ("", "application/json; charset=latin-1", "x; charset=nonsense"):
        assert read_json_body(body, label) == {"ten": "Nguyễn"}


@pytest.mark.parametrize("charset", ["gbk", "GB18030", '"big5"', "utf-16"])
def test_a_body_in_another_charset_is_read_by_its_label(charset: str) -> None:
    body = '{"name": "王明"}'.encode(charset.strip('"'))
    assert read_json_body(body, f"application/json; charset={charset}") == {
        "name": "王明"
    }


@pytest.mark.parametrize(
    "label", ["", "; charset=ascii", "; charset=punycode", "; charset=x"]
)
def test_a_body_in_no_known_charset_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="UTF-8"):
        read_json_body('{"name": "王明"}'.encode("gbk"), "application/json" + label)


def test_text_never_fails_to_decode() -> None:
    assert decode_text(b"\xef\xbb\xbfok") == "ok"
    assert decode_text("王".encode("gbk"), "text/plain; charset=gbk") == "王"
    assert decode_text(b"a\xff") == "a\ufffd"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b'{"a": }', "json_place"),
        (b'{"a": NaN}', "json_constant"),
        (b'{"a": 1e999}', "json_large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "json_digits"),
        (b"[" * 200 + b"]" * 200, "json_deep"),
        (b'{"a": "\xff"}', "json_utf8"),
        (b"[" * 40_000, "json_brackets"),
        (b'{"a": tru' + b" " * 70_000 + b"}", "json_place"),
    ],
)
def test_the_reason_has_a_text_in_each_language(text: bytes, key: str) -> None:
    with pytest.raises(NotJson) as refused:
        read_json(text)
    assert refused.value.reason.key == key
    assert refused.value.reason.within("zh") != str(refused.value.reason)
