"""Holds what one process answers with: a dispatcher, a config watcher and the pages.

Both servers and both kinds of event loop (a worker's own, a thread's) run one of these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from ivrhooks.answering.engine import Pending
from ivrhooks.http.dispatcher import Dispatcher, open_dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.route import Route
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.pages.address import listening_address
from ivrhooks.server.pages.bridge import PageThreads, WsgiCallable
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.server.reload.config_watch import ConfigWatcher

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol


class Service:
    """Answers data requests and pages in the event loop in which it is opened."""

    def __init__(
        self,
        config_store: ConfigStore,
        recorder: RequestRecorder,
        pages: Callable[[], WsgiCallable] | None = None,
    ) -> None:
        """``pages`` makes the WSGI app for every path that is no endpoint; None where
        no page is served. ``match`` returns the endpoint of a path as received."""
        self.config_store = config_store
        self.recorder = recorder
        self._dispatcher: Dispatcher | None = None
        self.match: Callable[[bytes], Route | None] = self._not_open
        self._dispatch: Callable[..., Pending | None] = self._not_open
        self._abandon: Callable[[Pending], None] = self._not_open
        self._watcher: ConfigWatcher | None = None
        self._make_pages = pages
        self._opening = asyncio.Lock()
        self._made: Any = None
        self._making = Lock()
        self._pages: PageThreads | None = None

    async def open(self) -> Dispatcher:
        """Start to answer; further calls change nothing."""
        async with self._opening:
            if self._dispatcher is None:
                store, recorder = self.config_store, self.recorder
                self._swap(await open_dispatcher(store.current, recorder))
                self._watcher = ConfigWatcher(store, self.dispatcher, self._swap)
                self._watcher.start()
                self.recorder.on_reload = partial(
                    _soon, asyncio.get_running_loop(), self._watcher.check_now
                )
        return self.dispatcher

    @property
    def dispatcher(self) -> Dispatcher:
        """The dispatcher of the current configuration."""
        if self._dispatcher is None:
            self._not_open()
        return self._dispatcher

    def _not_open(self, *_: object) -> NoReturn:
        raise RuntimeError("the service is not open")

    async def close(self) -> None:
        """Stop: write the journal, and deliver or hand back the actions in progress."""
        await self.recorder.actions.stop()
        if self._watcher is not None:
            await self._watcher.close()
        if self._pages is not None:
            self._pages.close()
        self.recorder.close()

    def _swap(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self.match, self._dispatch = dispatcher.match_target, dispatcher.dispatch
        self._abandon = dispatcher.abandon
        self.recorder.follow(dispatcher)

    # --------------------------------------------------- what a connection asks for

    def serve(
        self, route: Route, request: HttpRequest, connection: HttpProtocol
    ) -> Callable[[], None] | None:
        """Start the answer to a data request.

        Returns the function that abandons the answer. Returns None if it is sent
        already or the endpoint stores actions.
        """
        pending = self._dispatch(route, request, connection.answered)
        if pending is None or route.plan.actions:
            return None
        return partial(self._abandon, pending)

    def page(self, request: HttpRequest, connection: HttpProtocol) -> None:
        """Start the answer to a request to any other path."""
        address = listening_address(connection.transport)
        self.pages.run(request, address, lambda r: connection.replied(*r))

    @property
    def pages(self) -> PageThreads:
        """The threads that run the pages."""
        if self._pages is None:
            self._pages = PageThreads(self._page_app)
        return self._pages

    def _page_app(self) -> WsgiCallable:
        with self._making:
            if self._made is None and self._make_pages is not None:
                self._made = self._make_pages()
        app: WsgiCallable = self._made
        return app


def _soon(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    """Run ``work`` in the loop, from any thread; do nothing once the loop has ended."""
    if loop.is_running():
        loop.call_soon_threadsafe(work)
