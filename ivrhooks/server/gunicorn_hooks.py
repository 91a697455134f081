"""What gunicorn does for both servers: the hooks and the log of gunicorn.conf.py.

It loads the configuration before anything starts and keeps the last good one, as
``ivrhooks serve`` does. So a worker that dies while the files are broken is replaced by
one that answers.
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
from ivrhooks.server.banner import tell_console
from ivrhooks.server.engine_runner import ThreadRunner
from ivrhooks.server.pages.app import ENGINE
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.server.worker import ENDINGS, HttpWorker, freeze_before_fork

APP_LOAD_ERROR = 4
"""gunicorn's exit status of an application that cannot be loaded."""

_kept: list[ConfigStore] = []  # the master's own; a worker is a fork of it


def kept_config_store() -> ConfigStore:
    """The store of the master that this worker comes from, else one that is opened
    here. Raises ConfigError."""
    return _kept[0] if _kept else ConfigStore.open()


def config_store_or_exit() -> ConfigStore:
    """As ``kept_keeper``; prints what is wrong with the configuration, and ends."""
    try:
        return kept_config_store()
    except ConfigError as refused:
        for problem in refused.problems:
            sys.stderr.write(f"{problem}\n")
        sys.exit(APP_LOAD_ERROR)


def on_starting(arbiter: Any) -> None:
    """gunicorn's hook: a refused configuration is told once, and starts nothing."""
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
    """That of ``serve``, or of an app that was made before the fork (``--preload``)."""
    store: ConfigStore | None = getattr(arbiter.app, "config_store", None)
    if store is not None or not arbiter.cfg.preload_app:
        return store
    extensions = getattr(arbiter.app.wsgi(), "extensions", {})
    engine: ThreadRunner | None = extensions.get(ENGINE)
    return None if engine is None else engine.config_store


def _manage(
    config_store: ConfigStore, arbiter: Any, manage_workers: Callable[[], None]
) -> None:
    """Follows the files as the workers do: what they answer from by now is the last
    good configuration, when the next one is broken and one of them dies. Whoever sees
    the terminal is told the console's link again."""
    if config_store.refresh(quiet=True):
        tell_console(config_store.current, arbiter.LISTENERS)
    try:
        manage_workers()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def on_reload(arbiter: Any) -> None:
    """gunicorn's hook at HUP: everything is read again for the new workers."""
    for config_store in _kept:
        config_store.refresh(now=True)
        tell_console(config_store.current, arbiter.LISTENERS)


def pre_fork(_arbiter: Any, worker: Any) -> None:
    """gunicorn's hook: a worker starts with what the files say by now. A signal that
    comes while it starts waits for it, and is not lost."""
    for config_store in _kept:
        config_store.catch_up()
    freeze_before_fork()
    if isinstance(worker, HttpWorker):  # that takes them when it can
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)


class ServerLog(Logger):  # type: ignore[misc]
    """What gunicorn logs with. ``--log-level`` is the level of all our lines, and
    ``--error-logfile`` the file that takes them."""

    def setup(self, cfg: Any) -> None:
        if cfg.errorlog != "-":
            cfg.set("capture_output", True)  # else its own lines alone would go there
        super().setup(cfg)
        configure_logging(cfg.loglevel)

    def access(self, *_: Any) -> None:
        """Nothing: each data request has a line of its own."""
