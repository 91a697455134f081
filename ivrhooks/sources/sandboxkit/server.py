"""Runs the sandbox as a server of its own, ended by SIGTERM or Ctrl-C.

It uses Uvicorn in one process. Faults need hundreds of hanging connections at once and
access to the socket; a threaded worker would need a thread for each.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.data_file import DataError
from ivrhooks.sources.sandboxkit.fault_app import FaultApp


class Protocol(HttpToolsProtocol):
    """Puts the connection into the scope's state, for ``FaultApp``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio sets TCP_NODELAY only for sockets that name their protocol; otherwise
        # an answer in two pieces waits 40 ms for an acknowledgement.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class SandboxServer(uvicorn.Server):
    """Uvicorn's server; it ends hanging requests before it waits for the others."""

    def __init__(self, app: Any) -> None:
        self.app = FaultApp(app)
        config = uvicorn.Config(
            self.app,
            http=Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=1024,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more requests, end all waits, and finish the running answers."""
        self.app.stop()
        await super().shutdown(sockets)
        self.app.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def serve_sandbox(
    host: str,
    port: int,
    data_file: str | Path | None = None,
    descriptor: int | None = None,
) -> int:
    """Run all sandboxes until SIGTERM or Ctrl-C and return the exit status.

    ``descriptor``: an inherited socket that listens already, instead of an address.

    It is 1 where the data file or the address cannot be used. A line on standard error
    then says why.
    """
    try:
        app = create_sandbox_app(data_file)
    except DataError as error:
        return _refuse(str(error))
    except (OSError, SQLAlchemyError) as error:
        return _refuse(f"the data folder (IVRHOOKS_DATA) cannot be used: {error}")
    try:
        if descriptor is None:
            listener = listen(host, port)
        else:
            listener = socket.socket(fileno=descriptor)
    except OSError as error:
        return _refuse(f"cannot listen on {host}:{port}: {error.strerror or error}")
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Sandbox on http://{shown}:{port} (Ctrl-C stops it)\n")
    sys.stdout.flush()
    server = SandboxServer(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again after it has stopped, which would end this
        # process
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
    return 0


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1
