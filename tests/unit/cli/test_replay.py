"""``ivrhooks replay`` over a journal that a real server wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.journal.entry import Entry
from ivrhooks.journal.recorder import Recorder, seconds_since_1970
from ivrhooks.journal.tables import journal_url
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher

Run = Callable[..., Result]


@pytest.fixture
def recorded() -> None:
    """Two data requests of the JSON endpoint, a minute and three hours old."""
    recorder = Recorder(
        journal_url("", data_folder()), open_cipher(), keep=1e12, max_entries=100
    )
    for number, age in enumerate((60.0, 10_800.0)):
        entry = Entry(
            at=seconds_since_1970() - age,
            request_id=f"r-{number}",
            endpoint="callback",
            method="POST",
            path="/api/callback",
            status=200,
            head=b"POST /api/callback HTTP/1.1\r\nContent-Type: application/json",
            body=b'{"tel": "0901230001", "count": 3}',
            body_bytes=33,
            outputs={"count": (3, False), "tel": ("0901230001", False)},
        )
        recorder.record(lambda entry=entry: entry)
    assert recorder.flush()
    recorder.close()


@pytest.mark.usefixtures("recorded")
def test_nothing_changes(run: Run, folder: Path) -> None:
    done = run("replay", "--config", folder)
    assert done.exit_code == 0, done.output
    assert "0 of 2 data requests would be answered otherwise" in done.output


@pytest.mark.usefixtures("recorded")
def test_a_value_that_is_lost_ends_with_two(run: Run, folder: Path) -> None:
    file = folder / "endpoints" / "callback.yaml"
    file.write_text(file.read_text().replace("{{ inputs.count }}", "{{ none }}"))
    done = run("replay", "--config", folder, "--json")
    data = json.loads(done.stdout)
    assert done.exit_code == 2
    assert list(data) == ["ok", "requests", "changed", "endpoints"]
    assert (data["requests"], data["changed"]) == (2, 2)
    count, tel = data["endpoints"][0]["outputs"]
    assert (count["name"], count["lost"], count["same"]) == ("count", 2, 0)
    assert (tel["same"], tel["examples"]) == (2, [])
    assert list(count["examples"][0]) == ["request_id", "before", "after", "because"]
    text = run("replay", "--config", folder).output
    assert "count: 2 lost" in text and "3 -> -1 (no value)" in text


@pytest.mark.usefixtures("recorded")
def test_a_value_that_changes_ends_with_three(run: Run, folder: Path) -> None:
    file = folder / "endpoints" / "callback.yaml"
    text = file.read_text().replace("{{ inputs.tel }}", "+{{ inputs.tel }}")
    file.write_text(text)
    done = run("replay", "--config", folder)
    assert done.exit_code == 3
    assert "0901230001" not in done.output


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("words", "requests"),
    [
        (("--since", "1h"), 1),
        (("--since", "7d"), 2),
        (("--sample", "1"), 1),
        (("--endpoint", "callback"), 2),
        (("--endpoint", "vip-routing"), 0),
    ],
)
def test_some_of_them(
    run: Run, folder: Path, words: tuple[str, ...], requests: int
) -> None:
    done = run("replay", "--config", folder, "--json", *words)
    assert json.loads(done.stdout)["requests"] == requests


@pytest.mark.usefixtures("recorded")
def test_a_sample_is_one_of_the_chosen(run: Run, folder: Path) -> None:
    """Not of the whole journal, of which an endpoint may be a small part."""
    recorder = Recorder(
        journal_url("", data_folder()), open_cipher(), keep=1e12, max_entries=100
    )
    for number in range(20):
        other = Entry(seconds_since_1970(), f"o-{number}", endpoint="vip-routing")
        recorder.record(lambda other=other: other)
    recorder.close()
    words = ("--endpoint", "callback", "--sample", "2", "--json")
    done = run("replay", "--config", folder, *words)
    assert json.loads(done.stdout)["requests"] == 2


def test_an_empty_journal_says_so(run: Run, folder: Path) -> None:
    done = run("replay", "--config", folder)
    assert done.exit_code == 0 and "Nothing is recorded that fits." in done.output


def test_a_duration_without_unit_is_reported(run: Run, folder: Path) -> None:
    done = run("replay", "--config", folder, "--since", "2")
    assert done.exit_code == 2 and "2s" in done.stderr
