"""``ivrhooks replay``: answers recorded data requests with another configuration."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import click

from ivrhooks.cli.arguments import refuse_unknown_endpoint
from ivrhooks.cli.complete import complete_endpoints
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, counted, reported
from ivrhooks.config.loader import load
from ivrhooks.config.schema.measures import read_duration
from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.journal.tables import journal_url
from ivrhooks.observe.replay.run import Replay
from ivrhooks.observe.replay.verdicts import EndpointTally, as_data, is_lost, overall
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher


def read_since(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> float | None:
    """Return how many seconds ago."""
    if text is None:
        return None
    try:
        return read_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("replay")
@click.option("--since", callback=read_since, help="Only what came since: 2h, 7d.")
@click.option(
    "--sample", type=click.IntRange(1), help="At most so many, spread evenly."
)
@click.option(
    "--endpoint",
    default="",
    shell_complete=complete_endpoints,
    help="Only data requests of this endpoint.",
)
@config_option
@reported
def command(
    since: float | None, sample: int | None, endpoint: str, folder: str
) -> Result:
    """Answer recorded data requests once more, by another configuration.

    For example: ivrhooks replay --config configs-new --since 2h

    No customer system is asked: each lookup gets its recorded answer. The exit status
    is 0 if no answer changes, 3 if some do, and 2 if a value is lost.
    """
    configuration = load(folder)
    url = journal_url(configuration.store, data_folder())
    start = 0.0 if since is None else datetime.now(UTC).timestamp() - since
    replay = Replay(configuration)
    began = time.monotonic()
    chosen = EntryFilter(endpoint=endpoint, since=start)
    with closing(Journal(url, open_cipher())) as journal:
        rows = journal.count(chosen)
        if not rows:
            refuse_unknown_endpoint(configuration, endpoint)
        stride = max(1, rows // sample) if sample else 1
        entries = islice(journal.entries(chosen, stride=stride), sample)
        with click.progressbar(
            entries,
            length=min(rows, sample or rows),
            label="replay",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar:
            replay.run(bar)
    return _result(replay.tallies, time.monotonic() - began)


def _result(tallies: Mapping[str, EndpointTally], seconds: float) -> Result:
    data = as_data(tallies)
    changed = data["changed"]
    status = 2 if is_lost(tallies) else 3 if changed else 0
    data = {"ok": not changed, **data}
    return Result(data, list(_lines(tallies, seconds)), status)


def _lines(tallies: Mapping[str, EndpointTally], seconds: float) -> Iterator[str]:
    requests, changed = overall(tallies)
    for tally in tallies.values():
        colour = WARN if tally.changed else DIM
        line = f"{tally.endpoint}: {counted(tally.requests, 'data request')}, "
        yield click.style(f"{line}{tally.changed} with another answer", fg=colour)
        for output in tally.outputs.values():
            counts = [f"{n} {word}" for word, n in output.counts.items() if n]
            if (
                set(output.counts) - {"same"}
                and len(counts) + bool(output.examples) > 1
            ):
                yield f"  {output.name}: {', '.join(counts).replace('_', ' ')}"
            for example in output.examples:
                before, after = _value_text(example.before), _value_text(example.after)
                because = example.because.replace("_", " ")
                yield f"     {example.request_id}: {before} -> {after} ({because})"
    if not requests:
        yield click.style("Nothing is recorded that fits.", fg=WARN)
        return
    colour = GOOD if not changed else BAD if is_lost(tallies) else WARN
    line = f"{changed} of {counted(requests, 'data request')} would be answered "
    yield click.style(f"{line}otherwise ({seconds:.1f} s).", fg=colour)


def _value_text(value: Any) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)
