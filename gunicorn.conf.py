"""What ``gunicorn wsgi:app`` needs to keep the promise; read from the folder it is
started in. Each line's reason: docs/deployment.md."""

from ivrhooks.web.master import on_reload, on_starting, pre_fork  # noqa: F401 - gunicorn takes them

worker_class = "ivrhooks.web.thread_worker.JsonThreadWorker"
logger_class = "ivrhooks.web.server_log.ServerLog"
workers = 2
threads = 256
worker_connections = 2000
backlog = 2048
keepalive = 75
timeout = 30
graceful_timeout = 30
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 16384
forwarder_headers = ""
control_socket_disable = True
