"""Replays recorded data requests with another configuration, for pages and API.

A user names a folder, never a path: a configuration folder beside the current one.
Nothing else of the machine can be reached this way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ivrhooks.config.schema.measures import read_duration
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.replay.runner import MAX_REQUESTS, CannotReplay
from ivrhooks.store.folder import data_folder

ROOT_FILE = "ivrhooks.yaml"
MAX_FOLDERS = 50
_MAX_LOOKED_AT = 1000
_KEYS = ("folder", "since", "endpoint")
_SINCE = "1h"
_REFUSALS = {
    "busy": (409, because("replay_busy")),
    "late": (504, because("replay_late")),
    "failed": (500, because("replay_failed")),
}


def folders(context: ConsoleContext) -> list[str]:
    """Return the names of the folders to replay with: the current one first."""
    own = Path(os.path.abspath(context.configuration().folder))
    return [own.name, *sorted(_beside(own))[: MAX_FOLDERS - 1]]


def _beside(own: Path) -> Iterator[str]:
    """Yield real folders with a root file; symbolic links are left out."""
    try:
        with os.scandir(own.parent) as entries:
            for number, file in enumerate(entries):
                if number >= _MAX_LOOKED_AT:
                    return
                if file.name == own.name or file.name.startswith("."):
                    continue
                is_folder = file.is_dir(follow_symlinks=False)
                if is_folder and Path(file.path, ROOT_FILE).is_file():
                    yield file.name
    except OSError:
        return


def replay(context: ConsoleContext, request: Mapping[str, Any]) -> dict[str, Any]:
    """``{"folder": NAME, "since": "1h", "endpoint": ""}`` -> what ``replay --json``
    prints.

    It has ``folder``, ``since`` and ``chosen`` as well: how many data requests matched.
    Of more than 20,000 that many are used. Raises ConsoleError.
    """
    unknown = [key for key in request if key not in _KEYS]
    if unknown:
        raise invalid(because("key_unknown", key=unknown[0], known=", ".join(_KEYS)))
    since, endpoint = request.get("since") or _SINCE, request.get("endpoint") or ""
    if not isinstance(endpoint, str):
        raise invalid(because("endpoint_name"))
    try:
        seconds = read_duration(since)
    except (TypeError, ValueError):
        raise invalid(because("since_such_as")) from None
    name = request.get("folder")
    job = {"since": context.now() - seconds, "endpoint": endpoint, "most": MAX_REQUESTS}
    result = _run(context, name, job)
    return {"folder": name, "since": since, **result}


def replay_one(
    context: ConsoleContext, row: int, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one data request: ``{folder, endpoint, before, after, outputs}``.

    Each output has name, before, after, verdict and because. Raises ConsoleError.
    """
    if set(request) - {"folder"}:
        raise invalid(because("folder_alone"))
    name = request.get("folder")
    result = _run(context, name, {"row": row})
    if result.get("missing"):
        raise ConsoleError(404, "not_found", because("journal_entry_gone"))
    return {"folder": name, **result}


def _run(context: ConsoleContext, name: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a job, or ``problems`` where the configuration is
    refused."""
    known = folders(context)
    if name not in known:
        raise invalid(because("one_of_at", key="folder", values=", ".join(known)))
    if context.journal() is None:
        raise ConsoleError(404, "not_found", because("journal_off"))
    from ivrhooks.journal.tables import journal_url  # already imported by the journal

    configuration = context.configuration()
    own = Path(os.path.abspath(configuration.folder))
    url = journal_url(configuration.store, data_folder())
    folder = str(own.parent / name)
    try:
        return context.replays.run({**job, "folder": folder, "journal": url})
    except CannotReplay as problem:
        status, reason = _REFUSALS[problem.code]
        raise ConsoleError(status, f"replay_{problem.code}", reason) from None
