"""The WSGI server in an event loop: the whole Flask app, and no thread for each caller.

A data request's view runs in the loop, and waits there for the engine; the pages, which
read files and databases, keep threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from greenlet import getcurrent, greenlet

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Dispatcher, Route
from ivrhooks.http.request import HttpRequest
from ivrhooks.server.engine_runner import ENGINE, ThreadRunner
from ivrhooks.server.pages.bridge import Reply, call, environ_of
from ivrhooks.server.service import Service

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol

T = TypeVar("T")


class WsgiApp(Service):
    """The service over the Flask app of ``wsgi.py``, or one of your own around it."""

    def __init__(self, app: Flask) -> None:
        runner: ThreadRunner = app.extensions[ENGINE]
        self._app = app
        super().__init__(runner.config_store, runner.recorder, lambda: self._page)

    def _page(self, environ: dict[str, Any], start_response: Any) -> Any:
        """What is no endpoint; the view of the endpoints need not look again."""
        environ[ENGINE] = None
        return self._app(environ, start_response)

    def serve(
        self, route: Route, request: HttpRequest, connection: HttpProtocol
    ) -> None:
        environ = environ_of(request, connection.address)
        environ[ENGINE] = InlineRunner(self.dispatcher)
        spawn(partial(call, self._app, environ), partial(_reply, connection))


def _reply(connection: HttpProtocol, reply: Reply) -> None:
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
    """A greenlet that hands its result on when it ends."""

    def __init__(self, call: Callable[[], Any], done: Callable[[Any], None]) -> None:
        super().__init__(call)
        self.done = done

    def resume(self, *value: Any) -> None:
        """Goes on until it waits again, or ends."""
        self.parent = getcurrent()  # it comes back here, whoever started it
        result = self.switch(*value)
        if self.dead:
            self.done(result)

    def leave(self) -> None:
        """Lets whoever started or resumed it go on."""
        if self.parent is not None:
            self.parent.switch()


def spawn(call: Callable[[], T], done: Callable[[T], None]) -> None:
    """Runs ``call``, which must not raise. ``done`` gets its result: before this
    returns where it waits for nothing, else later from the loop."""
    Running(call, done).resume()


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
