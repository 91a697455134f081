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
        ("curl http://h/a --data-urlencode 'b=x & +y' --data-urlencode =c%3D1 -u a:b",
         "POST", "form", {"b": "x & +y", "c%3D1": ""}),
        ("curl -F tel=138 -F 'f=@photo.png;type=image/png' -F 'n=\"x\"' "
         "h/a", "POST", "form", {"tel": "138", "n": "x"}),
        ("curl --form-string 'a=@b' http://h/a", "POST", "form", {"a": "@b"}),
        ("curl --data-raw '@b=1' http://h/a", "POST", "form", {"@b": "1"}),
        ("curl -sSLXPOST -HContent-Type:application/json -d'{\"a\":1}' http://h/a",
         "POST", "json", {"a": 1}),
        ("curl --json '{\"a\":' --json '1}' http://h/a", "POST", "json", {"a": 1}),
        ("curl --url-query a=1 --url-query 'b=x y' http://h/a?c=2", "GET", "query",
         {"c": "2", "a": "1", "b": "x y"}),
        ("curl -I http://h/a?b=1", "GET", "query", {"b": "1"}),
        ("curl -X HEAD http://h/a?b=1", "GET", "query", {"b": "1"}),
        ("curl.exe http://h/a -d b=1", "POST", "form", {"b": "1"}),
        ("curl -k -m 5 --retry 3 -A agent -b c=d -d b=1 http://h/a", "POST", "form",
         {"b": "1"}),
        ("curl -D headers.txt http://h/a -d b=1", "POST", "form", {"b": "1"}),
        ("curl http://h/a -d b=1 | jq -d .x", "POST", "form", {"b": "1"}),
        ("curl http://h/a -d b=1 && curl http://h/b", "POST", "form", {"b": "1"}),
        ("curl http://h/a -d b=1 --next http://h/b -d c=1", "POST", "form", {"b": "1"}),
        ("# Ask\n# it\ncurl http://h/a -d b=1 # so", "POST", "form", {"b": "1"}),
        ("KEY='a b' X=1 curl http://h/a -d b=1", "POST", "form", {"b": "1"}),
        ("curl \u2013X POST http://h/a \u2014data \u2018b=1\u2019", "POST", "form",
         {"b": "1"}),
        ("curl.exe http://h/a -d '{\\\"b\\\": 1}'", "POST", "json", {"b": 1}),
        ("curl -X GET http://h/a -d '{\"b\": 1}'", "GET", "query", {"b": 1}),
        ("curl http://h/a --get --data b=1 - --unknown", "GET", "query", {"b": "1"}),
        ("curl --head --max-time 5 http://h/a?b=1 --compressed", "GET", "query",
         {"b": "1"}),
        ("curl --data-urlencode 'a b' http://h/a", "POST", "form", {"a b": ""}),
        ("curl --data-urlencode 'a=b@c' http://h/a", "POST", "form", {"a": "b@c"}),
        ("curl -D '{\"b\": 1}' http://h/a", "POST", "json", {"b": 1}),
        ("curl -F 'f=<note.txt' -F 'n=x;type=text/plain' h/a", "POST", "form",
         {"n": "x"}),
        ("curl --form-string 'n=\"x\";type=y' h/a", "POST", "form",
         {"n": '"x";type=y'}),
        ("curl -X POST -H 'Content-Type: application/json' http://h/a", "POST", "json",
         {}),
        ("curl -X GET -H 'Content-Type: application/json' http://h/a?b=1", "GET",
         "query", {"b": "1"}),
        ("curl -H 'Content-Type: application/json' http://h/a -d b=1", "POST", "form",
         {"b": "1"}),
        ("curl -H 'Content-Type: multipart/form-data' http://h/a -d b=1", "POST",
         "form", {"b": "1"}),
        ("curl -d '--b=1' http://h/a", "POST", "form", {"--b": "1"}),
        ("curl --json '' http://h/a", "GET", "query", {}),
        ("curl --max-time 5 --cacert ca.pem h/a?b=1", "GET", "query", {"b": "1"}),
        ("curl --compressed --location h/a?b=1", "GET", "query", {"b": "1"}),
        ("curl --data-urlencode 'b' http://h/a", "POST", "form", {"b": ""}),
        ("curl h/x http://h/a", "GET", "query", {}),
        ("curl -d b= http://h/a -o", "POST", "form", {"b": ""}),
        ("curl http://h/a -H 'Content-Type: multipart/form-data; boundary=--x' "
         "--data-binary $'----x\\r\\nContent-Disposition: form-data; name=\"b\"\\r\\n"
         "\\r\\n1\\r\\n----x\\r\\nContent-Disposition: form-data; name=\"f\"; "
         "filename=\"a.png\"\\r\\n\\r\\n2\\r\\n----x--\\r\\n'",
         "POST", "form", {"b": "1"}),
    ],
)  # fmt: skip
def test_curl_commands_as_people_type_them(
    line: str, method: str, format: str, fields: dict[str, object]
) -> None:
    request = read_curl(line)
    assert (request.method, request.path) == (method, "/a")
    assert (request.format, request.fields) == (format, fields)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wget http://h/a", "beginning with curl"),
        ("", "beginning with curl"),
        ("curl -X POST", "there is no URL"),
        ("curl -d '{\"a\": }' http://h/a", "its body is no JSON"),
        ("curl -X PUT -d a=1 http://h/a", "it is a PUT; an endpoint takes POST or GET"),
        ("curl -d '[1]' http://h/a", "takes a JSON object"),
        ("curl --json 7 http://h/a", "takes a JSON object"),
        ("curl -d '<a/>' http://h/a", "its body is XML"),
        ("curl -d @body.json http://h/a", "in the file body.json"),
        ("curl --data-urlencode a@f.txt http://h/a", "in the file f.txt"),
        ("curl -T f.txt http://h/a", "uploads a file"),
        ("curl -d @- http://h/a <<J", "comes from standard input"),
        ("curl -d @/dev/stdin http://h/a", "comes from standard input"),
        ('curl "a\\', "its quotes cannot be read"),
        ("curl --json '{\"a\": NaN}' http://h/a", "the number NaN"),
        ("curl --json '{\"a\": 1e999}' http://h/a", "the number 1e999"),
    ],
)
def test_a_text_that_is_no_curl_command_gets_a_correction(
    line: str, message: str
) -> None:
    with pytest.raises(CannotRead, match=message):
        read_curl(line)


def test_without_a_path_it_is_the_root() -> None:
    assert read_curl("curl http://h?b=1").path == "/"
    assert read_curl("curl http://h/%E6%9F%A5").path == "/查"
    assert read_curl("curl -u me:p http://h").headers == {"Authorization": "Basic me:p"}
    bearer = read_curl("curl --oauth2-bearer t -H 'Authorization: own' http://h")
    assert bearer.headers == {"Authorization": "own"}
