"""The worker process of ``gunicorn wsgi:app``: the Flask app in an event loop.

gunicorn's own workers answer malformed requests in HTML, wait for ever for a slow head
or body, and give each waiting caller a thread.
"""

from __future__ import annotations

from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.observe.snapshots import server_name
from ivrhooks.server.banner import tell_console
from ivrhooks.server.worker import HttpWorker
from ivrhooks.server.wsgi import WsgiApp


class WsgiWorker(HttpWorker):
    """The worker that gunicorn.conf.py names. ``wsgi`` is the Flask app."""

    def service(self) -> WsgiApp:
        service = WsgiApp(self.wsgi)
        recorder: RequestRecorder = service.recorder
        recorder.server = server_name(self.ppid)
        if self.age == 1:  # one of them says it for all
            tell_console(recorder.configuration, self.sockets)
        return service
