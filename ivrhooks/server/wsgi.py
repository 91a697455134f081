"""The WSGI server in an event loop: the whole Flask app, without a thread per client.

The view of a data request runs in the loop and waits there for the engine. The pages,
which read files and databases, run in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from greenlet import getcurrent, greenlet

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.route import Route
from ivrhooks.server.engine_runner import ThreadRunner
from ivrhooks.server.pages.address import listening_address
from ivrhooks.server.pages.app import ANSWER, ENGINE, ROUTE
from ivrhooks.server.pages.bridge import Reply, call, environ_of
from ivrhooks.server.service import Service

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol

T = TypeVar("T")

MAX_IDLE = 64
"""How many idle greenlets are kept for further calls."""


class WsgiApp(Service):
    """The service over the Flask app of ``wsgi.py``, or over your own app around it."""

    def __init__(self, app: Flask) -> None:
        runner: ThreadRunner = app.extensions[ENGINE]
        self._app = app
        self._greenlets = Greenlets()
        super().__init__(runner.config_store, runner.recorder, lambda: self._page)

    def _page(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a path that is no endpoint; the app need not match it again."""
        environ[ROUTE] = None
        return self._app(environ, start_response)

    def serve(
        self, route: Route, request: HttpRequest, connection: HttpProtocol
    ) -> None:
        environ = environ_of(request, listening_address(connection.transport))
        environ[ENGINE], environ[ROUTE] = InlineRunner(self.dispatcher), route
        if "wsgi_app" not in self._app.__dict__:  # no middleware needs it
            environ[ANSWER] = None
        self._greenlets.spawn(
            partial(call, self._app, environ), partial(_reply, environ, connection)
        )


def _reply(environ: dict[str, Any], connection: HttpProtocol, reply: Reply) -> None:
    answer: Answer | None = environ.get(ANSWER)
    if answer is not None:
        connection.answered(answer)
    else:
        connection.replied(*reply)


class InlineRunner:
    """Gives views the engine of the loop they run in, as a ThreadRunner does for
    threads."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def dispatcher(self) -> Dispatcher:
        """Return the dispatcher of the moment when the request came."""
        return self._dispatcher

    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer:
        """Return the engine's answer; never raises, and keeps the deadline."""
        begin = partial(dispatcher.dispatch, route, request)
        answer: Answer = wait(begin)
        return answer


# A view waits in a greenlet of its own, as in SQLAlchemy's asyncio layer.


class Running(greenlet):
    """A greenlet that makes one call after another, each in a context of its own.

    It is reused: for a new greenlet the kernel would map and unmap its frames, which
    costs more than all of Flask.
    """

    def __init__(self) -> None:
        super().__init__(self._run)
        self.busy = False
        self.call: Callable[[], Any] = _nothing
        self.done: Callable[[Any], None] = _nothing

    def _run(self) -> None:
        while True:
            result = self.call()
            self.busy = False
            self.leave(result)

    def resume(self) -> None:
        """Continue until the call waits again or ends."""
        self.parent = getcurrent()  # control returns here, whoever started it
        result = self.switch()
        if not self.busy:
            self.done(result)

    def leave(self, result: Any = None) -> None:
        """Return control to whoever started or resumed the greenlet."""
        if self.parent is not None:
            self.parent.switch(result)


class Greenlets:
    """Runs calls in greenlets and keeps idle ones for reuse."""

    def __init__(self) -> None:
        self._idle: list[Running] = []

    def spawn(self, call: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run ``call``, which must not raise.

        ``done`` gets its result: before this function returns if the call waits for
        nothing, else later from the loop.
        """
        running = self._idle.pop() if self._idle else Running()

        def end(result: T) -> None:
            if len(self._idle) < MAX_IDLE:
                running.call = running.done = _nothing
                self._idle.append(running)
            done(result)

        running.gr_context = Context()
        running.busy, running.call, running.done = True, call, end
        running.resume()


def _nothing(*_: Any) -> None:
    """Stand in for a call that has ended."""


def wait(begin: Callable[[Callable[[T], None]], object]) -> T:
    """Call ``begin`` with a callback, and return the value that the callback gets.

    Must run below the ``call`` of ``spawn``; raises RuntimeError elsewhere.
    """
    here = getcurrent()
    if not isinstance(here, Running):
        raise RuntimeError("there is no loop to wait in: call it below spawn")
    results: list[T] = []
    waiting = False

    def wake(value: T) -> None:
        results.append(value)
        if waiting:
            here.resume()

    begin(wake)
    if not results:
        waiting = True
        here.leave()
    return results[0]
