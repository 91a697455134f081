"""What tests of the transport need: a pool on each of the event loops."""

from __future__ import annotations

import asyncio
import shlex
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ivrhooks.sources.transport.pool import ConnectionPool

Story = Callable[[ConnectionPool], Awaitable[None]]


@pytest.fixture(params=[asyncio, uvloop], ids=["asyncio", "uvloop"])
def in_loop(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Runs a story with a pool, in the loop of the standard library and in ours."""
    loops: Any = request.param

    def run(story: Story, **how: Any) -> None:
        async def with_pool() -> None:
            pool = ConnectionPool(**how)
            try:
                await story(pool)
            finally:
                await pool.close()

        loops.run(with_pool())

    return run


@dataclass(frozen=True)
class Authority:
    """A folder with an authority ``ca.pem``, and what it has signed: ``server`` for
    127.0.0.1 and crm.example, ``me`` for a client; ``stranger`` is signed by nobody."""

    folder: Path

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def server(self, *, asks: bool = False, tls13: bool = True) -> ssl.SSLContext:
        """A real server's side; ``asks``: it wants a client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("server.pem"), self.file("server.key"))
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file("ca.pem"))
        if not tls13:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")

    def openssl(words: str) -> None:
        command = ["openssl", *shlex.split(words)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    new = "req -x509 -newkey rsa:2048 -nodes -days 2"
    openssl(f"{new} -subj '/CN=Our own CA' -keyout ca.key -out ca.pem")
    openssl(f"{new} -subj /CN=stranger -keyout stranger.key -out stranger.pem")
    names = "subjectAltName=IP:127.0.0.1,DNS:crm.example"
    for name, more in (("server", f"-addext {names}"), ("me", "")):
        openssl(
            f"{new} -CA ca.pem -CAkey ca.key -subj /CN={name} {more} "
            f"-keyout {name}.key -out {name}.pem"
        )
    openssl("pkey -in me.key -aes256 -passout pass:x -out locked.key")
    both = (folder / "me.pem").read_text() + (folder / "me.key").read_text()
    (folder / "both.pem").write_text(both)
    (folder / "empty.pem").write_text("nothing\n")
    return Authority(folder)
