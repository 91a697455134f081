"""The worker process of ``gunicorn wsgi:app``: the Flask app in an event loop.

gunicorn's own workers answer HTML to what they cannot read, wait for ever for a head or
a body that dribbles in, and give each caller who waits a thread.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from ivrhooks.web.books import Books
from ivrhooks.web.express_protocol import ExpressProtocol
from ivrhooks.web.express_worker import ExpressWorker
from ivrhooks.web.flask_door import FlaskDoor
from ivrhooks.web.greeting import tell_console
from ivrhooks.web.workers import server_name

LAST_SECONDS = 0.25
PARENT_SECONDS = 1.0


class FlaskProtocol(ExpressProtocol):
    """Workers come and go (HUP, ``max_requests``): where one ends, a caller who has
    just connected, or whose next request is under way, is still answered. uvicorn hangs
    up at once on whoever waits for no answer."""

    _ending = False

    def shutdown(self) -> None:
        """Called once, when the worker ends."""
        if self.cycle is None or self.cycle.response_complete:
            self._ending = True
            self.loop.call_later(LAST_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._ending and self.cycle is not None:
            self.cycle.keep_alive = False


class FlaskWorker(ExpressWorker):
    """The worker that gunicorn.conf.py names. ``wsgi`` is the Flask app."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - uvicorn_worker's own name
        **ExpressWorker.CONFIG_KWARGS,
        "http": FlaskProtocol,
    }

    def door(self) -> FlaskDoor:
        door = FlaskDoor(self.wsgi)
        books: Books = door.books
        books.server = server_name(self.ppid)
        if self.age == 1:  # one of them says it for all
            tell_console(books.configuration, self.sockets)
        return door

    async def _serve(self) -> None:
        self._mind_parent()
        await super()._serve()

    def _mind_parent(self) -> None:
        """Ends with a master that was killed, as gunicorn's own workers do: the next
        one could not have its address."""
        if os.getppid() != self.ppid:
            self.log.warning("the master is gone, this worker ends")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        asyncio.get_running_loop().call_later(PARENT_SECONDS, self._mind_parent)
