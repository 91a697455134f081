"""Form fields as IVRs really write them."""

from __future__ import annotations

import pytest

from ivrhooks.http.forms import MAX_PARTS, read_multipart, read_urlencoded


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (b"tel=+84901234561", {"tel": " 84901234561"}),
        (b"tel=%2b84901&x=%2B1", {"tel": "+84901", "x": "+1"}),
        (b"m&token=t&docId=", {"m": "", "token": "t", "docId": ""}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"&&a=1&", {"a": "1"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"=x", {"": "x"}),
        (b"Custom params 1=Value 1", {"Custom params 1": "Value 1"}),
        (b"Custom+params++2=v", {"Custom params  2": "v"}),
        (b"name=O'Brien%20&%20Sons", {"name": "O'Brien ", " Sons": ""}),
        ("name=Nguyễn Văn A".encode(), {"name": "Nguyễn Văn A"}),
        (b"name=Nguy%E1%BB%85n", {"name": "Nguyễn"}),
        (b"a=100%&b=%zz&c=%4", {"a": "100%", "b": "%zz", "c": "%4"}),
        (b"", {}),
    ],
)
def test_fields_are_read_as_written(written: bytes, fields: dict[str, str]) -> None:
    assert read_urlencoded(written) == fields


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"%D6%D0", "%D6%D0"),
        (b"%D6%EF%BF%BD", "%D6\ufffd"),
        (b"%d6%d0", "%d6%d0"),
        (b"A%20B%D6", "A%20B%D6"),
        (b"%E1%BB%85%FF%41+x", "%E1%BB%85%FF%41 x"),
        (b"\xd6\xd0", "��"),
        (b"\xd6%20%D6", "�%20%D6"),
        (b"%E1%BB", "%E1%BB"),
    ],
)
def test_what_is_not_utf8_costs_no_field(written: bytes, read: str) -> None:
    assert read_urlencoded(b"a=1&name=" + written) == {"a": "1", "name": read}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"%D6%D0+%BE%FC", "中 军"),
        (b"%86%B4", "喆"),
        (b"\xd6\xd0", "中"),
        (b"%E4%B8%AD", "中"),
        (b"%FF", "%FF"),
        (b"A%FF%41", "A%FF%41"),
    ],
)
def test_the_charset_of_the_label_reads_what_is_not_utf8(
    written: bytes, read: str
) -> None:
    assert read_urlencoded(b"n=" + written, "gb18030") == {"n": read}
    assert read_urlencoded(written + b"=1", "gb18030") == {read: "1"}


def multipart(*parts: bytes) -> bytes:
    lines = [b"--b\r\nContent-Disposition: form-data; " + part for part in parts]
    return b"\r\n".join([*lines, b"--b--\r\n"])


def test_multipart_gives_the_fields_and_leaves_files_out() -> None:
    body = multipart(
        b'name="tel"\r\n\r\n+8490',
        'name="name"\r\n\r\nNguyễn'.encode(),
        b'name="tel"\r\n\r\n+8491',
        b'name="f"; filename="x.txt"\r\n\r\nfile',
        b'name="empty"\r\n\r\n',
    )
    assert read_multipart(body, b"b") == {"tel": "+8491", "name": "Nguyễn", "empty": ""}


def test_multipart_text_that_is_not_utf8_costs_no_field() -> None:
    body = multipart(b'name="a"\r\n\r\n\xd6', b'name="b"\r\n\r\n1')
    assert read_multipart(body, b"b") == {"a": "�", "b": "1"}
    gbk = multipart(
        b'name="a"\r\n\r\n\xd6\xd0',
        b'name="\xd6\xd0"\r\n\r\n1',
        b'name="c"\r\nContent-Type: text/plain; charset=gbk\r\n\r\n\xd6\xd0',
    )
    assert read_multipart(gbk, b"b", "gb18030") == {"a": "中", "中": "1", "c": "中"}
    own = multipart(
        b'name="c"\r\nContent-Type: text/plain; charset=gbk\r\n\r\n\xd6\xd0'
    )
    assert read_multipart(own, b"b") == {"c": "中"}


@pytest.mark.parametrize(
    "body",
    [
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut',
        b"--b\r\n\r\nno disposition\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--b--\r\n",
        multipart(*[b'name="a"\r\n\r\n1'] * (MAX_PARTS + 1)),
        b"--b",
    ],
)
def test_a_broken_multipart_body_is_a_value_error_or_nothing(body: bytes) -> None:
    try:
        fields = read_multipart(body, b"b")
    except ValueError:
        return
    assert fields == {}
