"""The WSGI server in an event loop: the whole Flask app, and no thread for each caller.

A data request's view runs in the loop, and waits there for the engine; the pages, which
read files and databases, keep threads.
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
from ivrhooks.server.pages.app import ANSWER, ENGINE, ROUTE
from ivrhooks.server.pages.bridge import Reply, call, environ_of
from ivrhooks.server.service import Service

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol

T = TypeVar("T")

MOST_IDLE = 64
"""Greenlets that wait for a call; more are let go."""


class WsgiApp(Service):
    """The service over the Flask app of ``wsgi.py``, or one of your own around it."""

    def __init__(self, app: Flask) -> None:
        runner: ThreadRunner = app.extensions[ENGINE]
        self._app = app
        self._greenlets = Greenlets()
        super().__init__(runner.config_store, runner.recorder, lambda: self._page)

    def _page(self, environ: dict[str, Any], start_response: Any) -> Any:
        """What is no endpoint; the app need not look again."""
        environ[ROUTE] = None
        return self._app(environ, start_response)

    def serve(
        self, route: Route, request: HttpRequest, connection: HttpProtocol
    ) -> None:
        environ = environ_of(request, connection.address)
        environ[ENGINE], environ[ROUTE] = InlineRunner(self.dispatcher), route
        if "wsgi_app" not in self._app.__dict__:  # no middleware would miss it
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
    """Lends the engine of the loop that the views run in; as a ThreadRunner does."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def dispatcher(self) -> Dispatcher:
        """The one that was asked when the request came."""
        return self._dispatcher

    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer:
        """The engine's answer, which never raises and keeps its deadline."""
        begin = partial(dispatcher.dispatch, route, request)
        answer: Answer = wait(begin)
        return answer


# A view waits in a greenlet of its own, as in SQLAlchemy's asyncio layer.


class Running(greenlet):
    """A greenlet that makes one call after the other, each in a context of its own.

    It outlives its calls: a new one would have the kernel map and unmap its frames,
    which costs more than all of Flask.
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
        """Goes on until it waits again, or its call ends."""
        self.parent = getcurrent()  # it comes back here, whoever started it
        result = self.switch()
        if not self.busy:
            self.done(result)

    def leave(self, result: Any = None) -> None:
        """Lets whoever started or resumed it go on."""
        if self.parent is not None:
            self.parent.switch(result)


class Greenlets:
    """Runs calls in greenlets, of which those that are idle are kept."""

    def __init__(self) -> None:
        self._idle: list[Running] = []

    def spawn(self, call: Callable[[], T], done: Callable[[T], None]) -> None:
        """Runs ``call``, which must not raise. ``done`` gets its result: before this
        returns where it waits for nothing, else later from the loop."""
        running = self._idle.pop() if self._idle else Running()

        def end(result: T) -> None:
            if len(self._idle) < MOST_IDLE:
                running.call = running.done = _nothing
                self._idle.append(running)
            done(result)

        running.gr_context = Context()
        running.busy, running.call, running.done = True, call, end
        running.resume()


def _nothing(*_: Any) -> None:
    """In place of a call that has ended."""


def wait(begin: Callable[[Callable[[T], None]], object]) -> T:
    """Calls ``begin`` with a callback, and returns what that is called with; called
    somewhere below the ``call`` of ``spawn``."""
    here = getcurrent()
    if not isinstance(here, Running):
        raise RuntimeError("there is no loop to wait in: call it below spawn")
    given: list[T] = []
    waiting = False

    def wake(value: T) -> None:
        given.append(value)
        if waiting:
            here.resume()

    begin(wake)
    if not given:
        waiting = True
        here.leave()
    return given[0]
