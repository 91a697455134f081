"""A worker process: uvicorn on uvloop and httptools, under gunicorn."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any

from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker

from ivrhooks.basics.telemetry import logging_config
from ivrhooks.server.asgi import AsgiApp
from ivrhooks.server.gc_tuning import settle
from ivrhooks.server.protocol import HttpProtocol

ENDINGS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP})
"""Held back from a worker until it knows what to do with them."""

PARENT_SECONDS = 1.0

DOORWAYS = 4
"""How often a worker listens at each of its addresses: in a turn of the loop libuv
takes in one caller at each, and whoever else has come waits outside for the next."""


class AsgiWorker(UvicornWorker):  # type: ignore[misc]
    """Serves an AsgiApp. HUP reads the configuration again, in place."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - uvicorn_worker's own name
        "loop": "uvloop",
        "http": HttpProtocol,
        "ws": "none",
        "lifespan": "on",
        "interface": "asgi3",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # uvicorn_worker has given it the level of gunicorn's
        lines = logging_config(self.cfg.loglevel.upper())["loggers"]["uvicorn.error"]
        logging.getLogger("uvicorn.error").setLevel(lines["level"])

    def init_signals(self) -> None:
        super().init_signals()
        # Until the loop has its own handler: the default would end the process.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    def door(self) -> AsgiApp:
        """The ASGI app that is served."""
        door: AsgiApp = self.wsgi
        return door

    async def _serve(self) -> None:
        """As uvicorn_worker's, but QUIT reaches the server (there it is lost, and
        Ctrl-C while a worker starts takes 30 s), and so does HUP."""
        door = self.door()
        settle()
        self.config.app = door
        server = Server(config=self.config)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(
            signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None
        )
        loop.add_signal_handler(signal.SIGHUP, door.reload)
        self._mind_parent()
        await server.serve(sockets=duplicate_listeners(self.sockets))
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def _mind_parent(self) -> None:
        """Ends with a master that was killed, as gunicorn's own workers do: the next
        one could not have its address."""
        if os.getppid() != self.ppid:
            self.log.warning("the master is gone, this worker ends")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        asyncio.get_running_loop().call_later(PARENT_SECONDS, self._mind_parent)


def duplicate_listeners(listeners: Iterable[Any]) -> list[Any]:
    """``listeners`` (of gunicorn), and other descriptors of the same ones."""
    return [
        doorway
        for listener in listeners
        for doorway in (listener, *(listener.dup() for _ in range(DOORWAYS - 1)))
    ]
