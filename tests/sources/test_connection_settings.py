"""What a source's YAML says of the way to it is what happens on the wire."""

from __future__ import annotations

import asyncio
import shlex
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvloop

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import open_engine
from ivrhooks.config.loader import load
from ivrhooks.resilience.deadline import Deadline
from support.ports import free_port

ROOT = """\
version: 1
caller: generic
deadline: 10s
sources:
  crm:
    kind: http
    base_url: https://127.0.0.1:{port}
{more}
"""
ENDPOINT = """\
endpoint: vip
path: /vip
format: query
inputs: {tel: {type: string}}
lookups:
  it: {source: crm, request: {path: "/c/{{ inputs.tel }}"}}
outputs:
  level: {type: int, value: "{{ it.level }}", default: 0}
  status: {type: string, value: "{{ lookups.it.status }}", default: ""}
"""
TLS = "    tls: {ca: ca.pem, cert: me.pem, key: me.key}\n"
BODY = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"level":7}'


@dataclass
class Crm:
    """A customer system on OpenSSL that wants a client certificate."""

    port: int
    heads: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)


@contextmanager
def running(folder: Path) -> Iterator[Crm]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "crm.pem", folder / "crm.key")
    tls.load_verify_locations(folder / "ca.pem")
    tls.verify_mode = ssl.CERT_REQUIRED

    def answers() -> None:
        with suppress(OSError):
            while True:
                Thread(target=serve, args=listener.accept()[:1], daemon=True).start()

    def serve(plain: socket.socket) -> None:
        secured = tls.wrap_socket(plain, True, do_handshake_on_connect=False)
        with secured, suppress(OSError):
            with suppress(ssl.SSLError):
                secured.do_handshake()
                subject: Any = secured.getpeercert()
                seen.clients.append(subject["subject"][0][0][1])
                while head := secured.recv(65536):
                    seen.heads.append(head.decode())
                    secured.sendall(BODY)
            secured.shutdown(socket.SHUT_WR)
            while secured.recv(65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen = Crm(listener.getsockname()[1])
        Thread(target=answers, daemon=True).start()
        yield seen
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new = "openssl req -x509 -newkey rsa:2048 -nodes -days 2"
    signed = f"{new} -CA ca.pem -CAkey ca.key"
    for words in (
        f"{new} -subj '/CN=Our own CA' -keyout ca.key -out ca.pem",
        f"{signed} -subj /CN=crm -addext subjectAltName=IP:127.0.0.1 "
        "-keyout crm.key -out crm.pem",
        f"{signed} -subj /CN=ivrhooks -keyout me.key -out me.pem",
    ):
        subprocess.run(
            shlex.split(words), cwd=tmp_path, check=True, capture_output=True
        )
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "endpoints" / "vip.yaml").write_text(ENDPOINT)
    return tmp_path


def answers_of(folder: Path, port: int, more: str, times: int = 1) -> list[Answer]:
    (folder / "ivrhooks.yaml").write_text(ROOT.format(port=port, more=more))
    configuration = load(folder, environ={})
    plan = configuration.by_name("vip")
    assert plan is not None

    async def story() -> list[Answer]:
        engine = await open_engine(configuration)
        clock = asyncio.get_running_loop().time
        try:
            return await asyncio.gather(
                *(
                    engine.answer(
                        plan,
                        DataRequest(
                            "GET", "/vip", f"id-{number}", query={"tel": str(number)}
                        ),
                        Deadline.after(10.0, clock),
                    )
                    for number in range(times)
                )
            )
        finally:
            await engine.close()

    return uvloop.run(story())


def test_a_client_certificate_is_shown_and_the_request_named(folder: Path) -> None:
    with running(folder) as crm:
        [answer] = answers_of(folder, crm.port, TLS)
        assert answer.body == b'{"level":7,"status":"ok"}'
        assert crm.clients == ["ivrhooks"]
        assert "x-request-id: id-0\r\n" in crm.heads[0].lower()
        [answer] = answers_of(folder, crm.port, TLS + "    request_id: none\n")
        assert answer.body == b'{"level":7,"status":"ok"}'
        assert "x-request-id" not in crm.heads[1].lower()


def test_without_a_certificate_the_trace_names_the_servers_wish(folder: Path) -> None:
    with running(folder) as crm:
        [answer] = answers_of(folder, crm.port, "    tls: {ca: ca.pem}\n")
        assert answer.body == b'{"level":0,"status":"error"}'
        trace = str(answer.trace)
        assert "the server asked for a client certificate" in trace


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_a_proxy_opens_the_way_and_is_named_where_it_does_not(
    folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    config = f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nLogLevel Connect\n"
    (tmp_path / "proxy.conf").write_text(f'{config}LogFile "{tmp_path}/proxy.log"\n')
    way = f"{TLS}    proxy: http://127.0.0.1:{port}\n"
    process = subprocess.Popen(["tinyproxy", "-d", "-c", str(tmp_path / "proxy.conf")])
    try:
        with running(folder) as crm:
            while not listens(port):
                assert process.poll() is None
            [answer] = answers_of(folder, crm.port, way)
            assert answer.body == b'{"level":7,"status":"ok"}'
            assert (
                f"CONNECT 127.0.0.1:{crm.port}" in (tmp_path / "proxy.log").read_text()
            )
    finally:
        process.kill()  # SIGTERM has left it running once
        process.wait()
    [answer] = answers_of(folder, 1, way)
    assert f"no connection to the proxy 127.0.0.1 port {port}" in str(answer.trace)


def test_requests_over_the_rate_are_busy(folder: Path) -> None:
    with running(folder) as crm:
        rate = TLS + "    rate_limit: 5/s\n"
        statuses = [a.body for a in answers_of(folder, crm.port, rate, times=9)]
        assert statuses.count(b'{"level":7,"status":"ok"}') >= 5
        assert b'{"level":0,"status":"busy"}' in statuses
