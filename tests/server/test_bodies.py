"""The body decides, not its label: at both servers, by the same rules."""

from __future__ import annotations

import pytest

SHAPE = """\
inputs:
  tel: {type: string, required: true}
  no:  {type: int}
outputs:
  tel: {type: string, value: "{{ inputs.tel }}", default: ""}
  no:  {type: int, value: "{{ inputs.no }}", default: 0}
"""

CONFIG = {
    "ivrhooks.yaml": "version: 1\n",
    "endpoints/form.yaml": f"endpoint: form\npath: /form\nformat: form\n{SHAPE}",
    "endpoints/json.yaml": f"endpoint: json\npath: /json\nformat: json\n{SHAPE}",
    "endpoints/strict-form.yaml": (
        f"endpoint: sf\npath: /strict-form\nformat: form\nstrict_format: true\n{SHAPE}"
    ),
    "endpoints/strict-json.yaml": (
        f"endpoint: sj\npath: /strict-json\nformat: json\nstrict_format: true\n{SHAPE}"
    ),
}

LABELS = [
    {},
    {"Content-Type": "application/json"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "nonsense; ="},
]
JSON = LABELS[1]


@pytest.mark.parametrize("path", ["/form", "/json"])
@pytest.mark.parametrize("headers", LABELS, ids=str)
@pytest.mark.parametrize(
    "body",
    [b"tel=84&no=7", b'{"tel":"84","no":"7"}', b'\xef\xbb\xbf\r\n {"tel":84,"no":7}'],
)
def test_a_form_and_an_object_are_read_under_any_label(
    server, path: str, headers: dict[str, str], body: bytes
) -> None:
    reply = server.ask("POST", path, body, headers)
    assert (reply.status, reply.json) == (200, {"tel": "84", "no": 7})


@pytest.mark.parametrize("headers", LABELS, ids=str)
def test_no_body_has_no_fields(server, headers: dict[str, str]) -> None:
    reply = server.ask("POST", "/json?tel=84", b"", headers)
    assert (reply.status, reply.json["tel"]) == (200, "84")
    missing = server.ask("POST", "/json", b"", headers)
    assert (missing.status, missing.code) == (400, "invalid_input")
    assert list(missing.json["error"]["fields"]) == ["tel"]


@pytest.mark.parametrize("headers", LABELS, ids=str)
@pytest.mark.parametrize(
    "body", [b"<tel>84</tel>", b"  <html>", b"tel=84\0", b'{"tel":"\0"}']
)
def test_markup_and_nul_are_refused_with_415(
    server, headers: dict[str, str], body: bytes
) -> None:
    reply = server.ask("POST", "/form", body, headers)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert (reply.json["tel"], reply.json["no"]) == ("", 0)


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b'"text"',
        b"7",
        b"null",
        b'{"tel":"84"',
        b'{"tel":NaN}',
        b'{"a":' * 10_000,
        b'{"tel":"84","x":' + b"[" * 3000 + b"]" * 3000 + b"}",
    ],
    ids=lambda body: body[:12].decode(),
)
def test_json_that_is_no_readable_object_is_a_400(server, body: bytes) -> None:
    reply = server.ask("POST", "/json", body, JSON)
    assert (reply.status, reply.code) == (400, "unreadable_body")
    assert list(reply.json) == ["tel", "no", "error"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tel=%D6%D0", "%D6%D0"),
        ("tel=a;no=1", "a;no=1"),
        ("tel=1&tel=2", "2"),
        ("tel=+1+", " 1 "),
    ],
)
def test_form_values_are_read_the_same_in_body_and_query(
    server, written: str, read: str
) -> None:
    assert server.ask("POST", "/form", written).json["tel"] == read
    assert server.ask("POST", f"/form?{written}", b"").json["tel"] == read


def test_raw_bytes_that_are_not_utf8_cost_no_field(server) -> None:
    reply = server.ask("POST", "/form", b"tel=\xd6\xd0&no=3")
    assert reply.json == {"tel": "��", "no": 3}


def test_the_body_wins_over_the_query(server) -> None:
    assert server.ask("POST", "/form?tel=q&no=1", b"tel=b").json == {
        "tel": "b",
        "no": 1,
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/strict-form", b"tel=1", 200),
        ("/strict-form", b'{"tel":"1"}', 415),
        ("/strict-json", b'{"tel":"1"}', 200),
        ("/strict-json", b"tel=1", 415),
        ("/strict-json?tel=1", b"", 200),
        ("/strict-form?tel=1", b"", 200),
    ],
)
def test_strict_format_looks_at_the_body_and_not_its_label(
    server, path: str, body: bytes, status: int
) -> None:
    for headers in LABELS[:3]:
        assert server.ask("POST", path, body, headers).status == status


def test_a_mismatch_is_a_warning_in_the_log(server) -> None:
    server.ask("POST", "/form", b'{"tel":"1"}', {"X-Request-Id": "mismatched"})
    line = server.log_lines("mismatched")[0]
    assert "format_mismatch" in line


def test_a_number_of_thousands_of_digits_is_refused(server) -> None:
    reply = server.ask("POST", "/json", b'{"tel":' + b"9" * 5000 + b"}", JSON)
    assert reply.status == 400


def test_lone_surrogates_do_no_harm(server) -> None:
    reply = server.ask("POST", "/json", b'{"tel":"a\\ud800b"}', JSON)
    assert reply.status == 200
