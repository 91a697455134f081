"""What ``gunicorn wsgi:app`` needs to keep the promise; read from the folder it is
started in. Each line's reason: docs/deployment.md."""

import os

from ivrhooks.server.gunicorn_hooks import on_reload, on_starting, pre_fork  # noqa: F401

worker_class = "ivrhooks.server.wsgi_worker.WsgiWorker"
logger_class = "ivrhooks.server.log.ServerLog"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
backlog = 2048
keepalive = 75
timeout = 30
graceful_timeout = 30
forwarder_headers = ""
control_socket_disable = True
