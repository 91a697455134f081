"""What a worker process has loaded is not looked through for garbage again."""

from __future__ import annotations

import gc

from ivrhooks.server.gc_tuning import YOUNG, settle


def test_what_was_loaded_is_left_alone_and_new_garbage_is_found() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold()[0] == YOUNG
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert gc.collect() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
