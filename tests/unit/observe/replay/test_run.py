# ruff: noqa: E501 - a configuration's line stays a line
"""Data requests recorded by a real engine in a real journal, replayed through edited
configurations; every count is known beforehand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.config.loader import load
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.journal.recorder import Recorder
from ivrhooks.journal.tables import journal_url
from ivrhooks.observe import journal_entries
from ivrhooks.observe.journal_entries import ReceivedRequest
from ivrhooks.observe.replay.run import Replay
from ivrhooks.observe.replay.verdicts import EndpointTally, is_lost, overall
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query
from ivrhooks.store.cipher import Cipher

CIPHER = Cipher([b"k" * 32])
ROOT = """\
version: 1
region: CN
calendars: {office: {mon: ["09:00-18:00"]}}
sources:
  crm: {kind: http, base_url: "http://127.0.0.1:9", phone: digits}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
headers: {X-Api-Key: {secret: true, equals: k-5e8d2f91}}
inputs: {tel: {format: phone, required: true}, level: {type: int}}
lookups:
  customer: {source: crm, request: {path: /customer, query: {tel: "{{ inputs.tel }}"}}}
outputs:
  isVip: {type: int, value: "{{ customer.vip }}", map: {"1": 1, "2": 0}, default: 0}
  nick: {type: string, value: "{{ customer.nick }}", default: ""}
  open: {type: int, value: "{{ now | in_hours('office') }}", default: -1}
"""
MONDAY = datetime(2026, 12, 28, 10, 3, tzinfo=UTC)
CUSTOMERS: dict[str, Outcome] = {
    "13800000001": Outcome("ok", {"vip": "1", "nick": "Wang 13800000001"}),
    "13800000002": Outcome("ok", {"vip": "2", "nick": "Li"}),
    "13800000003": Outcome("ok", {"vip": "3"}),
    "13800000004": Outcome("not_found"),
    "13800000005": Outcome("timeout", code="timeout"),
}

Tallies = dict[str, EndpointTally]
Replayed = Callable[..., Tallies]


class Crm:
    """The customer system of the recording."""

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        return CUSTOMERS[query.params["query"]["tel"]]

    async def close(self) -> None:
        pass


def write(folder: Path, root: str, vip: str) -> Path:
    (folder / "endpoints").mkdir(parents=True)
    (folder / "ivrhooks.yaml").write_text(root, "utf-8")
    (folder / "endpoints" / "vip.yaml").write_text(vip, "utf-8")
    return folder


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Five callers, one after the other, and one request that was refused."""
    configuration = load(write(tmp_path / "old", ROOT, VIP), environ={})
    url = journal_url("", tmp_path)
    recorder = Recorder(url, CIPHER, keep=1e12, max_entries=1000)
    bodies = [f"tel={tel}&token=s3cret&level=2" for tel in CUSTOMERS] + ["level=2"]

    async def record() -> None:
        engine = Engine(configuration, {"crm": Crm()}, now=lambda: MONDAY)
        dispatcher = Dispatcher(configuration, engine)
        route = dispatcher.match("/api/vip")
        assert route is not None
        for number, body in enumerate(bodies):
            fields = {b"x-api-key": b"k-5e8d2f91", b"x-request-id": b"r-%d" % number}
            request = HttpRequest("POST", b"/api/vip", b"", fields, body=body.encode())
            answer = await dispatcher.answer(route, request)
            seen = ReceivedRequest.of(
                MONDAY.timestamp(), "asgi", request.head(), request.body
            )
            entry = journal_entries.answered(seen, route.plan, answer, configuration)
            recorder.record(lambda entry=entry: entry)

    asyncio.run(record())
    assert recorder.flush()
    recorder.close()
    journal = Journal(url, CIPHER)
    yield journal
    journal.close()


@pytest.fixture
def replayed(journal: Journal, tmp_path: Path) -> Replayed:
    """The tallies of a replay with texts of the configuration replaced."""

    def run(*edits: tuple[str, str], root: tuple[str, str] = ("", "")) -> Tallies:
        vip = VIP
        for was, now in edits:
            assert was in vip
            vip = vip.replace(was, now)
        folder = write(tmp_path / "new", ROOT.replace(*root), vip)
        replay = Replay(load(folder, environ={}))
        replay.run(journal.entries(EntryFilter()))
        return replay.tallies

    return run


def counts(tally: EndpointTally, output: str) -> dict[str, int]:
    counted = tally.outputs[output].counts
    assert sum(counted.values()) == tally.requests
    return {word: number for word, number in counted.items() if number}


def test_the_same_configuration_answers_the_same(replayed: Replayed) -> None:
    tallies = replayed()
    assert overall(tallies) == (6, 0)
    for name in ("isVip", "nick", "open"):
        assert counts(tallies["vip"], name) == {"same": 6}
    assert not is_lost(tallies)


def test_a_map_that_changes_is_counted_exactly(replayed: Replayed) -> None:
    tallies = replayed(('map: {"1": 1, "2": 0}', 'map: {"1": 1, "3": 1}'))
    assert counts(tallies["vip"], "isVip") == {"same": 4, "lost": 1, "won": 1}
    assert overall(tallies) == (6, 2) and is_lost(tallies)
    lost = tallies["vip"].outputs["isVip"].examples[0]
    assert (lost.request_id, lost.before, lost.after) == ("r-1", 0, 0)
    assert lost.because == "not_mapped"


def test_another_value_is_changed_and_masked(replayed: Replayed) -> None:
    tallies = replayed(('"{{ customer.nick }}"', '"Dear {{ customer.nick }}"'))
    assert counts(tallies["vip"], "nick") == {"same": 4, "changed": 2}
    shown = json.dumps(
        [vars_of(example) for example in tallies["vip"].outputs["nick"].examples]
    )
    assert "13800000001" not in shown and "Dear" in shown


def vars_of(example: Any) -> list[Any]:
    return [example.request_id, example.before, example.after, example.because]


def test_a_lookup_whose_request_differs_is_not_judged(replayed: Replayed) -> None:
    tallies = replayed(("path: /customer", "path: /customers"))
    assert counts(tallies["vip"], "isVip") == {"same": 1, "not_judged": 5}
    assert counts(tallies["vip"], "open") == {"same": 6}
    assert overall(tallies) == (6, 0) and not is_lost(tallies)


def test_the_id_of_an_action_is_not_judged(replayed: Replayed) -> None:
    note = "actions:\n  note: {source: crm, request: {method: POST, path: /notes}}\noutputs:"
    tallies = replayed(
        ("outputs:", note), ('"{{ customer.nick }}"', '"{{ actions.note.id }}"')
    )
    assert counts(tallies["vip"], "nick") == {"same": 4, "not_judged": 2}
    assert counts(tallies["vip"], "isVip") == {"same": 6}
    assert overall(tallies) == (6, 0) and not is_lost(tallies)


def test_a_lookup_that_names_one_without_recording_has_none_either(
    replayed: Replayed,
) -> None:
    tallies = replayed(
        ("outputs:\n", "  more: {source: crm, request: {path: '/m/{{ customer.vip }}'}}\n"
                       "outputs:\n  more: {type: string, value: '{{ more.x }}', default: ''}\n"),
        ("path: /customer,", "path: /other,"),
    )  # fmt: skip
    assert counts(tallies["vip"], "more") == {"same": 1, "not_judged": 5}


def test_the_moment_is_that_of_then(replayed: Replayed) -> None:
    tallies = replayed(root=("09:00-18:00", "02:00-04:00"))
    assert counts(tallies["vip"], "open") == {"same": 1, "changed": 5}


def test_a_new_output_is_won_and_one_that_is_gone_is_lost(replayed: Replayed) -> None:
    tallies = replayed(("  nick:", "  name:"))
    assert counts(tallies["vip"], "name") == {"same": 4, "won": 2}
    assert counts(tallies["vip"], "nick") == {"lost": 6}


def test_a_newly_refused_request_loses_its_values(replayed: Replayed) -> None:
    tallies = replayed(("level: {type: int}", "level: {type: int, min: 3}"))
    assert counts(tallies["vip"], "isVip") == {"same": 4, "lost": 2}
    example = tallies["vip"].outputs["isVip"].examples[0]
    assert example.because == "invalid_input"


def test_endpoints_are_paired_by_path_then_by_name(replayed: Replayed) -> None:
    tallies = replayed(("path: /api/vip", "path: /api/vips"))
    assert overall(tallies) == (6, 0) and list(tallies) == ["vip"]


def test_a_new_name_on_the_same_path_is_the_same_endpoint(replayed: Replayed) -> None:
    tallies = replayed(("endpoint: vip", "endpoint: vip-routing"))
    assert overall(tallies) == (6, 0) and list(tallies) == ["vip-routing"]


def test_an_endpoint_that_is_gone_loses_everything(replayed: Replayed) -> None:
    tallies = replayed(("endpoint: vip", "endpoint: other"), ("/api/vip", "/api/x"))
    assert counts(tallies["vip"], "isVip") == {"lost": 6}


def test_a_changed_agreed_value_refuses_no_replay(replayed: Replayed) -> None:
    assert overall(replayed(("k-5e8d2f91", "k-another-value"))) == (6, 0)


def test_a_value_that_no_journal_keeps_judges_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    """Of several agreed values it is not known which was sent."""
    vip = VIP.replace("level: {type: int}", 'level: {enum: ["${A}", "${B}"]}')
    environ = {"A": "2", "B": "3"}
    replay = Replay(load(write(tmp_path / "new", ROOT, vip), environ=environ))
    hidden = (
        {**entry, "body": entry["body"].replace(b"level=2", b"level=***")}
        for entry in journal.entries(EntryFilter())
    )
    replay.run(hidden)
    assert counts(replay.tallies["vip"], "isVip") == {"not_judged": 6}


def test_an_output_that_is_gone_is_lost_also_where_nothing_is_judged(
    journal: Journal, tmp_path: Path
) -> None:
    without = VIP.replace("isVip:", "hasVip:")
    replay = Replay(load(write(tmp_path / "new", ROOT, without), environ={}))
    overloaded = (
        {**entry, "degraded": "answer=overload"}
        for entry in journal.entries(EntryFilter())
    )
    replay.run(overloaded)
    tally = replay.tallies["vip"]
    kept = sum(bool(entry["outputs"]) for entry in journal.entries(EntryFilter()))
    assert counts(tally, "hasVip") == {"not_judged": 6}
    assert counts(tally, "isVip")["lost"] == kept == tally.changed
