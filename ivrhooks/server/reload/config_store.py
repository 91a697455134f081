"""Holds the configuration in use, and notices when its files change.

A broken configuration never replaces a good one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress

from ivrhooks.authoring.freeze import LOCK, load_frozen
from ivrhooks.basics.collector import collector_paused
from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.log.telemetry import show_times_in
from ivrhooks.basics.time_zones import zone
from ivrhooks.config.plan import Configuration
from ivrhooks.server.reload.announced import Announced
from ivrhooks.store.keys import check_key

FOLDER_VARIABLE = "IVRHOOKS_CONFIG"
DEFAULT_FOLDER = "configs"

_SUFFIXES = (".yaml", ".yml", LOCK)

FileStates = frozenset[tuple[str, int, int]]

_logger = logging.getLogger("ivrhooks.server.reload")


def load_to_serve(folder: str) -> Configuration:
    """Return a configuration that this machine can serve. Raises ConfigError.

    What it stores must have a key, and its frozen contract must hold.
    """
    configuration = load_frozen(folder)
    check_key(configuration.store)
    return configuration


class ConfigStore:
    """The last good configuration of a folder. ``current`` is replaced, never edited.

    It has no clock: whoever wants changes to be noticed calls ``refresh`` now and then,
    from one thread at a time.
    """

    def __init__(
        self, folder: str, load: Callable[[str], Configuration] = load_to_serve
    ) -> None:
        self.folder = folder
        self.on_load: Callable[[], None] = _nothing
        self._load = load
        self.current = load(folder)
        self._refused = ""
        self._last_states = self._file_states()
        self._judged_states = self._last_states
        self._announced = Announced()
        _use_time_zone(self.current)

    @classmethod
    def open(cls, config: str | None = None) -> ConfigStore:
        """Return the store of ``config``, else IVRHOOKS_CONFIG, else ./configs. Raises
        ConfigError."""
        return cls(config or os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER)

    def refresh(self, *, now: bool = False, quiet: bool = False) -> bool:
        """Read changed files; return whether ``current`` has been replaced.

        Changed files are read once they have stayed the same since the last check, so
        that a half-written one is not read; ``now`` reads them in any case. ``quiet``
        is for whoever keeps the store for others and has nothing to announce.
        """
        stamp = self._file_states()
        still, self._last_states = stamp == self._last_states, stamp
        self._refresh_data(now=now, quiet=quiet)
        if not now and (stamp == self._judged_states or not still):
            return False
        self._judged_states = stamp
        return self._read(always=now, level=logging.DEBUG if quiet else logging.INFO)

    def _log(
        self, level: int, text: str, *values: object, mistake: Exception | None = None
    ) -> None:
        """Log a line, unless another process of the server has just logged it."""
        if level <= logging.DEBUG or self._announced.first(text % values):
            _logger.log(level, text, *values, exc_info=mistake)

    @property
    def problem(self) -> str:
        """Why something newer is refused; "" where nothing is."""
        broken = (file.problem for file in self.current.data_files)
        return self._refused or next(filter(None, broken), "")

    def _refresh_data(self, *, now: bool, quiet: bool) -> None:
        """Read the changed row files again."""
        for data_file in self.current.data_files:
            before = data_file.problem
            if data_file.refresh(now=now) and not quiet:
                self._log(logging.INFO, "%s has been read again", data_file.path)
            elif data_file.problem and data_file.problem != before and not quiet:
                message = "%s; the file is refused, its last rows stay in use"
                self._log(logging.ERROR, message, data_file.problem)

    def catch_up(self) -> None:
        """Read all changes so far, even unfinished ones; for whoever keeps it for
        others."""
        if self._file_states() != self._judged_states:
            self.refresh(now=True, quiet=True)

    def _read(self, *, always: bool, level: int) -> bool:
        old = self.current
        try:
            with collector_paused():
                new = self._load(self.folder)
                self.on_load()
        except ConfigError as broken:
            errors = [
                problem for problem in broken.problems if problem.severity == "error"
            ]
            self._refuse(str(broken), "; ".join(map(str, errors)), level)
            return False
        except Exception as mistake:  # it would end the master and all workers
            problem = f"{self.folder}: cannot be read: {mistake}"
            self._refuse(problem, problem, level, mistake)
            return False
        was_refused, self._refused = self._refused, ""
        same = new.fingerprint == old.fingerprint
        if same and was_refused:
            self._log(level, "the configuration is good again: %s", new.fingerprint)
        if same and not always:
            return False
        self.current = new
        _use_time_zone(new)
        if not same:
            message = "answering with %s, no longer %s"
            self._log(level, message, new.fingerprint, old.fingerprint)
        return True

    def _refuse(
        self, problem: str, line: str, level: int, mistake: Exception | None = None
    ) -> None:
        self._refused = problem
        self._log(
            logging.ERROR if level > logging.DEBUG else level,
            "the new configuration is refused, still answering with %s: %s",
            self.current.fingerprint,
            line,
            mistake=mistake,
        )

    def _file_states(self) -> FileStates:
        """Return a fingerprint of the files' state, without reading them.

        It runs twice a second beside the answers, so it makes no Path for each file.
        """
        named = {os.path.join(self.folder, name) for name in self.current.files}
        folders = {self.folder, os.path.join(self.folder, "endpoints")}
        folders.update(map(os.path.dirname, named))
        files = set()
        for folder in folders:
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:  # one may be replaced meanwhile
                    if entry.name.endswith(_SUFFIXES):
                        named.discard(entry.path)
                        files.add(_state_of(entry.path))
        files.update(map(_state_of, named))
        return frozenset(filter(None, files))


def _nothing() -> None:
    """Do nothing with a configuration that has been loaded."""


def _use_time_zone(configuration: Configuration) -> None:
    """Set the time zone of log lines at a terminal to the configuration's."""
    plan = next(iter(configuration.plans.values()), None)
    if plan is not None:
        show_times_in(zone(plan.timezone))


def _state_of(file: str) -> tuple[str, int, int] | None:
    try:
        state = os.stat(file)
    except OSError:
        return None
    return file, state.st_mtime_ns, state.st_size
