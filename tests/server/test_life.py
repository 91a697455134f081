"""From start to end: a refused configuration, a new one, and an end without harm."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT_FILE = "version: 1\n"


def endpoint(answer: str) -> str:
    return f"""\
endpoint: desk
path: /desk
format: query
outputs:
  word: {{type: string, value: {answer}, default: ""}}
"""


FILES = {"ivrhooks.yaml": ROOT_FILE, "endpoints/desk.yaml": endpoint("first")}
CONFIG, OPTIONS = FILES, ("--workers", "1")
BROKEN = "endpoint: desk\npath: /desk\nformat: qery\noutputs: {}\n"


def until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Returns when ``true`` says so; looks often."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)  # between looks at another process


@pytest.fixture(scope="module", autouse=True)
def half_sent(servers) -> Iterator[list[Any]]:
    """Connections on which nothing more will come, begun before all tests: the server
    takes its time to give them up, which the last test here looks at."""
    with contextlib.ExitStack() as held:
        wires = []
        for server in servers.values():
            for line in (b"Content-Length: 50\r\n\r\ntel", b"X-A: "):
                wires.append(held.enter_context(server.wire()))
                wires[-1].send(b"GET /desk HTTP/1.1\r\nHost: x\r\n" + line)
        yield wires


def test_health_and_readiness(server) -> None:
    assert server.get("/healthz").json == {"status": "ok"}
    ready = server.get("/readyz").json
    assert ready["ready"] is True
    assert ready["checks"]["configuration"] == "ok"
    assert server.ask("HEAD", "/healthz").status == 200
    assert server.ask("OPTIONS", "/healthz").status == 405


def test_a_refused_configuration_is_printed_and_starts_nothing(
    starting, server_kind: str
) -> None:
    server = starting(server_kind, {**FILES, "endpoints/desk.yaml": BROKEN})
    assert server.process.wait(60) != 0
    assert server.log().count("endpoints/desk.yaml:3:") == 1
    assert "form" in server.log()
    assert "Traceback" not in server.log()
    if server_kind == "asgi":
        assert server.process.returncode == 1
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_new_configuration_is_answered_from_and_a_broken_one_is_not(server) -> None:
    file = server.folder / "endpoints/desk.yaml"

    def word() -> str:
        return str(server.get("/desk").json["word"])

    assert word() == "first"
    file.write_text(endpoint("second"))
    until(lambda: word() == "second", "a changed file is read")
    before = server.get("/readyz").json["config"]
    file.write_text(BROKEN)
    until(lambda: "still answering with" in server.log(), "the refusal is logged")
    assert f"still answering with {before}" in server.log()
    assert "endpoints/desk.yaml:3:" in server.log()
    assert word() == "second"
    file.write_text(endpoint("third"))
    until(lambda: word() == "third", "a mended file is read")


def test_a_new_endpoint_file_is_served(server) -> None:
    assert server.get("/other").status == 404
    text = endpoint("new").replace("desk", "other")
    (server.folder / "endpoints/other.yaml").write_text(text)
    until(lambda: server.get("/other").status == 200, "a new file is read")
    (server.folder / "endpoints/other.yaml").unlink()
    until(lambda: server.get("/other").status == 404, "a file that went is noticed")


def test_the_log_says_where_it_answers(servers) -> None:
    server = servers["asgi"]
    assert f"answering at http://127.0.0.1:{server.port}, " in server.log()
    assert "application startup" not in server.log()


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])
def test_a_server_for_other_machines_lists_unprotected_endpoints(
    serving, host: str, warned: bool
) -> None:
    with serving("asgi", FILES, "--host", host, *OPTIONS) as server:
        log = server.log()
    assert ("endpoints/desk.yaml:1: nothing protects this endpoint" in log) is warned


def test_hup_reads_the_configuration_in_all_workers(serving) -> None:
    with serving("asgi", FILES, "--workers", "2") as server:
        (server.folder / "endpoints/desk.yaml").write_text(endpoint("second"))
        server.process.send_signal(signal.SIGHUP)
        words: list[str] = []

        def reloaded() -> bool:
            words.append(str(server.get("/desk").json["word"]))
            return words[-12:] == ["second"] * 12

        until(reloaded, "all workers answer from the new configuration")


def test_a_worker_that_dies_is_replaced_with_the_last_good_configuration(
    serving, server_kind: str
) -> None:
    with serving(server_kind, FILES, "--workers", "1") as server:
        for _ in range(3):
            assert word(server) == "first"
        assert answered(server) == 3
        break_and_kill(server)
        until(lambda: word(server) == "first", "another worker answers")
        assert answered(server) >= 4  # no total goes back


@pytest.mark.parametrize("more", [(), ("--preload",)])
def test_the_last_good_configuration_need_not_be_that_of_the_start(
    serving, more: tuple[str, ...]
) -> None:
    options = ("--workers", "1", "--log-level", "debug", *more)
    with serving("wsgi", FILES, *options) as server:
        (server.folder / "endpoints/desk.yaml").write_text(endpoint("second"))
        until(
            lambda: server.log().count("no longer") == 2,
            "the worker and the master have read the new configuration",
        )
        break_and_kill(server)
        until(lambda: word(server) != "", "another worker answers")
        assert word(server) == "second"


def break_and_kill(server) -> None:
    """A broken file, and no worker any more that knows a better one."""
    (server.folder / "endpoints/desk.yaml").write_text(BROKEN)
    until(lambda: "still answering with" in server.log(), "the refusal is logged")
    os.kill(server.workers().pop(), signal.SIGKILL)


def answered(server) -> int:
    """What /metrics counts."""
    line = rb'ivrhooks_answers_total\{endpoint="desk",status="200"\} (\d+)'
    match = re.search(line, server.get("/metrics").body)
    assert match
    return int(match[1])


def word(server) -> str:
    """What is answered; "" where nobody is there."""
    try:
        return str(server.get("/desk").json["word"])
    except OSError:
        return ""


def test_hup_keeps_the_last_good_configuration(serving) -> None:
    with serving("wsgi", FILES, "--workers", "2") as server:
        file = server.folder / "endpoints/desk.yaml"
        file.write_text(endpoint("second"))
        server.process.send_signal(signal.SIGHUP)
        words: list[str] = []

        def reloaded() -> bool:
            words.append(str(server.get("/desk").json["word"]))
            return words[-12:] == ["second"] * 12

        until(reloaded, "the new workers answer from the new configuration")
        file.write_text(BROKEN)
        server.process.send_signal(signal.SIGHUP)
        until(
            lambda: (
                server.get("/readyz").json["checks"]["configuration"] == "newer_refused"
            ),
            "the new workers know of the broken one",
        )
        assert {str(server.get("/desk").json["word"]) for _ in range(12)} == {"second"}
        assert server.process.poll() is None


SLOW = """\
version: 1
deadline: 20s
sources: {slow: {kind: http, base_url: "${SLOW_URL}"}}
"""
ASKING = """\
endpoint: desk
path: /desk
format: query
lookups: {it: {source: slow, request: {method: GET, path: /}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: late}}
"""


class SlowSource:
    """An HTTP server that says when it was asked, and answers when told to."""

    def __init__(self) -> None:
        self.reached, self.answering = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._listener.accept()[0] as connection:
            connection.recv(65536)
            self.reached.set()
            self.answering.wait(60)
            body = b'{"word":"kept"}'
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)

    def close(self) -> None:
        self.answering.set()
        self._listener.close()
        self._thread.join(60)


@pytest.fixture
def slow_source() -> Iterator[SlowSource]:
    source = SlowSource()
    yield source
    source.close()


def test_sigterm_finishes_the_answers_in_flight(
    serving, server_kind: str, slow_source: SlowSource
) -> None:
    files = {"ivrhooks.yaml": SLOW, "endpoints/desk.yaml": ASKING}
    env = {"SLOW_URL": slow_source.url}
    with serving(server_kind, files, env=env) as server, server.wire() as wire:
        wire.send(b"GET /desk HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow_source.reached.wait(60)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: "Handling signal: term" in server.log(), "the signal is taken")
        slow_source.answering.set()
        assert wire.reply().json == {"word": "kept"}
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.log()


def test_ctrl_c_ends_it_cleanly(serving, server_kind: str) -> None:
    with serving(server_kind, FILES, "--workers", "1") as server:
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.log()


def test_workers_end_with_a_master_that_is_killed(serving) -> None:
    with serving("wsgi", FILES) as server:
        workers = server.workers()
        server.process.kill()
        server.process.wait()
        try:
            until(lambda: not any(map(lives, workers)), "no worker holds the address")
        finally:
            for worker in filter(lives, workers):
                os.kill(worker, signal.SIGKILL)


def lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    return False


def test_a_log_file_takes_all_lines_and_is_opened_anew(serving, tmp_path: Path) -> None:
    file, old = tmp_path / "lines.log", tmp_path / "lines.log.1"
    with serving("wsgi", FILES, "--error-logfile", str(file)) as server:
        assert server.get("/desk").status == 200
        until(lambda: '"data_request"' in file.read_text(), "the answer has its line")
        file.rename(old)
        server.process.send_signal(signal.SIGUSR1)
        until(file.exists, "it is opened anew")

        def complete() -> bool:
            assert server.get("/desk").status == 200
            return '"data_request"' in file.read_text()

        until(complete, "the workers write into the new one")
        assert server.log() == ""


def test_the_end_waits_for_no_client_for_ever(half_sent) -> None:
    for wire in half_sent:
        reply = wire.reply()
        assert (reply.status, reply.code) == (408, "request_timeout")
        assert wire.closed()
