"""The Flask app in front of the endpoints."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Response, abort, request, request_finished
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize, NoMoreData

from ivrhooks.config.plan import Security
from ivrhooks.server.flask_app import app_of
from ivrhooks.server.pages.app import ENGINE, App


@pytest.fixture
def app(make_config_store, make_plan) -> Iterator[App]:
    config_store = make_config_store(
        make_plan(security=Security(max_body=20)),
        make_plan(endpoint="get", path="/api/get", method="GET", format="query"),
    )
    made = app_of(config_store)
    yield made
    made.extensions[ENGINE].close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.test_client()


def test_a_form_is_answered(client: FlaskClient) -> None:
    reply = client.post("/api/desk", data={"tel": "1"})
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.data == '{"isVip":1,"city":"Hà Nội"}'.encode()


def test_a_head_request_has_the_headers_of_get_and_no_body(client: FlaskClient) -> None:
    get, head = client.get("/api/get?tel=1"), client.head("/api/get?tel=1")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "BREW"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    reply = client.open("/api/desk", method=method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")
    assert reply.json["isVip"] == 0


@pytest.mark.parametrize("target", ["/api", "/api/desk/x", "/API/desk"])
def test_a_similar_path_is_not_found(client: FlaskClient, target: str) -> None:
    assert client.post(target, data={"tel": "1"}).status_code == 404


@pytest.mark.parametrize("target", ["/api/desk/", "/api//desk", "/api//desk/"])
def test_a_trailing_or_double_slash_matches_the_same_path(
    client: FlaskClient, target: str
) -> None:
    assert client.post(target, data={"tel": "1"}).status_code == 200


def test_a_body_past_its_limit_is_refused(client: FlaskClient) -> None:
    assert client.post("/api/desk", data="tel=" + "1" * 16).status_code == 200
    assert client.post("/api/desk", data="tel=" + "1" * 17).status_code == 413


def test_chunks_without_a_length_are_read_up_to_the_limit(client: FlaskClient) -> None:
    def chunked(body: bytes) -> int:
        environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        reply = client.post(
            "/api/desk", input_stream=io.BytesIO(body), environ_overrides=environ
        )
        return reply.status_code

    assert chunked(b"tel=1") == 200
    assert chunked(b"tel=" + b"1" * 100_000) == 413


class Broken(io.RawIOBase):
    """A body that breaks off."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidChunkSize(b"zz"), 400),
        (NoMoreData(), 400),
        (OSError("reset"), 400),
    ],
)
def test_an_interrupted_body_is_refused_with_the_defaults(
    client: FlaskClient, error: Exception, status: int
) -> None:
    environ = {"wsgi.input": Broken(error), "CONTENT_LENGTH": "5"}
    reply = client.post("/api/desk", environ_overrides=environ)
    assert (reply.status_code, reply.json["city"]) == (status, "")


def test_a_body_shorter_than_its_length_is_refused(client: FlaskClient) -> None:
    environ = {"wsgi.input": io.BytesIO(b"tel=1"), "CONTENT_LENGTH": "9"}
    reply = client.post("/api/desk", environ_overrides=environ)
    assert (reply.status_code, reply.json["error"]["code"]) == (400, "bad_request")


def test_the_request_id_of_the_caller_is_used(client: FlaskClient) -> None:
    reply = client.post(
        "/api/desk", data={"tel": "1"}, headers={"X-Request-Id": "mine"}
    )
    assert reply.headers.getlist("X-Request-Id") == ["mine"]


def test_a_flask_hook_sees_each_data_request(app: App, client) -> None:
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.path))
    app.after_request(lambda response: seen.append(response.status) or response)  # type: ignore[func-returns-value]
    app.teardown_request(lambda _: seen.append("end"))
    assert client.post("/api/desk", data={"tel": "1"}).json["isVip"] == 1
    assert seen == ["/api/desk", "200 OK", "end"]
    client.get("/healthz")
    assert seen[3:] == ["/healthz", "200 OK", "end"]


def test_a_flask_hook_may_answer_or_refuse(app: App, client) -> None:
    @app.before_request
    def judge() -> str | None:
        if request.args.get("who") == "me":
            return "mine"
        if request.args.get("who") == "you":
            abort(403)
        return None

    assert client.get("/api/get?tel=1&who=me").data == b"mine"
    assert client.get("/api/get?tel=1&who=you").status_code == 403
    assert client.get("/api/get?tel=1").json["isVip"] == 1


def test_a_flask_hook_may_change_an_answer(app: App, client) -> None:
    @app.after_request
    def mark(response: Response) -> Response:
        response.headers["X-Mine"] = "1"
        return response

    assert client.get("/api/get?tel=1").headers["X-Mine"] == "1"


def test_a_signal_is_sent_for_each_data_request(app: App, client) -> None:
    seen: list[int] = []

    def note(_: App, response: Response) -> None:
        seen.append(response.status_code)

    with request_finished.connected_to(note, app):
        client.get("/api/get?tel=1")
    client.get("/api/get?tel=1")
    assert seen == [200]


def test_a_wsgi_middleware_is_applied(app: App, client) -> None:
    inner = app.wsgi_app

    def middleware(environ, start_response):
        def start(status, headers, problem=None):
            return start_response(status, [*headers, ("X-Mine", "1")], problem)

        return inner(environ, start)

    app.wsgi_app = middleware  # type: ignore[method-assign]
    assert client.get("/api/get?tel=1").headers["X-Mine"] == "1"
