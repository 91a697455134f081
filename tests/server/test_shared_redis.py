"""Two instances behind nginx, one of each kind, that share a real Redis: one picture of
a caller, one question to the customer system, and no harm when Redis dies."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    "ivrhooks.yaml": """\
version: 1
deadline: 10s
shared_cache: ${REDIS_URL}
sources:
  crm: {kind: http, base_url: "${CUSTOMERS_URL}", cache: {fresh: 10m}}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
inputs: {tel: {type: string}}
lookups: {it: {source: crm, request: {method: GET, path: "/{{ inputs.tel }}"}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
""",
}
KEY = "0123456789abcdef0123456789abcdef"
GONE, BACK = "does not answer", "answers again"


def program(name: str) -> str:
    """Where a program of the system is; also one for its administrator."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    assert path, f"{name} is missing: apt-get install {name}"
    return path


class Proxy:
    """nginx with docs/examples/nginx.conf, its addresses and files replaced."""

    def __init__(self, folder: Path, port: int, instances: list[Any]) -> None:
        self.port = port
        options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=hooks"
        options += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
        command = [program("openssl"), *options.split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        self.context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        text = (ROOT / "docs/examples/nginx.conf").read_text()
        changes = {
            "server 127.0.0.1:8080 ": f"server 127.0.0.1:{instances[0].port} ",
            "server 127.0.0.1:8081 ": f"server 127.0.0.1:{instances[1].port} ",
            "listen 443 ": f"listen 127.0.0.1:{port} ",
            "/etc/ssl/certs/hooks.example.com.pem": str(folder / "cert.pem"),
            "/etc/ssl/private/hooks.example.com.key": str(folder / "key.pem"),
            "/var/log/nginx/error.log": str(folder / "nginx.log"),
            "http {": "http {" + self._places(folder),
            "worker_processes auto;": f"pid {folder}/nginx.pid;\ndaemon off;",
        }
        for old, new in changes.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "nginx.conf").write_text(text)
        self._command = [program("nginx"), "-p", str(folder), "-e", "nginx.log"]
        self._command += ["-c", str(folder / "nginx.conf")]
        subprocess.run([*self._command, "-t"], check=True, capture_output=True)
        self.process = subprocess.Popen(self._command)

    @staticmethod
    def _places(folder: Path) -> str:
        """Folders that the packaged nginx has where only root may write."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        return "".join(f"\n    {kind}_temp_path {folder}/{kind};" for kind in kinds)

    def get(self, target: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers (names in small letters) and JSON, through nginx."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=60, context=self.context
        )
        with contextlib.closing(connection):
            connection.request("GET", target, headers={"Host": "hooks.example.com"})
            response = connection.getresponse()
            body = response.read()
        known = response.getheader("Content-Type") == "application/json"
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, json.loads(body) if known else body

    def up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/healthz")[0] == 200
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def sharing(instance: Any) -> int:
    """How many of its workers share, as /metrics tells."""
    text = instance.get("/metrics").body.decode()
    match = re.search(r"^ivrhooks_shared_cache_workers (\d)$", text, re.MULTILINE)
    return int(match[1]) if match else -1


@pytest.fixture
def instances(
    serving: Any, redis_server: Any, customers: Any, tmp_path: Path
) -> Iterator[list[Any]]:
    """``ivrhooks serve`` and ``gunicorn wsgi:app``, as on two machines."""
    redis = f"{redis_server.url}?socket_timeout=5"  # a busy machine is not tested
    env = {"CUSTOMERS_URL": customers.url, "REDIS_URL": redis, "IVRHOOKS_KEY": KEY}
    customers.paths.clear()
    customers.pause = 0.2
    with contextlib.ExitStack() as held:
        yield [
            held.enter_context(
                serving(
                    server_kind,
                    FILES,
                    env=env | {"IVRHOOKS_DATA": str(tmp_path / server_kind)},
                )
            )
            for server_kind in ("asgi", "wsgi")
        ]
    customers.pause = 0.0


@pytest.fixture
def proxy(instances: list[Any], tmp_path: Path, free_port: Any) -> Iterator[Proxy]:
    running = Proxy(tmp_path, free_port(), instances)
    yield running
    running.stop()


def test_all_instances_together_ask_once_for_one_caller(
    proxy: Proxy, instances: list[Any], customers: Any, until: Any
) -> None:
    until(proxy.up, "nginx answers")
    words = []
    callers = [
        threading.Thread(target=lambda: words.append(proxy.get("/desk?tel=841")[2]))
        for _ in range(20)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert words == [{"word": "841"}] * 20
    for instance in instances:
        until(lambda at=instance: '"endpoint":"desk"' in at.log(), "nginx asked both")
        assert instance.get("/desk?tel=841").json == {"word": "841"}
    assert customers.paths == ["/841"]
    status, headers, _ = proxy.get("/desk?tel=841")
    assert status == 200
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert proxy.get("/metrics")[0] == proxy.get("/_console/")[0] == 404


def test_machines_with_different_keys_ask_for_themselves_and_say_so(
    serving: Any, redis_server: Any, customers: Any, tmp_path: Path, until: Any
) -> None:
    """Without IVRHOOKS_KEY each data folder has a key of its own."""
    redis = f"{redis_server.url}?socket_timeout=5"
    env = {"CUSTOMERS_URL": customers.url, "REDIS_URL": redis}
    customers.paths.clear()
    number = "13800000001"
    with contextlib.ExitStack() as held:
        here, there = (
            held.enter_context(
                serving(
                    server_kind,
                    FILES,
                    env=env | {"IVRHOOKS_DATA": str(tmp_path / server_kind)},
                )
            )
            for server_kind in ("asgi", "wsgi")
        )
        for machine in (here, there):
            assert machine.get(f"/desk?tel={number}").json == {"word": number}
            until(lambda at=machine: "has another key" in at.log(), "it is told")
        assert customers.paths == [f"/{number}"] * 2
        kept = redis_server.all_bytes()
    assert kept.count(b"ivrhooks:") >= 3  # two results, and the keys' names
    assert number.encode() not in kept


def test_redis_that_is_killed_is_missed_once_and_used_again_when_it_is_back(
    proxy: Proxy, instances: list[Any], customers: Any, redis_server: Any, until: Any
) -> None:
    until(proxy.up, "nginx answers")
    customers.pause = 0.0

    def log_counts(words: str) -> list[int]:
        return [instance.log().count(words) for instance in instances]

    for number in range(40):
        if number == 10:
            redis_server.stop()  # kill -9
        status, headers, answer = proxy.get(f"/desk?tel={number}")
        assert (status, answer) == (200, {"word": str(number)})
        assert "X-Ivrhooks-Degraded" not in headers
    until(lambda: all(log_counts(GONE)), "each instance says it")
    until(
        lambda: (
            [sharing(machine) for machine in instances]
            == [2 - n for n in log_counts(GONE)]
        ),
        "metrics say how many workers are left",
    )
    assert max(log_counts(GONE)) <= 2, "once in each worker"
    assert log_counts(BACK) == [0, 0]

    redis_server.start()
    until(lambda: log_counts(BACK) == log_counts(GONE), "every worker has found Redis")
    for instance in instances:
        until(lambda at=instance: sharing(at) == 2, "metrics say so")
        assert instance.get("/desk?tel=900").json == {"word": "900"}
    assert customers.paths.count("/900") == 1
