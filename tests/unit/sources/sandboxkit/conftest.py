"""A sandbox of our own for each test, and one that really listens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.server import SandboxServer, listen
from support.fake_time import FakeDateClock

CUSTOMERS = [
    {"id": "c-1", "tel": "13800000001", "nick": "VIP Wang", "isVip": "1"},
    {"id": "c-2", "tel": "13800005555", "nick": "Li"},
]


class Wire:
    """Raw HTTP to a listening sandbox."""

    def __init__(self, port):
        self.port = port

    def __call__(self, method, path, body=None, **headers):
        """Status, headers (lower case) and body of one exchange."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = json.dumps(body) if isinstance(body, dict) else body
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, names, answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, **headers):
        return json.loads(self(method, path, body, **headers)[2])

    def dial(self, system, fault, **more):
        status, _, body = self(
            "PUT", "/_sandbox/faults", {system: {"fault": fault, **more}}
        )
        assert status == 200, body

    def token(self):
        path = "/sobot/api/get_token?appid=a&create_time=1&sign=s"
        return self.json("GET", path)["item"]["token"]

    def open(self, path, method="GET", **headers):
        """A connection on which a request has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), 60)
        lines = [f"{method} {path} HTTP/1.1", "Host: sandbox"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection


@contextmanager
def _listening(app):
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = SandboxServer(app)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield Wire(port)
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def clock():
    return FakeDateClock()


@pytest.fixture
def data_file(tmp_path):
    """Writes a data file."""

    def write(data, name="data.json"):
        path = tmp_path / name
        text = data if isinstance(data, str) else json.dumps(data)
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def make_app(data_file, clock, no_records):
    def make(data=None, database="sqlite://", **more):
        data = {"sobot": {"customers": CUSTOMERS}} if data is None else data
        path = data_file({**no_records, **data})
        return create_sandbox_app(path, database, now=clock, **more)

    return make


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def listening():
    """``with listening(app) as wire``: the sandbox on a free port."""
    return _listening


@pytest.fixture
def wire(app):
    with _listening(app) as wire:
        yield wire
