"""Both servers for real: ``ivrhooks serve`` and ``gunicorn wsgi:app``, over sockets.

A test module says in CONFIG (file name to text) what is served, and gets one server of
each kind for all its tests. A server that ends with anything but 0, or whose log holds
a traceback, fails its module.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
END_SECONDS = 30.0
MAX_WAIT = 60.0

SERVER_KINDS = ("asgi", "wsgi")
EXPRESS = [sys.executable, "-m", "ivrhooks", "serve"]
FLASK = [sys.executable, "-m", "gunicorn", "wsgi:app"]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer, as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """A header's only value, or None; twice is a failure."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    @property
    def json(self) -> dict[str, Any]:
        """The body, which must be one line of JSON that says how long it is."""
        assert self.header("Content-Type") == "application/json", self
        assert self.header("Content-Length") == str(len(self.body)), self
        assert b"\n" not in self.body, self
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json["error"]["code"])


class Lent(io.BufferedReader):
    """A reader that outlives each answer read from it, as the connection does."""

    def makefile(self, *_: object) -> Lent:
        """Itself: what ``http.client`` asks a socket for."""
        return self

    def close(self) -> None:
        """Nothing: the next answer may be waiting in it."""


class Wire:
    """One connection, bytes in and answers out."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=MAX_WAIT)
        self._reader = Lent(socket.SocketIO(self.socket, "r"))

    def send(self, data: bytes) -> None:
        """Sends ``data``; a server that has already hung up is no error."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def reply(self, method: str = "GET") -> Reply:
        """The next answer."""
        response = http.client.HTTPResponse(self._reader, method=method)  # type: ignore[arg-type]
        response.begin()
        body = response.read()
        return Reply(response.status, response.getheaders(), body)

    def closed(self) -> bool:
        """Whether the server ends the connection, saying nothing more."""
        try:
            return self._reader.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.socket.close()


@dataclass
class Server:
    """A running server of one kind."""

    kind: str
    folder: Path
    port: int
    log_file: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.log_file.parent / "data"

    @contextlib.contextmanager
    def wire(self) -> Iterator[Wire]:
        """A connection of one's own."""
        wire = Wire(self.port)
        try:
            yield wire
        finally:
            wire.close()

    def send(self, data: bytes, method: str = "GET") -> Reply:
        """The answer to raw bytes on a connection of their own."""
        with self.wire() as wire:
            wire.send(data)
            return wire.reply(method)

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | list[tuple[str, str]] = (),  # type: ignore[assignment]
    ) -> Reply:
        """The answer to a well-formed request; header values are sent as UTF-8."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else [*headers]
        data = body.encode() if isinstance(body, str) else body
        if data is not None:
            pairs.append(("Content-Length", str(len(data))))
        lines = [f"{method} {target} HTTP/1.1", "Host: ivr.example.com"]
        lines += [f"{name}: {value}" for name, value in pairs]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        return self.send(head.encode() + (data or b""), method)

    def get(self, target: str, headers: Mapping[str, str] = {}) -> Reply:
        return self.ask("GET", target, headers=headers)

    def form(self, target: str, body: bytes | str, **headers: str) -> Reply:
        """A POST labelled as a form."""
        label = {"Content-Type": "application/x-www-form-urlencoded"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", target, body, {**label, **named})

    def log(self) -> str:
        """What the server has written to standard error."""
        return self.log_file.read_text(errors="replace")

    def log_lines(self, text: str) -> list[str]:
        """The log's lines that hold ``text``, once there is one: lines leave at the end
        of a turn of the loop, a moment after their answer."""
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            lines = [line for line in self.log().splitlines() if text in line]
            if lines:
                return lines
            time.sleep(0.01)  # between looks at another process's file
        raise AssertionError(f"no line with {text!r} in:\n{self.log()}")

    def workers(self) -> set[int]:
        """The processes that answer."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return {int(child) for child in text.split()}

    def end(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_SECONDS)


def write_config(folder: Path, files: Mapping[str, str]) -> None:
    """Writes configuration files below ``folder``."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def start(
    server_kind: str,
    folder: Path,
    home: Path,
    *options: str,
    env: Mapping[str, str] = {},
) -> Server:
    """Starts a server without waiting for it."""
    port, log_file = free_port(), home / f"{server_kind}.log"
    if server_kind == "asgi":
        command = [*EXPRESS, "--config", str(folder), "--port", str(port)]
    else:
        command = [*FLASK, "--bind", f"127.0.0.1:{port}"]
    environment = {
        **os.environ,
        "IVRHOOKS_CONFIG": str(folder),
        "IVRHOOKS_DATA": str(home / "data"),
        **env,
    }
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Server(server_kind, folder, port, log_file, process)


def wait_for(server: Server) -> None:
    """Returns when /healthz answers 200."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert server.process.poll() is None, server.log()
        with contextlib.suppress(OSError, http.client.HTTPException):
            if server.get("/healthz").status == 200:
                return
        time.sleep(0.05)  # between looks at another process, no time to let pass
    raise AssertionError(f"{server.kind} did not come up:\n{server.log()}")


@contextlib.contextmanager
def ended(*servers: Server) -> Iterator[None]:
    """Ends the servers after the block; those still there then must go quietly."""
    try:
        yield
        left = [server for server in servers if server.process.poll() is None]
        for server in left:
            server.process.send_signal(signal.SIGTERM)
        for server in left:
            status = server.process.wait(END_SECONDS)
            assert status == 0, (status, server.log())
            assert "Traceback" not in server.log(), server.log()
            assert "Bad file descriptor" not in server.log(), server.log()
    finally:
        for server in servers:
            if server.process.poll() is None:
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()


@contextlib.contextmanager
def running(
    server_kind: str,
    files: Mapping[str, str],
    home: Path,
    *options: str,
    env: Mapping[str, str] = {},
) -> Iterator[Server]:
    """A server over a folder with ``files``; ended and judged after."""
    folder = home / "configs"
    write_config(folder, files)
    server = start(server_kind, folder, home, *options, env=env)
    with ended(server):
        wait_for(server)
        yield server


@pytest.fixture(scope="module")
def server_env(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """The environment of the module's servers, beside our own."""
    environ: Mapping[str, str] = getattr(request.module, "ENV", {})
    return environ


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server_env: Mapping[str, str],
) -> Iterator[dict[str, Server]]:
    """The module's servers, one of each kind, started at the same time."""
    options = getattr(request.module, "OPTIONS", ())
    started = {}
    for server_kind in SERVER_KINDS:
        home = tmp_path_factory.mktemp(server_kind)
        write_config(home / "configs", request.module.CONFIG)
        started[server_kind] = start(
            server_kind, home / "configs", home, *options, env=server_env
        )
    with ended(*started.values()):
        for server in started.values():
            wait_for(server)
        yield started


@pytest.fixture(scope="module", params=SERVER_KINDS)
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """The module's server of one kind, then of the other."""
    return servers[request.param]


@pytest.fixture(scope="module", name="running")
def runner() -> Any:
    """``running``, for fixtures of a module."""
    return running


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``ivrhooks sandbox`` with its shipped customers."""
    home = tmp_path_factory.mktemp("sandbox")
    server = start_sandbox(home)
    try:
        wait_for(server)
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.end()


def start_sandbox(home: Path) -> Server:
    """Starts it without waiting for it."""
    port, log_file = free_port(), home / "sandbox.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivrhooks", "sandbox", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "IVRHOOKS_DATA": str(home / "data")},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Server("sandbox", home, port, log_file, process)


@pytest.fixture(params=SERVER_KINDS)
def server_kind(request: pytest.FixtureRequest) -> str:
    """One kind of server, for tests that start and end servers themselves."""
    return str(request.param)


@pytest.fixture
def serving(tmp_path: Path) -> Any:
    """``running`` in a folder of its own for each test and kind."""

    def serve(
        server_kind: str, files: Mapping[str, str], *options: str, **more: Any
    ) -> Any:
        return running(server_kind, files, tmp_path / server_kind, *options, **more)

    return serve


@pytest.fixture
def starting(tmp_path: Path) -> Any:
    """``start`` in a folder of the test's own, for servers that must not come up."""

    def begin(server_kind: str, files: Mapping[str, str]) -> Server:
        write_config(tmp_path / "configs", files)
        return start(server_kind, tmp_path / "configs", tmp_path)

    return begin


CREWS = [(server_kind, workers) for server_kind in SERVER_KINDS for workers in (1, 4)]


@pytest.fixture(scope="module")
def crews(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    customers: Any,
) -> Iterator[dict[tuple[str, int], Server]]:
    """The module's servers of each kind, with 1 and with 4 workers, that ask
    ``customers`` by CUSTOMERS_URL; started at the same time."""
    started, env = {}, {"CUSTOMERS_URL": customers.url}
    for server_kind, workers in CREWS:
        home, more = tmp_path_factory.mktemp(server_kind), ("--workers", str(workers))
        write_config(home / "configs", request.module.CONFIG)
        started[server_kind, workers] = start(
            server_kind, home / "configs", home, *more, env=env
        )
    with ended(*started.values()):
        for server in started.values():
            wait_for(server)
        yield started


@pytest.fixture(
    scope="module", params=CREWS, ids=lambda param: f"{param[0]}-{param[1]}"
)
def crew(
    request: pytest.FixtureRequest, crews: dict[tuple[str, int], Server]
) -> Server:
    """One of ``crews`` after the other."""
    return crews[request.param]
