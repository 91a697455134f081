"""Kind http to the letter of docs/systems/http.md: what is asked, and what it means."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.sources.http.answers import Rules
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.http.options import HttpOptions
from ivrhooks.sources.http.settings import Basic, Digest, Header, HttpAuth, OAuth2
from ivrhooks.sources.interface import (
    Query,
    Reply,
    Request,
    Response,
    SourceSettings,
    TokenRejected,
)
from ivrhooks.sources.transport.headers import ResponseHeaders

Success = Callable[[Mapping[str, Any]], bool]
OAUTH = HttpAuth(oauth2=OAuth2("https://id/token", "me&co", "s:t", "read write"))


def client(
    auth: HttpAuth | None = None,
    base_url: str = "http://shop/api",
    success: Success | None = None,
) -> HttpClient:
    judge = success and (lambda names: success(names["response"]))
    options = HttpOptions(rules=Rules(success=judge))
    return HttpClient(
        SourceSettings("shop", "http", base_url, auth=auth, options=options)
    )


def authorize(
    auth: HttpAuth | None = None, base_url: str = "http://shop/api", **params: Any
) -> Request:
    return client(auth, base_url).request(Query(OPERATIONS[0], params), None)


# ------------------------------------------------------------------ asking


@pytest.mark.parametrize(
    ("base_url", "path", "query", "url"),
    [
        ("http://shop/api", "/orders/7", {}, "http://shop/api/orders/7"),
        ("http://shop/api/", "/orders", {}, "http://shop/api/orders"),
        ("http://shop", "orders", {}, "http://shop/orders"),
        ("http://shop", "@evil/x", {}, "http://shop/@evil/x"),
        ("http://shop", "//evil/x", {}, "http://shop//evil/x"),
        ("http://shop", "", {"a": "b"}, "http://shop?a=b"),
        ("http://shop", "/a?b=c", {"d": "e"}, "http://shop/a?b=c&d=e"),
        ("http://shop", "/a%2F%C3%A9", {}, "http://shop/a%2F%C3%A9"),
        (
            "http://shop",
            "/x",
            {"tel": "+84 9&b=c#/?", "n": "Nguyễn"},
            "http://shop/x?tel=%2B84%209%26b%3Dc%23%2F%3F&n=Nguy%E1%BB%85n",
        ),
        (
            "http://shop",
            "/x",
            {"l": [1, "b", None, True], "n": None, "f": 7.0, "t": False},
            "http://shop/x?l=1&l=b&l=true&f=7&t=false",
        ),
        ("http://shop", "/x", {"o": {"a": 1}}, "http://shop/x?o=%7B%22a%22%3A1%7D"),
    ],
)
def test_the_url(base_url: str, path: str, query: Any, url: str) -> None:
    assert authorize(base_url=base_url, path=path, query=query).url == url


@pytest.mark.parametrize(
    "path", ["/..", "/../x", "/a/../b", "/./a", "/%2e%2E/a", "..", "/a/.%2e?x"]
)
def test_a_value_cannot_climb_out_of_the_base_url(path: str) -> None:
    with pytest.raises(SourceRejected):
        authorize(path=path)


@pytest.mark.parametrize("path", ["/a..b", "/...", "/.well-known/x", "/a.", "/v1.2/x"])
def test_dots_in_names_are_names(path: str) -> None:
    assert authorize(path=path).url == "http://shop/api" + path


@pytest.mark.parametrize(
    ("method", "idempotent", "repeatable"),
    [
        ("GET", None, True),
        ("head", None, True),
        ("POST", None, False),
        ("PUT", None, False),
        ("DELETE", False, False),
        ("PATCH", True, True),
    ],
)
def test_only_reads_may_be_repeated(
    method: str, idempotent: bool | None, repeatable: bool
) -> None:
    request = authorize(method=method, path="/", idempotent=idempotent)
    assert (request.method, request.repeatable) == (method.upper(), repeatable)


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "OPTIONS", "GET /x", "G\n"])
def test_other_methods_are_not_asked(method: str) -> None:
    with pytest.raises(SourceRejected):
        authorize(method=method, path="/")


def test_a_json_body() -> None:
    request = authorize(method="POST", path="/", json={"ten": "Nguyễn", "n": [1, None]})
    assert request.body == '{"ten":"Nguyễn","n":[1,null]}'.encode()
    assert ("Content-Type", "application/json") in request.headers
    assert authorize(method="POST", path="/", json=[]).body == b"[]"
    assert authorize(method="POST", path="/").body is None


def test_a_form_body() -> None:
    request = authorize(
        method="POST", path="/", form={"a": "b c", "l": [1, 2], "n": None}
    )
    assert request.body == b"a=b+c&l=1&l=2"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers


def test_headers_of_the_request_win_over_ours() -> None:
    request = authorize(
        HttpAuth(bearer="t"),
        path="/",
        method="POST",
        json={},
        headers={"content-type": "application/vnd.x+json", "X-N": 5, "X-Not": None},
    )
    assert request.headers == (
        ("Accept", "application/json"),
        ("Authorization", "Bearer t"),
        ("content-type", "application/vnd.x+json"),
        ("X-N", "5"),
    )


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "\x00"])
def test_a_value_cannot_forge_a_header(value: str) -> None:
    with pytest.raises(SourceRejected):
        authorize(path="/", headers={"X-A": value})


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (
            HttpAuth(basic=Basic("me", "pä:ss")),
            (
                "Authorization",
                "Basic " + base64.b64encode("me:pä:ss".encode()).decode(),
            ),
        ),
        (HttpAuth(bearer="abc"), ("Authorization", "Bearer abc")),
        (HttpAuth(header=Header("X-Api-Key", "k")), ("X-Api-Key", "k")),
    ],
)
def test_each_kind_of_auth_is_sent(auth: HttpAuth, header: tuple[str, str]) -> None:
    assert header in authorize(auth, path="/").headers
    assert client(auth).token_request(0) is None


# ------------------------------------------------------------------ reading


def read(
    body: bytes,
    status: int = 200,
    label: str = "application/json",
    *,
    auth: HttpAuth | None = None,
    success: Success | None = None,
) -> Reply:
    response = Response(status, {"content-type": label}, body)
    query = Query(OPERATIONS[0], {"path": "/"})
    return client(auth, success=success).reply(query, response)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"[1, 2]", [1, 2]),
        (b"{}", {}),
        (b'"text"', "text"),
        (b"7", 7),
        (b"0", 0),
        (b"false", False),
        (b'""', ""),
        (b'\xef\xbb\xbf{"a": 1}\n', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
@pytest.mark.parametrize("label", ["application/json", "text/html", ""])
@pytest.mark.parametrize("status", [200, 201, 206])
def test_json_of_any_type_is_the_result_whatever_its_label(
    body: bytes, value: Any, label: str, status: int
) -> None:
    assert read(body, status, label) == Reply(value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"error": "no such order"}'),
        (404, b""),
        (204, b""),
        (200, b""),
        (200, b" \n"),
        (200, b"null"),
        (201, b" null "),
    ],
)
def test_answers_that_mean_not_found(status: int, body: bytes) -> None:
    assert read(body, status) == Reply(None, found=False)


def test_an_empty_list_is_not_found_and_can_be_read() -> None:
    assert read(b"[]") == Reply([], found=False)


def test_a_page_that_is_no_json_is_no_unknown_customer() -> None:
    with pytest.raises(SourceRejected, match="a wrong path, or a gateway"):
        read(b"<html>Not Found</html>", 404)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, SourceUnavailable),
        (503, SourceUnavailable),
        (429, SourceUnavailable),
        (400, SourceRejected),
        (401, SourceRejected),
        (403, SourceRejected),
        (410, SourceRejected),
        (301, SourceRejected),
        (302, SourceRejected),
        (304, SourceRejected),
    ],
)
def test_other_statuses_are_errors_and_only_some_the_sources_fault(
    status: int, kind: type[SourceError]
) -> None:
    with pytest.raises(kind) as failed:
        read(b'{"a": 1}', status)
    assert failed.value.status == "error"
    assert failed.value.blame is (kind is SourceUnavailable)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{",
        b"[NaN]",
        b"[" * 5000,
        b'{"a": \xff}',
        b"9" * 5000,
        b"{'a': 1}",
        b"callback({})",
        b'{"a": 1} {"b": 2}',
    ],
)
def test_an_answer_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(SourceMalformed) as failed:
        read(body)
    assert failed.value.blame


def test_another_charset_is_read_by_its_label() -> None:
    body = '{"name": "王"}'.encode("gbk")
    assert read(body, label="application/json; charset=gbk").record == {"name": "王"}


def test_success_sees_the_response_and_decides() -> None:
    seen: list[Mapping[str, Any]] = []

    def success(response: Mapping[str, Any]) -> bool:
        seen.append(response)
        return bool(response["json"]["code"] == 0)

    assert read(b'{"code": 0}', success=success).found
    with pytest.raises(SourceRejected):
        read(b'{"code": 7}', success=success)
    assert dict(seen[0]) == {
        "status": 200,
        "headers": {"content-type": "application/json"},
        "text": '{"code": 0}',
        "json": {"code": 0},
        "xml": None,
    }
    assert seen[0]["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize(("status", "body"), [(404, b"{}"), (204, b"")])
def test_success_is_asked_of_2xx_alone(status: int, body: bytes) -> None:
    def success(_: Mapping[str, Any]) -> bool:
        raise AssertionError("asked")

    assert not read(body, status, success=success).found
    with pytest.raises(SourceUnavailable):
        read(b"{}", 500, success=success)


# ------------------------------------------------------------------ OAuth2


def test_a_token_is_asked_with_the_clients_credentials() -> None:
    request = client(OAUTH).token_request(0)
    assert request is not None
    assert (request.method, request.url) == ("POST", "https://id/token")
    assert request.body == b"grant_type=client_credentials&scope=read+write"
    expected = base64.b64encode(b"me%26co:s%3At").decode()
    assert ("Authorization", f"Basic {expected}") in request.headers
    assert not request.repeatable


def test_client_credentials_fall_back_to_the_body() -> None:
    http_client = client(OAUTH)
    with pytest.raises(TokenRejected):
        http_client.token(Response(401, {}, b""))
    request = http_client.token_request(0)
    assert request is not None
    assert b"client_id=me%26co&client_secret=s%3At" in (request.body or b"")
    assert "Authorization" not in dict(request.headers)
    with pytest.raises(SourceRejected) as refused:
        http_client.token(Response(401, {}, b""))
    assert not isinstance(refused.value, TokenRejected)


@pytest.mark.parametrize(
    ("life", "seconds"),
    [("600", 600.0), (600, 600.0), ("x", 3600.0), (None, 3600.0), (-1, 3600.0)],
)
def test_a_token_lives_as_long_as_its_server_says(life: Any, seconds: float) -> None:
    body = b'{"access_token": "abc", "expires_in": %s}' % (
        b"null" if life is None else repr(life).replace("'", '"').encode()
    )
    token = client(OAUTH).token(Response(200, {}, body))
    assert (token.value, token.lives) == ("abc", seconds)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"{}", SourceMalformed),
        (200, b"[]", SourceMalformed),
        (200, b"<html>", SourceMalformed),
        (200, b'{"access_token": ""}', SourceMalformed),
        (200, b'{"access_token": 5}', SourceMalformed),
        (200, b'{"access_token": "a\\nb"}', SourceMalformed),
        (302, b"", SourceRejected),
        (500, b"", SourceUnavailable),
        (429, b"", SourceUnavailable),
    ],
)
def test_an_answer_without_a_token_is_an_error(
    status: int, body: bytes, kind: type[SourceError]
) -> None:
    with pytest.raises(kind):
        client(OAUTH).token(Response(status, {}, body))


def test_a_token_is_sent_as_bearer_and_renewed_on_401() -> None:
    http_client = client(OAUTH)
    request = http_client.request(Query(OPERATIONS[0], {"path": "/"}), "abc")
    assert ("Authorization", "Bearer abc") in request.headers
    with pytest.raises(TokenRejected):
        read(b"{}", 401, auth=OAUTH)


def test_a_digest_is_found_among_several_challenges() -> None:
    http_client = client(HttpAuth(digest=Digest("ivr", "s3cret")))
    raw = [
        (b"WWW-Authenticate", b'Digest realm="a", nonce="n", qop="auth"'),
        (b"WWW-Authenticate", b'Basic realm="b"'),
    ]
    query = Query(OPERATIONS[0], {"path": "/"})
    request = http_client.request(query, None)
    with pytest.raises(TokenRejected):
        http_client.reply(query, Response(401, ResponseHeaders(raw), b""))
    sent = http_client.for_try(request, query, None, 0.0)
    assert dict(sent.headers)["Authorization"].startswith("Digest ")
    with pytest.raises(SourceRejected, match="without a digest challenge"):
        http_client.reply(query, Response(401, {"www-authenticate": "Basic"}, b""))
