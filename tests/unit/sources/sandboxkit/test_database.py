"""A sandbox's own SQLite file: two sandboxes on one folder do not share it."""

from __future__ import annotations

from ivrhooks.sources.sandboxkit.database import own_database


def test_two_sandboxes_have_a_file_each(tmp_path):
    first, lock = own_database(tmp_path)
    second, other = own_database(tmp_path)
    assert first == f"sqlite:///{tmp_path / 'sandbox.sqlite'}"
    assert second == f"sqlite:///{tmp_path / 'sandbox-2.sqlite'}"
    lock.release()
    again, third = own_database(tmp_path)
    assert again == first
    other.release()
    third.release()
