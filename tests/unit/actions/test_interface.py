"""What is known of the outbox without opening it."""

from __future__ import annotations

from pathlib import Path

from ivrhooks.actions.interface import Summary, outbox_url


def test_it_is_a_file_of_the_data_folder_unless_store_says_otherwise(
    tmp_path: Path,
) -> None:
    assert outbox_url("", tmp_path) == f"sqlite:///{tmp_path}/outbox.db"
    url = "postgresql+psycopg://ivr@host/name"
    assert outbox_url(url, tmp_path) == url


def test_totals_add_the_sources_up() -> None:
    summary = Summary({"a": 1, "b": 2}, {"b": 3}, {"a": 4.04, "b": 1.0})
    assert summary.totals == {"waiting": 3, "dead": 3, "oldest_s": 4.0}
    assert Summary().totals == {"waiting": 0, "dead": 0, "oldest_s": 0.0}
