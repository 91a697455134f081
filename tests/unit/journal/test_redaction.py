"""Secrets never reach the journal; telephone numbers do."""

from __future__ import annotations

import pytest

from ivrhooks.journal.redaction import hide_in_body, hide_in_head

HEAD = (
    b"POST /api/desk?tel=13800000001&token=s3cret HTTP/1.1\r\n"
    b"Host: ivr\r\n"
    b"X_Shop_Word: open sesame\r\n"
    b"Authorization: Bearer abc\r\n"
    b"X-Api-Key : k-1\r\n"
    b"Cookie: a=b\r\n"
    b"X-Empty-Token:\r\n"
    b"X-Ivrhooks-Test: signed"
)


def test_secret_headers_are_hidden_declared_or_not() -> None:
    shown = hide_in_head(HEAD, {"x-shop-word"}, ()).decode()
    for secret in ("s3cret", "sesame", "abc", "k-1", "a=b", "signed"):
        assert secret not in shown
    assert shown.count("***") == 6
    assert shown.endswith("X-Empty-Token:\r\nX-Ivrhooks-Test: ***")
    assert "tel=13800000001" in shown
    assert "Host: ivr\r\n" in shown
    assert "X_Shop_Word: ***" in shown


@pytest.mark.parametrize("name", ["Accept", "X-Token", "Accept \t"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_empty_header_does_not_unmask_the_next_line(name: str, end: str) -> None:
    head = f"GET / HTTP/1.1{end}{name}:{end}Authorization: Bearer abc{end}Host: x"
    shown = hide_in_head(head.encode(), (), ()).decode()
    assert shown == head.replace("Bearer abc", "***")


@pytest.mark.parametrize("name", ["partnerId", "PARTNERID", "servicePassword"])
def test_a_field_that_is_always_secret_is_so_as_a_header(name: str) -> None:
    shown = hide_in_head(f"GET / HTTP/1.1\r\n{name}: p-77".encode(), (), ())
    assert shown.endswith(b": ***")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"tel=1&token=abc&m&partnerId=p9", b"tel=1&token=***&m&partnerId=***"),
        (b'{"token": "a\\"b", "tel": "1"}', b'{"token": "***", "tel": "1"}'),
        (b'{"partnerId": 77}', b'{"partnerId": "***"}'),
        (b'{"token": "cut off he', b'{"token": "***"'),
        (
            b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nabc\r\n--x',
            b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n***\r\n--x',
        ),
        (
            b"refresh_token=r&x=1&servicepassword=p",
            b"refresh_token=***&x=1&servicepassword=***",
        ),
        (b"tel=1&order=7", b"tel=1&order=7"),
    ],
)
def test_the_fields_of_the_ivr_that_are_secret_are_hidden(body, shown) -> None:
    assert hide_in_body(body, ()) == shown


def test_a_secret_is_hidden_wherever_it_stands() -> None:
    text = "k-5e8d2f91"
    assert text.encode() not in hide_in_head(b"GET /?x=" + text.encode(), (), {text})
    assert hide_in_body(b"note=" + text.encode(), {text}) == b"note=***"
    assert hide_in_body(b"note=abcd", {"abcd"}) == b"note=***"
    assert hide_in_body(b"note=abc", {"abc"}) == b"note=abc"  # too short to search for


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert hide_in_body(b"\xff\x00\xfe", {"secret"}) == b"\xff\x00\xfe"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"tel=1&key=a%2Bb+c&m", b"tel=1&key=***&m"),
        (b'{"KEY": "a", "tel": "1"}', b'{"KEY": "***", "tel": "1"}'),
        (b"desk%20key=7&tel=1", b"desk%20key=***&tel=1"),
    ],
)
def test_secret_inputs_are_hidden_by_their_names(body: bytes, shown: bytes) -> None:
    assert hide_in_body(body, (), {"key", "desk key"}) == shown


def test_a_secret_input_in_the_query_string_is_hidden() -> None:
    head = b"GET /api/desk?key=a&tel=1 HTTP/1.1\r\nHost: ivr"
    assert hide_in_head(head, {"key"}, ()).startswith(b"GET /api/desk?key=***&tel=1 ")
