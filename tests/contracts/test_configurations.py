"""Configurations that use every operation, through ``ivrhooks serve`` to the sandbox
and to an HTTP API: what a caller sends, and what the answer holds."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import upstream as upstreams
from matching import fits, value_at
from support.ports import free_port

BOOK = YAML(typ="safe").load(Path(__file__).with_name("configurations.yaml"))
ENDPOINTS = BOOK["endpoints"]
MAX_WAIT = 60.0
FAILS = {  # what a fault of the vendor makes of a lookup; nothing is as good as none
    **dict.fromkeys(("500", "503", "429", "html", "bad_json", "wrong_shape"), "error"),
    **dict.fromkeys(("truncate", "reset", "refuse"), "error"),
    "empty": "not_found",
}


class Server:
    """A running ``ivrhooks serve``, which knows no more than its folder."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "ivrhooks", "serve", "--config", str(folder)]
        self.log = (folder.parent / "log").open("w+b")
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--workers", "1"],
            env={**os.environ, **env},
            stdout=self.log,
            stderr=self.log,
        )

    def wait(self) -> None:
        until = time.monotonic() + MAX_WAIT
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                time.sleep(0.05)
        lines = self.output().splitlines()
        raise AssertionError([line for line in lines if "warning:" not in line])

    def ask(self, name: str, sent: Any) -> tuple[Any, str | None]:
        """The answer's body, and which lookups failed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/api/{name}", json.dumps(sent), headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        assert response.status == 200, body
        return json.loads(body), response.headers["X-Ivrhooks-Degraded"]

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode()


def written(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """A table's endpoint as the format wants it."""
    name, inputs = endpoint["endpoint"], endpoint.get("inputs", ["q"])
    return {
        "endpoint": name,
        "path": f"/api/{name}",
        "format": "json",
        "inputs": {
            input_name: {"type": "int" if input_name == "n" else "string"}
            for input_name in inputs
        },
        "lookups": endpoint["lookups"],
        "outputs": {
            key: {"type": "string", "value": value, "default": "-"}
            if isinstance(value, str)
            else value
            for key, value in endpoint["outputs"].items()
        },
    }


@pytest.fixture(scope="module")
def upstream() -> Iterator[upstreams.Upstream]:
    with upstreams.running() as server:
        yield server


@pytest.fixture(scope="module")
def served(sandbox, upstream, tmp_path_factory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("served")
    folder = home / "configs"
    (folder / "endpoints").mkdir(parents=True)
    (folder / "ivrhooks.yaml").write_text(json.dumps(BOOK["root"]))
    for endpoint in ENDPOINTS:
        file = folder / "endpoints" / f"{endpoint['endpoint']}.yaml"
        file.write_text(json.dumps(written(endpoint)))
    env = {
        "IVRHOOKS_DATA": str(home / "data"),
        "IVRHOOKS_SANDBOX_URL": sandbox.url,
        "SANDBOX": sandbox.url,
        "UPSTREAM": upstream.url,
    }
    sandbox.reset()
    server = Server(folder, env)
    try:
        server.wait()
        yield server
    finally:
        server.process.terminate()
        status = server.process.wait(MAX_WAIT)
        problems = server.output()
        server.log.close()
    assert status == 0
    assert "Traceback" not in problems
    assert not [text for text in ("s/ec", "p:w 1", "key-9") if text in problems]


def asks() -> list[Any]:
    return [
        pytest.param(endpoint["endpoint"], ask, id=f"{endpoint['endpoint']} {place}")
        for endpoint in ENDPOINTS
        for place, ask in enumerate(endpoint["asks"])
    ]


@pytest.mark.parametrize(("name", "ask"), asks())
def test_an_answer(served, name, ask):
    answer, degraded = served.ask(name, ask["send"])
    wrong = {
        key: (got, wanted)
        for key, wanted in ask["answer"].items()
        if not fits(wanted, got := value_at(answer, key))
    }
    assert not wrong
    assert degraded == ask.get("degraded")


@pytest.mark.parametrize("fault", FAILS)
@pytest.mark.parametrize(
    ("system", "endpoint", "sent", "key"),
    [
        ("sobot", "sobot", {"q": "13900001111"}, "s"),
        ("omicrm", "contact-list", {"q": "same", "n": 2}, "s"),
        ("bangwo8", "company", {"q": "13800005555"}, "found"),
        ("meiqia", "calls", {"q": "13800005678"}, "last"),
    ],
)
def test_a_fault_of_a_vendor(sandbox, served, fault, system, endpoint, sent, key):
    served.ask(endpoint, sent)  # its token is at hand
    sandbox.ask("PUT", "/_sandbox/faults", json.dumps({system: {"fault": fault}}))
    try:
        answer, degraded = served.ask(endpoint, sent)
    finally:
        sandbox.ask("DELETE", "/_sandbox/faults")
    failed = dict(part.split("=") for part in (degraded or "").split("; ") if part)
    assert set(failed.values()) <= {"error"}
    assert bool(failed) == (FAILS[fault] == "error")
    if key == "s":
        assert answer["s"] == FAILS[fault]
    wait_until_well(served, endpoint, sent)


def wait_until_well(served: Server, endpoint: str, sent: Any) -> None:
    """One answer that counts: the breaker wants five failures in a row."""
    assert served.ask(endpoint, sent)[1] is None


def test_a_token_that_ends_in_the_middle_is_renewed_once(sandbox, served):
    served.ask("sobot", {"id": "c-3"})
    sandbox.tokens()  # somebody else's token voids ours
    sandbox.reset()
    with ThreadPoolExecutor(20) as callers:
        people = [{"id": "c-3"} if n % 2 else {"id": f"c-{n}"} for n in range(30)]
        answers = list(callers.map(lambda sent: served.ask("sobot", sent), people))
    assert {degraded for _, degraded in answers} == {None}
    requests = sandbox.ask("GET", "/_sandbox/requests").json["requests"]
    assert sum(request["path"] == "/sobot/api/get_token" for request in requests) == 1


def test_an_oauth2_token_that_ends_in_the_middle_is_renewed_once(upstream, served):
    served.ask("auth", {})
    before = upstream.tokens
    upstream.good = "another"
    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: served.ask("auth", {}), range(30)))
    assert {answer["oauth"] for answer, _ in answers} == {"/secure"}
    assert upstream.tokens == before + 1
    assert upstream.grants[0] == (
        "Basic YytpZDpzJTJGZWM=",
        "grant_type=client_credentials&scope=a+b",
    )
