"""Runs ``ivrhooks serve``: gunicorn as process manager over the ASGI server."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from collections.abc import Mapping
from typing import Any

from gunicorn.app.base import BaseApplication

from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.log.telemetry import configure_logging
from ivrhooks.config.compile.access.exposure import is_loopback
from ivrhooks.observe.snapshots import server_name
from ivrhooks.server import gunicorn_hooks
from ivrhooks.server.asgi import AsgiApp
from ivrhooks.server.banner import announce_console
from ivrhooks.server.reload.config_store import FOLDER_VARIABLE, ConfigStore
from ivrhooks.server.worker import HttpWorker

_logger = logging.getLogger("ivrhooks.server.exposure")


def announce(arbiter: Any) -> None:
    """Print the console's link, and log the addresses and the configuration."""
    configuration = arbiter.app.config_store.current
    announce_console(configuration, arbiter.LISTENERS)
    arbiter.log.info(
        "answering at %s, configuration %s, endpoints: %d",
        " and ".join(map(str, arbiter.LISTENERS)),
        configuration.fingerprint,
        len(configuration.plans),
    )


SETTINGS: dict[str, Any] = {
    "worker_class": HttpWorker,
    "logger_class": gunicorn_hooks.ServerLog,
    "timeout": 30,
    "graceful_timeout": 30,
    "keepalive": 75,
    "backlog": 2048,
    "forwarder_headers": "",
    "control_socket_disable": True,
    "proc_name": "ivrhooks",
    "when_ready": announce,
    "on_starting": gunicorn_hooks.on_starting,
    "on_reload": gunicorn_hooks.on_reload,
    "pre_fork": gunicorn_hooks.pre_fork,
}


class Server(BaseApplication):  # type: ignore[misc]
    """The service as a gunicorn application."""

    def __init__(
        self,
        config_store: ConfigStore,
        settings: dict[str, Any],
        *,
        delivers: bool = True,
    ) -> None:
        self.config_store = config_store
        self._delivers = delivers
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**SETTINGS, **self._settings}.items():
            self.cfg.set(name, value)

    def load(self) -> AsgiApp:
        """Make the app; called in each worker, after the fork."""
        app = AsgiApp(self.config_store)
        app.recorder.server = server_name(os.getppid())
        app.recorder.actions.delivers = self._delivers
        return app


def serve(
    config: str | None,
    host: str,
    port: int,
    workers: int,
    level: str = "INFO",
    *,
    delivers: bool = True,
) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit status.

    A refused configuration is printed, one problem a line; the status is 1 and nothing
    is started. The same holds for an address that cannot be bound. ``delivers``: the
    workers deliver the actions.
    """
    configure_logging(level)
    try:
        config_store = ConfigStore.open(config)
    except ConfigError as refused:
        for problem in refused.problems:
            sys.stderr.write(f"{problem}\n")
        return 1
    if (trouble := unusable(host, port, os.environ)) != "":
        sys.stderr.write(f"{trouble}\n")
        return 1
    if not is_loopback(host):
        for exposure in config_store.current.exposures:
            _logger.warning("%s:%d: %s", exposure.file, exposure.line, exposure.message)
    os.environ[FOLDER_VARIABLE] = config_store.folder
    place = f"[{host}]" if ":" in host else host
    settings = {"bind": f"{place}:{port}", "workers": workers}
    settings["loglevel"] = level.lower()
    server = Server(config_store, settings, delivers=delivers)
    try:
        server.run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def unusable(host: str, port: int, environ: Mapping[str, str]) -> str:
    """Return why the address cannot be bound and what to do, or "" where it can.

    Returns "" too where systemd or gunicorn's own upgrade hands in the sockets.
    """
    if "LISTEN_FDS" in environ or "GUNICORN_FD" in environ:
        return ""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as problem:
        where = f"{host}, port {port}"
        if problem.errno == errno.EADDRINUSE:
            return f"{where} is taken. Try another: ivrhooks serve --port {port + 1}"
        return f"Cannot listen at {where}: {problem.strerror or problem}"
    return ""
