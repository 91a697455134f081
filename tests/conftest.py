"""Fixtures for tests of several packages.

They provide a real Redis, PostgreSQL and MariaDB, and a customer system to query.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

import ivrhooks
from support.compiled_folder import CompiledFolder
from support.ports import free_port
from support.stub_system import StoppableSystem

MAX_WAIT = 60.0


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Measure coverage while ivrhooks is imported, but not while pytest collects.

    Collecting the tests takes three times as long while coverage is measured.
    """
    plugin = session.config.pluginmanager.getplugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    if controller is None:
        return (yield)
    for module in pkgutil.walk_packages(ivrhooks.__path__, "ivrhooks."):
        if module.name != "ivrhooks.__main__":
            importlib.import_module(module.name)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: the tests of this file take long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, and end with those of the fewest tests.

    At the end, no process then waits for another that has just begun a long file.
    """
    tests = Counter(item.path for item in items)
    items.sort(
        key=lambda item: (item.get_closest_marker("long") is None, -tests[item.path])
    )


LIBRARIES = re.compile(r".*\(_run_safe_shutdown_loop\)|asyncio_\d+")
"""The names of threads that a library keeps for the whole process."""


@pytest.fixture(scope="module", autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail if a thread outlives the tests of its module.

    Such a thread runs during other tests: it writes to their data folders, and keeps
    sockets and files open.
    """
    before = set(threading.enumerate())
    yield

    until = time.monotonic() + MAX_WAIT / 6
    left = []
    for thread in threading.enumerate():
        if thread in before or LIBRARIES.fullmatch(thread.name):
            continue
        thread.join(max(0.0, until - time.monotonic()))  # it may just be ending
        if thread.is_alive():
            left.append(thread.name)
    assert left == [], "end these threads in the fixture or test that began them"


class RedisServer:
    """A redis-server on its own port that writes nothing to disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *more: str) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: apt-get install redis-server"
        options = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        options += ["--rdbcompression", "no"]  # `all_bytes` shows them as they are
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", *options, *more],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + MAX_WAIT
        while time.monotonic() < until:
            try:
                with socket.create_connection(
                    ("127.0.0.1", self.port), 1
                ) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(7) == b"+PONG\r\n":
                        return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("redis-server did not come up")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def all_bytes(self) -> bytes:
        """Return every name and every value in it."""
        with Redis.from_url(self.url) as redis:
            names = list(redis.scan_iter("*"))
            return b"\n".join([*names, *(redis.dump(name) or b"" for name in names)])

    def stun(self) -> None:
        """Suspend the process: it keeps its connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


class Customers(StoppableSystem):
    """A customer system that notes each path and can delay its answers."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.pause = 0.0

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        self.paths.append(request.path)
        self.answering.wait(MAX_WAIT)
        threading.Event().wait(self.pause)
        word = request.path.rpartition("/")[2]
        self.reply(request, 200, json.dumps({"word": word}).encode())


@pytest.fixture(scope="module")
def customers() -> Iterator[Customers]:
    system = Customers()
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Return a function that waits until a condition is true."""

    def look(true: Callable[[], Any], what: str, seconds: float = MAX_WAIT) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, what
            time.sleep(0.05)  # between looks at another process

    return look


@pytest.fixture(name="free_port", scope="session")
def port_finder() -> Callable[[], int]:
    """Return a function that returns a port on which no process listens."""
    return free_port


class PostgreSQL:
    """A PostgreSQL server with its own folder and port.

    It runs as a user other than root, as PostgreSQL requires.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ivrhooks-postgresql-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", "data", "-A", "trust", "-U", "ivr", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://ivr@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "fsync": "off"}
        settings["unix_socket_directories"] = ""
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen(
            [self._program("postgres"), "-D", "data", *options],
            cwd=self.folder,
            user=self._user,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + MAX_WAIT
        while time.monotonic() < until:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
                return
            time.sleep(0.05)  # between looks at another process
        raise AssertionError("PostgreSQL did not come up")

    def stop(self) -> None:
        """Stop at once and close all connections."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(MAX_WAIT)
            self.process = None

    def stun(self) -> None:
        """Suspend all processes: connections stay open without answer, also new
        ones."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        pid = self.process.pid
        os.kill(pid, number)  # first, so that it starts no more children
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        for child in text.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), number)

    def _run(self, name: str, *arguments: str) -> None:
        command = [self._program(name), *arguments]
        folder, user = self.folder, self._user
        subprocess.run(command, cwd=folder, user=user, check=True, capture_output=True)

    def _program(self, name: str) -> str:
        packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        path = str(packaged[-1]) if packaged else shutil.which(name)
        assert path, f"{name} is missing: apt-get install postgresql"
        return path


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder)


class MariaDB:
    """A MariaDB server with its own folder and port."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ivrhooks-mariadb-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._user = "mysql" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        subprocess.run(
            [
                self._program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={self._data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *([f"--user={self._user}"] if self._user else []),
            ],
            check=True,
            capture_output=True,
        )

    @property
    def url(self) -> str:
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/mysql"

    def start(self) -> None:
        options = [
            f"--datadir={self._data}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            "--innodb-flush-log-at-trx-commit=0",
            *([f"--user={self._user}"] if self._user else []),
        ]
        self.process = subprocess.Popen(
            [self._program("mariadbd"), "--no-defaults", *options],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + MAX_WAIT
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.05)  # between looks at another process
        raise AssertionError("MariaDB did not come up")

    def stop(self) -> None:
        """Stop at once and close all connections."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(MAX_WAIT)
            self.process = None

    def _program(self, name: str) -> str:
        path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        assert path, f"{name} is missing: apt-get install mariadb-server"
        return path


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDB]:
    server = MariaDB()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture
def compiled(tmp_path: Path) -> CompiledFolder:
    return CompiledFolder(tmp_path)
