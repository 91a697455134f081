"""The worker process of ``gunicorn wsgi:app``: the Flask app in an event loop.

gunicorn's own workers answer malformed requests in HTML, wait without limit for a slow
head or body, and use a thread for each waiting client.
"""

from __future__ import annotations

from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.observe.snapshots import server_name
from ivrhooks.server.banner import announce_console
from ivrhooks.server.worker import HttpWorker
from ivrhooks.server.wsgi import WsgiApp


class WsgiWorker(HttpWorker):
    """The worker class that gunicorn.conf.py names. ``wsgi`` is the Flask app."""

    def service(self) -> WsgiApp:
        service = WsgiApp(self.wsgi)
        recorder: RequestRecorder = service.recorder
        recorder.server = server_name(self.ppid)
        if self.age == 1:  # only the first worker prints it
            announce_console(recorder.configuration, self.sockets)
        return service
