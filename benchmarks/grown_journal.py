"""Makes a large journal by copying entries of a small one, to time ``replay``.

    python benchmarks/grown_journal.py DATA_FOLDER NEW_FOLDER 100000
    IVRHOOKS_DATA=NEW_FOLDER ivrhooks replay --config configs

The first folder is the data folder of a server that has answered a few data requests
with its journal on. The copies are one second apart.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from itertools import cycle, islice
from pathlib import Path

from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.journal.entry import Entry, EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.journal.tables import ENTRIES, journal_url, open_journal, row_of
from ivrhooks.store.keys import open_cipher

GROUP = 1000


def kept(journal: Journal) -> Iterator[Entry]:
    """Yield the entries of a journal, with their traces."""
    names = [one.name for one in fields(Entry)]
    for row in journal.entries(EntryFilter()):
        whole = journal.entry(row["id"]) or {}
        values = {name: whole[name] for name in names if name in whole}
        yield Entry(**{**values, "people": frozenset(whole["people"])})


def main(source: Path, target: Path, count: int) -> None:
    """Write the new folder, with the key of the first folder."""
    target.mkdir(mode=0o700)
    shutil.copy(source / "key", target / "key")
    cipher = open_cipher(lambda: source, {})
    with closing(Journal(journal_url("", source), cipher)) as journal:
        entries = list(kept(journal))
    engine, start = open_journal(journal_url("", target)), seconds_since_1970() - count
    copies = enumerate(islice(cycle(entries), count))
    while group := list(islice(copies, GROUP)):
        rows = [
            row_of(replace(one, at=start + number, request_id=f"r-{number}"), cipher)
            for number, one in group
        ]
        with engine.begin() as connection:
            connection.execute(ENTRIES.insert(), rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
