"""Curl lines as vendors print them, and as people type them."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.starter.curl import CannotRead, read_curl

FORM = """\
curl https://xxxx.com/api/xxxx
-X POST
-H "Content-Type:application/x-www-form-urlencoded"//Fixed format
-H "Custom Header1:header 1"//Backend custom header param1
-D "partnerId=xxx&m&token=xxxx&source=0&robotNo=1&docId=xxxx&Custom params 1=Value 1
"""
JSON = """\
curl https://xxxx.com/api/xxxx
-X POST
-H "Content-Type: application/json"//Fixed format
-H "Custom Header1:header Value1"//Backend custom header param 1
-d '{"Custom params 1":"xxxxxx","Custom params  2":"xxxxx"}'
"""


def test_the_vendors_form_with_its_slips() -> None:
    request = read_curl(FORM)
    assert (request.method, request.path, request.format) == (
        "POST",
        "/api/xxxx",
        "form",
    )
    assert request.headers["Custom Header1"] == "header 1"
    assert request.fields["Custom params 1"].strip() == "Value 1"
    assert request.fields["m"] == ""


def test_the_vendors_json() -> None:
    request = read_curl(JSON)
    assert request.format == "json"
    assert request.fields == {"Custom params 1": "xxxxxx", "Custom params  2": "xxxxx"}


@pytest.mark.parametrize(
    ("line", "method", "format", "fields"),
    [
        ("curl 'http://h/a?tel=%2B86138'", "GET", "query", {"tel": "+86138"}),
        ("curl -G http://h/a -d t=138 -d x=1", "GET", "query", {"t": "138", "x": "1"}),
        ("curl -XPOST -da=1 h/a", "POST", "form", {"a": "1"}),
        ("curl --request=POST --url http://h/a --data a=1", "POST", "form", {"a": "1"}),
        ("curl --json '{\"a\": 1}' http://h/a", "POST", "json", {"a": 1}),
        ("curl -s -o /dev/null -w '%{http_code}' -d 'a=b&c=' http://h/a \\\n -u x:y",
         "POST", "form", {"a": "b", "c": ""}),
        ('curl -H "X-Url: https://h//x" http://h/a', "GET", "query", {}),
    ],
)  # fmt: skip
def test_what_people_type(
    line: str, method: str, format: str, fields: dict[str, object]
) -> None:
    request = read_curl(line)
    assert (request.method, request.path) == (method, "/a")
    assert (request.format, request.fields) == (format, fields)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wget http://h/a", "beginning with curl"),
        ("", "beginning with curl"),
        ("curl -X POST", "there is no URL"),
        ("curl -d '{\"a\": }' http://h/a", "its body is no JSON"),
    ],
)
def test_what_is_none_says_what_to_write(line: str, said: str) -> None:
    with pytest.raises(CannotRead, match=said):
        read_curl(line)
