"""Each worker can answer for all of a server."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.observe import snapshots as room
from ivrhooks.observe.snapshots import Workers, server_name, snapshots_of_all
from ivrhooks.observe.totals import added_up


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / room.FOLDER


def worker(folder: Path, count: int, server: str = "s-1") -> Workers:
    return Workers(lambda: folder, server, lambda: {"pid": os.getpid(), "n": count})


def test_a_worker_tells_the_others_and_takes_it_back_at_its_end(
    tmp_path, place
) -> None:
    ours = worker(tmp_path, 1)
    ours.publish()
    assert [file.name for file in place.iterdir()] == [f"s-1-{os.getpid()}.json"]
    assert (place.stat().st_mode & 0o777) == 0o700
    ours.start()
    ours.close()
    assert list(place.glob("*.json*")) == []


def counting(folder: Path, *answers: int, server: str = "s-1") -> Workers:
    """A worker that has counted more each time it is looked at."""
    remaining = iter(answers)
    last = [0]

    def take() -> dict[str, Any]:
        last[0] = next(remaining, last[0])
        answered = {"desk": {"200": last[0]}}
        return {"pid": os.getpid(), "in_flight": 3, "answers": answered}

    return Workers(lambda: folder, server, take)


def answered(workers: Workers) -> int:
    return int(added_up(workers.all())["answers"]["desk"]["200"])


def test_counts_outlive_their_worker(tmp_path, place) -> None:
    counting(tmp_path, 5).close()
    counting(tmp_path, 2).close()
    later = counting(tmp_path, 1)
    assert answered(later) == answered(later) == 8
    assert added_up(later.all())["in_flight"] == 3
    assert answered(counting(tmp_path, 1, server="s-2")) == 1


def test_counts_of_a_killed_worker_are_added_once(tmp_path, place) -> None:
    ours = counting(tmp_path, 1)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = place / f"s-1-{gone.pid}.json"
    left.write_text('{"answers": {"desk": {"200": 4}}, "in_flight": 7}')
    later = counting(tmp_path, 2)  # a new worker clears away none of its own server
    assert answered(ours) == 5
    assert answered(later) == 6
    assert not left.exists()


def test_on_a_full_disk_nothing_is_lost_and_nothing_counted_twice(
    tmp_path, place, monkeypatch
) -> None:
    ours = counting(tmp_path, 1)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = place / f"s-1-{gone.pid}.json"
    left.write_text('{"answers": {"desk": {"200": 4}}}')

    def full(file: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(room, "_write", full)
        assert [answered(ours), answered(ours)] == [5, 5]
        assert left.exists()
    assert [answered(ours), answered(ours)] == [5, 5]
    assert not left.exists()


def test_shown_counts_were_published(tmp_path, place) -> None:
    ours = counting(tmp_path, 6)
    assert answered(ours) == 6
    published = json.loads((place / f"s-1-{os.getpid()}.json").read_bytes())
    assert published["answers"] == {"desk": {"200": 6}}


def test_the_counts_of_a_server_that_has_ended_are_removed(tmp_path, place) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    counting(tmp_path, 5, server=server_name(gone.pid)).close()
    assert list(place.glob("*.ended"))
    counting(tmp_path, 1)
    assert not list(place.glob("*.ended"))


def test_a_process_that_stands_alone_leaves_nothing_counted(tmp_path, place) -> None:
    ours = counting(tmp_path, 5, server=server_name())
    ours.publish()
    ours.close()
    assert not list(place.glob("*.ended"))


def test_all_live_workers_of_a_server_are_read(tmp_path, place) -> None:
    ours = worker(tmp_path, 1)
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (place / f"s-1-{sleeper.pid}.json").write_text('{"n": 2}')
    (place / f"other-{sleeper.pid}.json").write_text('{"n": 4}')
    (place / f"s-1-{sleeper.pid}x.json").write_text('{"n": 8}')
    assert [snapshot["n"] for snapshot in ours.all()] == [1, 2]
    assert (place / f"other-{sleeper.pid}.json").exists()
    sleeper.communicate(b"\n")
    assert [snapshot["n"] for snapshot in ours.all()] == [1]
    assert not (place / f"s-1-{sleeper.pid}.json").exists()


def test_an_entry_that_cannot_be_read_is_passed_over(tmp_path, place) -> None:
    ours = worker(tmp_path, 1)
    for text in ("", "{", "[]"):
        (place / f"s-1-{os.getppid()}.json").write_text(text)
        assert len(ours.all()) == 1


def test_nothing_is_written_where_nothing_has_changed(tmp_path, place) -> None:
    ours = worker(tmp_path, 1)
    ours.publish()
    file = place / f"s-1-{os.getpid()}.json"
    before = file.stat().st_ino
    ours.publish()
    assert file.stat().st_ino == before
    file.unlink()
    ours.publish()
    assert file.exists()


def test_without_a_folder_a_worker_knows_itself(tmp_path, caplog) -> None:
    (tmp_path / "file").touch()
    ours = worker(tmp_path / "file", 7)
    ours.start()
    ours.publish()
    assert [snapshot["n"] for snapshot in ours.all()] == [7]
    ours.close()
    assert "workers cannot share figures and orders" in caplog.text


def test_the_live_workers_of_this_machine_are_listed_whatever_their_server(
    tmp_path, place
) -> None:
    place.mkdir(mode=0o700)
    host = socket.gethostname()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name, text in {
        f"{host}-2-{os.getpid()}": '{"n": 2}',
        f"{host}-1-{os.getppid()}": '{"n": 1}',
        f"{host}-3-{os.getpid()}": "{",
        f"{host}-4-{gone.pid}": '{"n": 4}',
        f"another-{os.getpid()}": '{"n": 5}',
    }.items():
        (place / f"{name}.json").write_text(text)
    assert snapshots_of_all(tmp_path) == [{"n": 1}, {"n": 2}]
    assert not (place / f"{host}-4-{gone.pid}.json").exists()


def test_a_started_worker_publishes_by_itself(tmp_path, place) -> None:
    looks = threading.Semaphore(0)
    ours = Workers(lambda: tmp_path, "s-1", lambda: {"n": 1}, looks.release)
    ours.start()
    assert looks.acquire(timeout=60) and looks.acquire(timeout=60)
    published = list(place.glob("*.json"))
    ours.close()
    assert len(published) == 1


def test_a_worker_warns_each_time_that_publishing_begins_to_fail(
    tmp_path, caplog, monkeypatch
) -> None:
    monkeypatch.setattr(room, "PUBLISH_SECONDS", 0)
    full, ended = OSError(errno.ENOSPC, "no space"), threading.Event()
    looks = iter([full, full, None, RuntimeError(), full, None, full])

    def before() -> None:
        try:
            problem = next(looks)
        except StopIteration:
            ended.set()
        else:
            if problem is not None:
                raise problem

    ours = Workers(lambda: tmp_path, "s-1", lambda: {"n": 1}, before)
    ours.start()
    assert ended.wait(60)
    ours.close()
    warnings = [text for text in caplog.messages if "cannot publish" in text]
    assert warnings == ["this worker cannot publish its figures: no space"] * 2


def test_only_the_owner_can_open_the_files(tmp_path, place) -> None:
    ours = counting(tmp_path, 5)
    ours.all()
    counting(tmp_path, 5).close()
    modes = {file.suffix: file.stat().st_mode & 0o777 for file in place.iterdir()}
    assert modes.keys() <= {".json", ".ended", ".lock"}
    assert {".ended", ".lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_servers_on_one_machine_have_names_of_their_own() -> None:
    assert server_name(1) != server_name(2) != server_name()


def test_files_of_a_killed_server_are_removed(tmp_path, place) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    place.mkdir(mode=0o700)
    left = place / f"{server_name(1)}-{done.pid}.json"
    left.write_text("{}")
    worker(tmp_path, 1)
    assert not left.exists()


def test_a_worker_is_listed_while_its_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers(lambda: tmp_path, "host-1", lambda: {"pid": 1})
    other = tmp_path / "workers" / f"host-1-{os.getppid()}.json"
    other.write_bytes(b'{"pid": 2}')
    assert workers.all() == [{"pid": 1}, {"pid": 2}]
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    assert workers.all() == [{"pid": 1}, {"pid": 2}]
    other.unlink()
    assert workers.all() == [{"pid": 1}]
