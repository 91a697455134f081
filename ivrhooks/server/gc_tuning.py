"""How often a worker process looks for garbage in cycles: seldom, and never in what was
loaded once."""

from __future__ import annotations

import gc

YOUNG = 5000
"""Objects made and not yet freed before the young ones are looked through: Python's own
700 come together in every tenth lookup."""

OLDER = 20


def settle() -> None:
    """Called in a worker process that has loaded everything. Without it Python looks
    through all modules as soon as traffic comes, and nobody is answered meanwhile."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
