"""gunicorn's settings for ``ivrhooks.wsgi:app``, for an installation by pip.

``gunicorn -c python:ivrhooks.gunicorn_conf ivrhooks.wsgi:app`` does what ``gunicorn
wsgi:app`` does in a checkout. docs/deployment.md gives the reason of each line.
"""

from __future__ import annotations

import os

from ivrhooks.server import gunicorn_hooks

on_starting = gunicorn_hooks.on_starting
on_reload = gunicorn_hooks.on_reload
pre_fork = gunicorn_hooks.pre_fork

worker_class = "ivrhooks.server.wsgi_worker.WsgiWorker"
logger_class = "ivrhooks.server.gunicorn_hooks.ServerLog"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
backlog = 2048
keepalive = 75
timeout = 30
graceful_timeout = 30
forwarder_headers = ""
control_socket_disable = True
