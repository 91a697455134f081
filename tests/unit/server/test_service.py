"""Both servers in an event loop, asked over a connection: they answer the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from ivrhooks.config.plan import Security
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.server.asgi import AsgiApp
from ivrhooks.server.flask_app import app_of
from ivrhooks.server.service import Service
from ivrhooks.server.wsgi import WsgiApp
from support.memory_connection import MemoryConnection


class Asked:
    """What was written, and whether the connection has ended with it."""

    def __init__(self, written: bytes, gone: bool) -> None:
        head, _, self.body = written.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(line.split(" ")[1])
        self.headers = dict(text.split(": ", 1) for text in lines)
        self.gone = gone

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@pytest.fixture(params=["serve", "wsgi"])
def make_service(request, make_config_store, make_plan) -> Callable[[], Service]:
    """Makes a service with a POST and a GET endpoint."""

    def make() -> Service:
        config_store = make_config_store(
            make_plan(security=Security(max_body=20)),
            make_plan(endpoint="get", path="/api/get", method="GET", format="query"),
        )
        if request.param == "wsgi":
            return WsgiApp(app_of(config_store))
        return AsgiApp(config_store)

    return make


@pytest.fixture
def ask(make_service) -> Callable[..., Asked]:
    """Asks over a connection of its own, the bytes piece by piece."""

    def go(head: str, *pieces: bytes, **headers: str) -> Asked:
        lines = [f"{head} HTTP/1.1", "Host: x"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        begin = "\r\n".join([*lines, "", ""]).encode()

        async def run() -> Asked:
            service = make_service()
            await service.open()
            wire = MemoryConnection(service)
            written = await wire.ask(begin, *pieces)
            await service.close()
            return Asked(written, wire.transport.gone)

        return asyncio.run(run())

    return go


def test_the_pieces_of_a_body_are_joined(ask) -> None:
    answer = ask("POST /api/desk", b"te", b"l=", b"1", Content_Length="5")
    assert (answer.status, answer.json) == (200, {"isVip": 1, "city": "Hà Nội"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-request-id"]
    assert not answer.gone


def test_other_paths_are_served_by_the_flask_app(ask) -> None:
    assert ask("GET /healthz").json == {"status": "ok"}
    missing = ask("POST /api/desk/x")
    assert (missing.status, missing.json["error"]["code"]) == (404, "not_found")


def test_a_path_with_escapes_is_the_same_path(ask) -> None:
    assert ask("GET /api/%67et?tel=1").json["isVip"] == 1


def test_a_wrong_method_is_refused_before_the_body_is_read(ask) -> None:
    answer = ask("PUT /api/desk", Content_Length="5")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert "connection" not in answer.headers


@pytest.mark.parametrize(
    ("pieces", "headers"),
    [
        ((b"x" * 20, b"x" * 20), {"Content_Length": "40"}),
        ((b"28\r\n" + b"x" * 40 + b"\r\n0\r\n\r\n",), {"Transfer_Encoding": "chunked"}),
        ((), {"Content_Length": "40", "Expect": "100-continue"}),
        ((), {"Content_Length": "9000000000"}),
    ],
)
def test_a_body_past_its_limit_is_refused_with_the_defaults(
    ask, pieces: tuple[bytes, ...], headers: dict[str, str]
) -> None:
    answer = ask("POST /api/desk", *pieces, **headers)
    assert (answer.status, answer.json["isVip"]) == (413, 0)
    assert answer.headers["connection"] == "close"


def test_a_body_that_broke_off_is_refused_with_the_defaults(ask) -> None:
    answer = ask("POST /api/desk", b"zz\r\n", Transfer_Encoding="chunked")
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_request")
    assert answer.json["city"] == ""
    assert answer.headers["connection"] == "close"


def test_headers_are_read_and_the_request_id_is_used(ask) -> None:
    answer = ask("POST /api/desk", b"tel=1", X_Request_Id="mine", Content_Length="5")
    assert answer.headers["x-request-id"] == "mine"


def test_a_head_is_answered_without_a_body(ask) -> None:
    for target in ("/api/get?tel=1", "/healthz"):
        answer = ask(f"HEAD {target}")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) > 0


def test_a_service_that_is_not_open_says_so(make_service) -> None:
    service = make_service()
    with pytest.raises(RuntimeError, match="not open"):
        service.match(b"/api/get")
    service.recorder.close()


def test_a_caller_who_hangs_up_gives_its_answer_up_unless_actions_are_stored(
    make_configuration, make_request, gated_engine
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        dispatcher = Dispatcher(configuration, engine)
        service = Service(None, SimpleNamespace(follow=lambda _: None))  # type: ignore[arg-type]
        service._swap(dispatcher)
        route = service.match(b"/api/desk")
        assert route is not None
        answers: list[Any] = []
        connection: Any = SimpleNamespace(answered=answers.append)
        give_up = service.serve(route, make_request(), connection)
        assert give_up is not None
        assert dispatcher.in_flight == 1
        give_up()
        assert dispatcher.in_flight == 0
        acting = replace(route, plan=replace(route.plan, actions=(object(),)))
        assert service.serve(acting, make_request(), connection) is None
        assert dispatcher.in_flight == 1
        engine.policy.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (len(answers), dispatcher.in_flight) == (1, 0)

    asyncio.run(go())
