"""gunicorn's hooks and log class for both servers; gunicorn.conf.py names them.

The master loads the configuration before anything starts and keeps the last good one,
as ``ivrhooks serve`` does. So if a worker dies while the files are broken, its
replacement still answers.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from gunicorn.glogging import Logger

from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.log.telemetry import configure_logging
from ivrhooks.server.banner import announce_console
from ivrhooks.server.engine_runner import ThreadRunner
from ivrhooks.server.pages.app import ENGINE
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.server.worker import ENDINGS, HttpWorker, freeze_before_fork

APP_LOAD_ERROR = 4
"""gunicorn's exit status for an application that cannot be loaded."""

_kept: list[ConfigStore] = []  # made in the master, inherited by its workers


def kept_config_store() -> ConfigStore:
    """Return the store of this worker's master, else one opened here. Raises
    ConfigError."""
    return _kept[0] if _kept else ConfigStore.open()


def config_store_or_exit() -> ConfigStore:
    """Return ``kept_config_store()``; print a refused configuration's problems and
    exit."""
    try:
        return kept_config_store()
    except ConfigError as refused:
        for problem in refused.problems:
            sys.stderr.write(f"{problem}\n")
        sys.exit(APP_LOAD_ERROR)


def on_starting(arbiter: Any) -> None:
    """gunicorn's hook: report a refused configuration once, and start nothing."""
    try:
        config_store = _preloaded(arbiter) or config_store_or_exit()
    except SystemExit:
        if arbiter.pidfile is not None:
            arbiter.pidfile.unlink()
        raise
    _kept[:] = [config_store]
    # gunicorn has no hook for what its master does once a second.
    manage_workers = arbiter.manage_workers
    arbiter.manage_workers = partial(_manage, config_store, arbiter, manage_workers)


def _preloaded(arbiter: Any) -> ConfigStore | None:
    """Return the store of ``serve`` or of an app made before the fork
    (``--preload``)."""
    store: ConfigStore | None = getattr(arbiter.app, "config_store", None)
    if store is not None or not arbiter.cfg.preload_app:
        return store
    extensions = getattr(arbiter.app.wsgi(), "extensions", {})
    engine: ThreadRunner | None = extensions.get(ENGINE)
    return None if engine is None else engine.config_store


def _manage(
    config_store: ConfigStore, arbiter: Any, manage_workers: Callable[[], None]
) -> None:
    """Follow the files as the workers do, then manage the workers.

    So the master keeps the configuration that the workers answer from, should the next
    one be broken and a worker die. After a change the console's link is printed again.
    """
    if config_store.refresh(quiet=True):
        announce_console(config_store.current, arbiter.LISTENERS)
    try:
        manage_workers()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def on_reload(arbiter: Any) -> None:
    """gunicorn's hook at HUP: read everything again for the new workers."""
    for config_store in _kept:
        config_store.refresh(now=True)
        announce_console(config_store.current, arbiter.LISTENERS)


def pre_fork(_arbiter: Any, worker: Any) -> None:
    """gunicorn's hook: start a worker with the current files.

    A signal that arrives while the worker starts is held until the worker can handle
    it.
    """
    for config_store in _kept:
        config_store.catch_up()
    freeze_before_fork()
    if isinstance(worker, HttpWorker):  # it unblocks them when it is ready
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's log class. ``--log-level`` sets the level of all log lines, and
    ``--error-logfile`` the file that receives them."""

    def setup(self, cfg: Any) -> None:
        if cfg.errorlog != "-":
            cfg.set("capture_output", True)  # else only gunicorn's lines would go there
        super().setup(cfg)
        configure_logging(cfg.loglevel)

    def access(self, *_: Any) -> None:
        """Log nothing: each data request has a line of its own."""
