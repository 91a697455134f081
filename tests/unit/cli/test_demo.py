"""``ivrhooks demo``: one command, and Ctrl-C stops all."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.cli.children import free_port
from ivrhooks.cli.demo import curl, examples, explain_command, sample
from ivrhooks.cli.folder import load_plan, shipped_folder
from ivrhooks.config.loader import load
from ivrhooks.config.parameter import Parameter
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.sync import SyncTransport

pytestmark = pytest.mark.long

Run = Callable[..., Result]


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The demo as people run it, from its start to its end."""
    command = [sys.executable, "-m", "ivrhooks", "demo", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def until_up(process: subprocess.Popen[str]) -> str:
    """What it printed until it was up."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "masked" in line:
            break
    return printed


@contextmanager
def demo(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running demo, and what it printed until it was up."""
    with started(*arguments) as process:
        yield process, until_up(process)


def get(url: str, token: str = "") -> tuple[int, object]:
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    transport = SyncTransport()
    try:
        request = Request("GET", url, headers)
        response = transport.send(request, timeout=60.0, limit=100_000)
    finally:
        transport.close()
    return response.status, json.loads(response.body)


def ask(command: str) -> int:
    """The status that a curl command would get."""
    words = iter(shlex.split(command)[1:])
    headers, body, url = [], None, ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers.append((name, value))
        elif word == "-d":
            body = next(words).encode()
        else:
            url = word
    if body is not None and not headers:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    request = Request("GET" if body is None else "POST", url, tuple(headers), body)
    transport = SyncTransport()
    try:
        return transport.send(request, timeout=60.0, limit=10_000).status
    finally:
        transport.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_serves_its_printed_urls_until_stopped(number: int) -> None:
    with demo("--port", "0") as (process, printed):
        assert "The demo is up" in printed
        server, sandbox = re.findall(r"(?:server|sandbox) +(http\S+)", printed)
        status, body = get(f"{server}/api/system/customer?tel=13800000001")
        assert status == 200
        assert isinstance(body, dict) and body["isVip"] == 1
        assert get(f"{sandbox}/healthz")[0] == 200
        token = re.findall(r"console +\S+/_console/\?token=(\S+)", printed)[0]
        assert get(f"{server}/_console/api/status")[0] == 401
        assert get(f"{server}/_console/api/status", token)[0] == 200
        commands = [line for line in printed.splitlines() if "  curl " in line]
        assert [ask(command) for command in commands] == [200, 200, 200]
        os.kill(process.pid, number)
        assert process.wait(60) == 0
        for url in (server, sandbox):
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 1)


def test_two_that_start_at_once_have_a_sandbox_each() -> None:
    port = str(free_port())
    with ExitStack() as stack:
        starting = [
            stack.enter_context(started("--port", "0", "--sandbox-port", port))
            for _ in range(2)
        ]
        printed = [until_up(process) for process in starting]
        sandboxes = [re.findall(r"sandbox +(http\S+)", text)[0] for text in printed]
        assert f"http://127.0.0.1:{port}" in sandboxes
        assert len(set(sandboxes)) == 2
        assert [get(f"{url}/healthz")[0] for url in sandboxes] == [200, 200]


def test_a_port_in_use_is_reported_with_its_remedy(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("demo", "--port", port)
    assert done.exit_code == 1
    assert f"Port {port} is taken. Try: ivrhooks demo --port 8081" in done.stderr


def test_a_refused_configuration_is_reported_before_the_start(
    run: Run, broken: Path
) -> None:
    done = run("demo", "--port", "0", "--config", broken)
    assert done.exit_code == 1
    assert "endpoints/vip.yaml:" in done.stdout


def test_the_examples_are_one_of_each_format() -> None:
    lines = examples(load(shipped_folder(), environ={}), "http://127.0.0.1:8080")
    assert lines == [
        "curl 'http://127.0.0.1:8080/api/system/customer?tel=13800000001'",
        "curl -d tel=13800000001 http://127.0.0.1:8080/api/emergency-closure",
        "curl -H 'Content-Type: application/json' -d '{\"tel\": \"13800000001\"}' "
        "http://127.0.0.1:8080/api/callback-desk",
    ]


def test_no_example_tells_a_secret(folder: Path) -> None:
    lines = examples(load(folder, environ={}), "http://127.0.0.1:8080")
    assert "k-7" not in "".join(lines)
    assert [line.partition(" ")[0] for line in lines] == ["curl", "ivrhooks", "curl"]
    probe = f"ivrhooks probe .* --config {folder} --url=http://127.0.0.1:8080"
    assert re.fullmatch(probe, lines[1])


def test_it_says_how_to_see_where_values_come_from() -> None:
    shipped = load(shipped_folder(), environ={})
    usual = explain_command(shipped, "http://127.0.0.1:8090")
    assert usual.startswith("ivrhooks explain ")
    assert usual.endswith(f" tel=13800000001 --config {shipped.folder}")
    other = explain_command(shipped, "http://127.0.0.1:9")
    assert other == f"IVRHOOKS_SANDBOX_URL=http://127.0.0.1:9 {usual}"
    assert explain_command(replace(shipped, plans={}), "http://127.0.0.1:8090") == ""


def test_names_with_blanks_and_headers_are_quoted() -> None:
    plan = load_plan(shipped_folder(), "vendor-example-form")[1]
    words = shlex.split(curl(plan, "http://127.0.0.1:8080"))
    assert words == [
        *("curl", "-H", "Custom-Header1: text", "-H", "Custom-Header2: text"),
        *("-d", "Custom+params+1=text&Custom+params+2=text"),
        "http://127.0.0.1:8080/api/vendor-example-form",
    ]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter("tel", "string", "input", format="phone"), "13800000001"),
        (Parameter("queue", "string", "input", enum=("sales",)), "sales"),
        (Parameter("n", "int", "input", min=5), "5"),
        (Parameter("n", "int", "input"), "1"),
        (Parameter("s", "string", "input"), "text"),
    ],
)
def test_a_sample_is_a_value_that_is_taken(parameter: Parameter, value: str) -> None:
    assert sample(parameter) == value
