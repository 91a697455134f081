"""The sandbox as a process: starts, says where it is, ends with status 0."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

START = (
    "import sys; from ivrhooks.sources.sandboxkit.server import serve_sandbox;"
    "sys.exit(serve_sandbox('127.0.0.1', int(sys.argv[1]), *sys.argv[2:]))"
)


@pytest.fixture
def start(tmp_path, monkeypatch):
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "state"))
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def url_of(process):
    line = process.stdout.readline()
    return re.search(r"http://[0-9.:]+", line)[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_hung_requests_or_not(start, number):
    process = start(0)
    url = url_of(process)
    dial = urllib.request.Request(
        f"{url}/_sandbox/faults", b'{"sobot": {"fault": "hang"}}', method="PUT"
    )
    assert urllib.request.urlopen(dial, timeout=60).status == 200
    port = int(url.rpartition(":")[2])
    hung = socket.create_connection(("127.0.0.1", port), 60)
    hung.sendall(b"GET /sobot/x HTTP/1.1\r\nHost: x\r\n\r\n")
    with urllib.request.urlopen(f"{url}/healthz", timeout=60) as answer:
        assert answer.status == 200
    process.send_signal(number)
    assert process.wait(60) == 0
    assert hung.recv(1) == b""
    hung.close()
    assert process.stderr.read() == ""


def test_state_outlives_a_restart_with_the_same_data(start, tmp_path):
    for expected in (0, 1):
        process = start(0)
        url = url_of(process)
        base = f"{url}/omicrm/api"
        with urllib.request.urlopen(f"{base}/auth?apiKey=k", timeout=60) as answer:
            token = re.search(rb'"access_token": ?"([^"]+)"', answer.read())[1].decode()
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        def ask(path, body, base=base, sent=sent):
            request = urllib.request.Request(base + path, body, sent)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()

        contacts = ask("/contacts/list", b'{"keyword": "Restart Person"}')
        assert contacts.count(b'"Restart Person"') >= expected
        assert (b'"total_items":%d' % expected) in contacts.replace(b" ", b"")
        ask(
            "/contacts/add",
            b'{"fullName": "Restart Person", "phones": [{"data": "0905777666"}]}',
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_an_unusable_data_file_is_reported(start, tmp_path):
    path = tmp_path / "data.yaml"
    path.write_text("sobto: {}")
    process = start(0, path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err.strip().endswith("section 'sobto' is not known; did you mean 'sobot'?")


def test_a_port_in_use_is_reported(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(port)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err


def test_an_unusable_data_folder_is_reported(start, tmp_path):
    (tmp_path / "state").write_text("a file, no folder")
    process = start(0)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("the data folder (IVRHOOKS_DATA) cannot be used")
    assert err.count("\n") == 1
