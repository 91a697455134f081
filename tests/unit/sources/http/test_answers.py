"""What becomes of an answer, in the order that the rules have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath
import pytest

from ivrhooks.basics.errors import SourceError, SourceMalformed, SourceRejected
from ivrhooks.sources.http.answers import (
    ResponseNames,
    Rules,
    read_answer,
    read_written,
)
from ivrhooks.sources.interface import Reply, Response


def read(rules: Rules, body: bytes, status: int = 200, **headers: str) -> Reply:
    response = Response(status, headers, body)
    return read_answer(rules, response, ResponseNames(response))


def code(number: int) -> Any:
    def judge(names: Mapping[str, Any]) -> bool:
        json = names["response"]["json"]
        return isinstance(json, Mapping) and json.get("code") == number

    return judge


RULES = Rules(
    not_found=code(1004), success=code(0), result=jmespath.compile("data").search
)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_not_found_is_asked_first_whatever_the_status(status: int) -> None:
    reply = read(RULES, b'{"code": 1004, "msg": "none"}', status)
    assert reply == Reply(None, found=False)  # `{{ customer and … }}` is false


def test_success_is_asked_next_and_then_the_body() -> None:
    assert read(RULES, b'{"code": 0, "data": {"a": 1}}') == Reply({"a": 1})
    with pytest.raises(SourceRejected, match="success"):
        read(RULES, b'{"code": 7}')
    with pytest.raises(SourceMalformed):  # a page is the source's fault, not its no
        read(RULES, b"<html>maintenance</html>")
    with pytest.raises(SourceRejected):
        read(RULES, b"")


@pytest.mark.parametrize("data", [b"null", b"[]", b"{}", b'""'])
def test_an_empty_result_is_not_found(data: bytes) -> None:
    assert not read(RULES, b'{"code": 0, "data": %s}' % data).found


@pytest.mark.parametrize("data", [b"0", b"false", b'"x"', b"[0]"])
def test_zero_and_false_are_results(data: bytes) -> None:
    assert read(RULES, b'{"code": 0, "data": %s}' % data).found


def test_without_result_only_an_empty_list_is_not_found() -> None:
    assert read(Rules(), b"[]") == Reply([], found=False)
    assert read(Rules(), b"{}") == Reply({})


def test_result_that_cannot_be_read_is_malformed() -> None:
    rules = Rules(result=jmespath.compile("length(data)").search)
    with pytest.raises(SourceMalformed, match="result"):
        read(rules, b'{"data": 5}')


def test_xml_and_text() -> None:
    xml = Rules(answer="xml", result=jmespath.compile("a.b").search)
    assert read(xml, b"<r><a><b>7</b></a></r>") == Reply("7")
    assert not read(xml, b"<r><a/></r>").found
    with pytest.raises(SourceMalformed):
        read(xml, b'{"a": 1}')
    text = Rules(answer="text")
    assert read(text, b" OK|1 \r\n") == Reply("OK|1")
    assert not read(text, b" \n").found
    gbk = {"content-type": "text/plain; charset=gb2312"}
    assert read(text, "王喆".encode("gbk"), **gbk) == Reply("王喆")


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "王喆"}'.encode("utf-16"),
        '{"a": "王喆"}'.encode("utf-16-le"),
        '{"a": "王喆"}'.encode("utf-8-sig"),
    ],
)
def test_json_with_a_mark_and_utf_16(body: bytes) -> None:
    assert read(Rules(), body) == Reply({"a": "王喆"})


def test_json_labelled_gb2312_is_read_as_gb18030() -> None:
    label = {"content-type": "application/json; charset=gb2312"}
    assert read(Rules(), '{"a": "珺堃"}'.encode("gbk"), **label) == Reply({"a": "珺堃"})


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://new.example.com/x?tel=138", "to https://new.example.com/x:"),
        ("/login", "to /login:"),
        ("https://u:p@h/x", "to https://h/x:"),
        ("", "does not say where"),
    ],
)
def test_a_redirect_says_where_it_leads(location: str, words: str) -> None:
    with pytest.raises(SourceRejected) as raised:
        read(Rules(), b"", 301, location=location)
    assert words in str(raised.value) and "138" not in str(raised.value)
    assert raised.value.code == "redirect"


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", None), (b'{"e": 1}', None), (b"<html>", "error")]
)
def test_a_404_of_html_is_a_wrong_path(body: bytes, reason: str | None) -> None:
    if reason is None:
        assert read(Rules(), body, 404) == Reply(None, found=False)
    else:
        with pytest.raises(SourceError, match="gateway"):
            read(Rules(), body, 404)


def test_headers_are_read_in_any_case_and_parts_once() -> None:
    names = ResponseNames(Response(200, {"x-ok": "1"}, b'{"a": 1}'))
    assert names["headers"]["X-Ok"] == names["headers"].get("x-OK") == "1"
    assert "X-OK" in names["headers"]
    assert names["json"] is names["json"] and names["xml"] is None
    assert list(names) == ["status", "headers", "text", "json", "xml"]
    with pytest.raises(KeyError):
        names["body"]


def written(rules: Rules, body: bytes, status: int = 200) -> Reply:
    response = Response(status, {}, body)
    return read_written(rules, response, ResponseNames(response))


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b'{"code": 5}'])
def test_an_action_is_delivered_by_any_2xx(body: bytes) -> None:
    assert written(Rules(), body, 202) == Reply(None)
    assert written(Rules(), body, 204) == Reply(None)


def test_a_rule_that_is_written_can_refuse_an_action() -> None:
    assert written(RULES, b'{"code": 0}') == Reply(None)
    assert written(RULES, b'{"code": 1004}') == Reply(None, found=False)
    with pytest.raises(SourceRejected) as refused:
        written(RULES, b'{"code": 7}')
    assert refused.value.code == "no_success"


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_an_action_is_delivered_by_nothing_else(status: int) -> None:
    with pytest.raises(SourceError):
        written(Rules(), b"", status)
