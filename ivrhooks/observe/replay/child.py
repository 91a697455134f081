"""Runs a replay in a process of its own, so that the server's answers are not delayed.

The job is read from standard input and the result is written to standard output, both
as JSON: the journal's URL may hold a password, which must not appear on a command line.
The process yields to all others and ends by itself when its time is over.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import orjson

from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.loose_json import loose_json
from ivrhooks.config.loader import load
from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.observe.replay.run import Replay, ReplayedRequest
from ivrhooks.observe.replay.verdicts import as_data, why
from ivrhooks.store.keys import open_cipher

_NICE = 10


def replayed(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of one job.

    ``job``: ``folder``, ``journal`` (its URL), and either the number of one ``row``, or
    ``since`` (seconds since 1970), ``endpoint`` and ``most``.

    For many entries: what ``replay --json`` prints, and ``chosen``, how many there are.
    For one: ``endpoint``, ``before`` and ``after`` (the status), and ``outputs``: name,
    before, after, verdict, because. ``{"problems": […]}`` where the folder is refused,
    ``{"missing": true}`` where the row no longer exists.
    """
    try:
        configuration = load(job["folder"])
    except ConfigError as refused:
        errors = [
            problem for problem in refused.problems if problem.severity == "error"
        ]
        return {"problems": [str(problem) for problem in errors]}
    replay = Replay(configuration)
    with closing(Journal(job["journal"], open_cipher())) as journal:
        if job.get("row") is None:
            return _many(replay, journal, job)
        entry = journal.entry(job["row"])
    if entry is None or entry["lost"]:
        return {"missing": True}
    replayed = replay.replay_one(entry)
    return {
        "endpoint": replayed.endpoint,
        "before": entry["status"],
        "after": replayed.status,
        "outputs": [_output(replayed, name) for name in replayed.verdicts],
    }


def _many(replay: Replay, journal: Journal, job: Mapping[str, Any]) -> dict[str, Any]:
    chosen = EntryFilter(endpoint=job["endpoint"], since=job["since"])
    count, most = journal.count(chosen), job["most"]
    stride = max(1, -(-count // most))
    replay.run(journal.entries(chosen, stride=stride))
    return {**as_data(replay.tallies), "chosen": count}


def _output(replayed: ReplayedRequest, name: str) -> dict[str, Any]:
    before, after = replayed.shown(name)
    verdict = replayed.verdicts[name]
    because = why(verdict, replayed.before.get(name), replayed.after.get(name))
    return {
        "name": name,
        "before": before,
        "after": after,
        "verdict": verdict,
        "because": because if verdict in ("changed", "lost", "won") else "",
    }


def main() -> None:
    """Read one job and write its result."""
    os.nice(_NICE)
    job = orjson.loads(sys.stdin.buffer.read())
    signal.alarm(int(job["seconds"]) + 1)  # the waiting parent may have been killed
    sys.stdout.buffer.write(loose_json(replayed(job)))


if __name__ == "__main__":
    main()
