"""A session log-in: compiled from YAML, asked, read and sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from ivrhooks.basics.errors import SourceRejected, SourceUnavailable
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.login import DEFAULT_LIFE
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import Query, Response, Token, TokenRejected

QUERY = Query(OPERATIONS[0], {"path": "/q"})
SOURCE = """
    kind: http
    base_url: http://erp/api
    headers: {X-App: a}
    auth:
      login:
        request: {path: /login, json: {user: u, password: "${S}"}}
        token: "{{ response.json.data.token }}"
        %s"""
HEADER = 'header: {name: X-Token, value: "T {{ token }}"}'


def client(compiled: Any, rest: str = HEADER) -> HttpClient:
    return HttpClient(compiled.source(SOURCE % rest))


def test_the_log_in_is_a_request_of_its_own(compiled: Any) -> None:
    request = client(compiled).token_request(0)
    assert request is not None and not request.repeatable
    assert (request.method, request.url) == ("POST", "http://erp/api/login")
    assert orjson.loads(request.body or b"") == {"user": "u", "password": "s3cret"}
    assert ("X-App", "a") in request.headers


def test_the_token_is_read_and_sent_as_a_header(compiled: Any) -> None:
    http_client = client(compiled, f"{HEADER}\n        expires: 30m")
    response = Response(200, {}, b'{"data": {"token": "t-1"}}')
    assert http_client.token(response) == Token("t-1", 1800.0)
    sent = http_client.for_try(http_client.request(QUERY, None), QUERY, "t-1", 0.0)
    assert ("X-Token", "T t-1") in sent.headers


def test_the_token_is_sent_in_the_query(compiled: Any) -> None:
    http_client = client(compiled, 'query: {name: sid, value: "{{ token }}"}')
    query = Query(OPERATIONS[0], {"path": "/q", "query": {"a": "1", "sid": "mine"}})
    sent = http_client.for_try(http_client.request(query, None), query, "t&1", 0.0)
    assert urlsplit(sent.url).query == "a=1&sid=t%261"


def test_without_expires_a_token_lasts_an_hour(compiled: Any) -> None:
    token = client(compiled).token(Response(200, {}, b'{"data": {"token": 77}}'))
    assert token == Token("77", DEFAULT_LIFE)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (Response(200, {}, b'{"code": 5}'), SourceRejected),
        (Response(200, {}, b'{"data": {"token": "a\\nb"}}'), SourceRejected),
        (Response(200, {}, b"<html>"), SourceRejected),
        (Response(403, {}, b""), SourceRejected),
        (Response(503, {}, b""), SourceUnavailable),
    ],
)
def test_a_log_in_without_a_token_says_so(
    compiled: Any, response: Response, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        client(compiled).token(response)


def test_an_ended_session_is_recognised_by_401_or_expired(compiled: Any) -> None:
    rest = f"{HEADER}\n        expired: '{{{{ response.json.code == 900002 }}}}'"
    http_client = client(compiled, rest)
    with pytest.raises(TokenRejected):
        http_client.reply(QUERY, Response(401, {}, b""))
    with pytest.raises(TokenRejected, match="expired"):
        http_client.reply(QUERY, Response(200, {}, b'{"code": 900002}'))
    assert http_client.reply(QUERY, Response(200, {}, b'{"code": 0}')).found


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("expires: 30m", "write how the token is sent"),
        (f"{HEADER}\n        query: {{name: a, value: b}}", "write how the token is"),
        (f"{HEADER}\n        expires: 30", "write how long it lasts"),
        ('header: {name: X, value: "{{ tokn }}"}', "did you mean `token`?"),
        (f"{HEADER}\n        expird: x", "did you mean `expired`?"),
    ],
)
def test_settings_that_cannot_work_are_reported(
    compiled: Any, rest: str, words: str
) -> None:
    made, problems = compiled.examine(SOURCE % rest)
    assert made is None and words in problems


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("{path: login}", "begins with /"),
        ("{json: {}}", "write its path"),
        ("{path: /l, method: FETCH}", "write GET"),
        ("{path: /l, query: a}", "write a mapping"),
        ("{path: /l, jsn: {}}", "unknown key `jsn`"),
    ],
)
def test_its_request_is_judged(compiled: Any, request_: str, words: str) -> None:
    text = (SOURCE % HEADER).replace(
        '{path: /login, json: {user: u, password: "${S}"}}', request_
    )
    made, problems = compiled.examine(text)
    assert made is None and words in problems


def test_a_literal_password_is_warned_of(compiled: Any) -> None:
    _, problems = compiled.examine((SOURCE % HEADER).replace("${S}", "letmein"))
    assert "auth.login.request.json.password: a secret is written here" in problems
