"""A worker process of ``serve``: uvicorn on uvloop and httptools, under gunicorn."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from uvicorn_worker import UvicornWorker

from ivrhooks.web.express import ExpressDoor
from ivrhooks.web.express_protocol import ExpressProtocol


class ExpressWorker(UvicornWorker):  # type: ignore[misc]
    """Serves an ExpressDoor. HUP reads the configuration again, in place."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - uvicorn_worker's own name
        "loop": "uvloop",
        "http": ExpressProtocol,
        "ws": "none",
        "lifespan": "on",
        "interface": "asgi3",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
    }

    def init_signals(self) -> None:
        super().init_signals()
        # Until the loop has its own handler: the default would end the process.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def _serve(self) -> None:
        door = self.wsgi
        if isinstance(door, ExpressDoor):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, door.reload)
        await super()._serve()
