"""Real data requests at a real server, its systems well and failing, replayed out of
its journal: nothing changes by the same configuration, by another what is known."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests

from ivrhooks.config.loader import load
from ivrhooks.journal.entry import MAX_BODY, EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.journal.tables import journal_url
from ivrhooks.observe.replay.run import Replay
from ivrhooks.observe.replay.verdicts import EndpointTally
from ivrhooks.store.keys import open_cipher

CONFIGS = Path(__file__).parents[2] / "configs"
ODD = """\
endpoint: odd
path: /odd/{tel}
format: json
on_invalid: ignore
inputs:
  tel: {format: phone, required: true}
  n: {type: int, min: 1, max: 9, default: 3}
  word: {max_length: 5}
  key: {type: string, secret: true, equals: k-2b7f01}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  again:
    source: crm
    params: {tel: "{{ customer.tel }}"}
    when: "{{ customer.isVip == '1' }}"
  both:
    source: [crm, contacts]
    operation: [query_customer, get_contact]
    params: [{tel: "{{ inputs.tel }}"}, {phone: "{{ inputs.tel }}"}]
outputs:
  n: {type: int, value: "{{ inputs.n }}", default: 0}
  word: {type: string, value: "{{ inputs.word }}", optional: true}
  why:
    type: string
    value: "{{ customer.nick }}"
    default: {timeout: slow, error: broken, open: open, not_found: new, withheld: shy, else: other}
  status: {type: string, value: "{{ lookups.customer.status }}/{{ lookups.both.status }}", default: x}
  again: {type: string, value: "{{ again.nick }}", optional: true}
  both: {type: string, value: "{{ both.nick }}", default: nobody}
  at: {type: string, value: "{{ now }}", default: ""}
  id: {type: string, value: "{{ request.id }}", default: ""}
  e164: {type: string, value: "{{ inputs.tel | phone('e164') }}", default: none}
"""  # noqa: E501 - an output stands on one line
CONFIG = {
    str(file.relative_to(CONFIGS)): file.read_text("utf-8")
    for file in CONFIGS.rglob("*")
    if file.suffix in (".yaml", ".csv")
}
ROOT = CONFIG["ivrhooks.yaml"].replace("deadline: 2s", "deadline: 500ms")
CONFIG["ivrhooks.yaml"] = f"{ROOT}\njournal: {{enabled: true}}\n"
CONFIG["endpoints/odd.yaml"] = ODD

TELS = (
    *("13800000001", "13800000002", "13944440000", "+8613800000001", "0936200411"),
    *("008613800000002", "0901000002", "anonymous", "sip:13800000001@pbx", "10086"),
    *("13900000101", "13900000103", "13900000104", "13900000106", "138 0000 0003"),
)
PATHS = (
    *("/api/system/customer", "/api/vip-routing", "/api/omicrm-vip", "/odd", "/odd"),
    *("/api/company-service", "/api/last-agent", "/api/who-is-calling"),
    *("/api/callback-desk", "/api/emergency-closure"),
)
FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"sobot": {"fault": "500"}, "bangwo8": {"fault": "slow", "ms": 300}},
    {"sobot": {"fault": "slow", "ms": 200}, "meiqia": {"fault": "429"}},
    {"omicrm": {"fault": "reset"}, "bangwo8": {"fault": "html"}},
    {"sobot": {"fault": "bad_json"}, "meiqia": {"fault": "hang"}},
)
EACH = 40


@dataclass
class Calls:
    """What was asked and answered, by endpoint's path."""

    data: Path
    folder: Path
    sandbox: str
    answered: Counter[str] = field(default_factory=Counter)
    unjudged: Counter[str] = field(default_factory=Counter)
    odd: list[dict[str, Any]] = field(default_factory=list)

    def replayed(self, folder: Path) -> dict[str, EndpointTally]:
        """The tallies of a replay by the configuration in ``folder``."""
        replay = Replay(load(folder, environ={"IVRHOOKS_SANDBOX_URL": self.sandbox}))
        cipher = open_cipher(lambda: self.data, {})
        with closing(Journal(journal_url("", self.data), cipher)) as journal:
            replay.run(journal.entries(EntryFilter()))
        return replay.tallies


def ask(server: Any, dice: random.Random, calls: Calls) -> None:
    """One data request, of which nobody knows beforehand what it will be."""
    path, tel, way = dice.choice(PATHS), dice.choice(TELS), dice.random()
    fields = {"tel": tel, "order_no": dice.choice(("7", "x", "")), "partnerId": "1"}
    label, long = {"Content-Type": "application/json"}, False
    if path == "/odd":
        body = {
            "n": dice.choice((1, 10, "4", None)),
            "word": dice.choice((7, "abcdef")),
        }
        body["key"] = dice.choice(("k-2b7f01",) * 5 + ("bad",))
        target = f"/odd/{quote(tel, safe='')}"
        reply = server.ask("POST", target, json.dumps(body), label)
    elif path.endswith("customer"):
        reply = server.get(f"{path}?{urlencode(fields)}")
    elif way < 0.5:
        reply = server.form(path, urlencode(fields))
    elif way < 0.75:
        reply = server.ask("POST", path, json.dumps(fields), label)
    elif way < 0.82:
        packed = gzip.compress(urlencode(fields).encode())
        reply = server.form(path, packed, Content_Encoding="gzip")
    elif way < 0.92:
        reply = server.ask("POST", path, dice.choice(('{"tel": ', "<a/>", "")), label)
    else:
        long = True
        reply = server.form(path, urlencode({**fields, "pad": "x" * (MAX_BODY + 9)}))
    if reply.status != 401:
        overload = reply.header("X-Ivrhooks-Degraded") == "answer=overload"
        calls.answered[path] += 1
        calls.unjudged[path] += long or overload  # a busy machine may be the second
        if path == "/odd" and not overload:
            calls.odd.append(reply.json)


@pytest.fixture(scope="module")
def calls(
    running: Any, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Calls]:
    home = tmp_path_factory.mktemp("replayed")
    calls, dice = Calls(home / "data", home / "configs", sandbox_url), random.Random(15)
    own = {"IVRHOOKS_SANDBOX_URL": sandbox_url}
    with running("asgi", CONFIG, home, "--workers", "1", env=own) as server:
        for fault in FAULTS:
            requests.put(f"{sandbox_url}/_sandbox/faults", json=fault, timeout=9)
            rolls = [random.Random(dice.random()) for _ in range(EACH)]
            with ThreadPoolExecutor(10) as pool:
                list(pool.map(lambda roll: ask(server, roll, calls), rolls))
    yield calls


def counts(tally: EndpointTally, name: str) -> dict[str, int]:
    return {word: n for word, n in tally.outputs[name].counts.items() if n}


def test_the_same_configuration_changes_nothing(calls: Calls) -> None:
    tallies = calls.replayed(calls.folder)
    assert (
        sum(counted.requests for counted in tallies.values()) == calls.answered.total()
    )
    assert {
        name: counted.changed for name, counted in tallies.items()
    } == dict.fromkeys(tallies, 0)
    assert calls.unjudged.total() and len(tallies) == len(set(PATHS))
    plans = load(calls.folder, environ={}).plans
    for path, requested in calls.answered.items():
        full = path if path != "/odd" else "/odd/{tel}"
        tally, plan = tallies[plans[full].endpoint], plans[full]
        assert list(tally.outputs) == [rule.name for rule in plan.outputs]
        for rule in plan.outputs:
            shows_an_action = rule.value is not None and rule.value.actions
            unknown = requested if shows_an_action else calls.unjudged[path]
            expected = {"same": requested - unknown, "not_judged": unknown}
            assert counts(tally, rule.name) == {k: v for k, v in expected.items() if v}


def test_another_configuration_changes_the_predicted_answers(
    calls: Calls, tmp_path: Path
) -> None:
    edits = (
        ("default: 3}", "default: 4}"),
        ("default: nobody}", "default: somebody}"),
        ("  again: {type: string", "  once_more: {type: string"),
        ("withheld: shy, ", ""),
        ("lookups:\n", "lookups:\n  new: {source: crm, params: {tel: '1'}, when: '{{ inputs.word }}'}\n"),  # noqa: E501
        ("outputs:\n", "outputs:\n  isNew: {type: int, value: '{{ new.isVip }}', default: 0}\n"),  # noqa: E501
        ("{{ inputs.word }}\", optional", "{{ inputs.word | upper }}\", optional"),
    )  # fmt: skip
    text = ODD
    for was, now in edits:
        assert was in text
        text = text.replace(was, now, 1)
    for name, written in {**CONFIG, "endpoints/odd.yaml": text}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(written, "utf-8")
    tallies = calls.replayed(tmp_path)
    odd, requested, unjudged = (
        tallies.pop("odd"),
        len(calls.odd),
        calls.unjudged["/odd"],
    )

    def matches(name: str, **expected: int) -> bool:
        counted = counts(odd, name)
        expected["not_judged"] = expected.get("not_judged", 0) + unjudged
        return counted == {word: n for word, n in expected.items() if n}

    assert sum(tally.changed for tally in tallies.values()) == 0
    # each has an output that is gone
    assert odd.requests == odd.changed == calls.answered["/odd"] == requested + unjudged
    assert counts(odd, "again") == {"lost": requested + unjudged}
    seen = Counter(old["n"] for old in calls.odd)
    nobody = sum(old["both"] == "nobody" for old in calls.odd)
    shy = sum(old["why"] == "shy" for old in calls.odd)
    assert seen[3] and shy and 0 < nobody < requested
    assert matches("n", same=requested - seen[3], changed=seen[3])
    assert matches("both", same=requested - nobody, changed=nobody)
    assert matches("why", same=requested - shy, changed=shy)
    won = sum("again" in old for old in calls.odd)
    assert matches("once_more", same=requested - won, won=won)
    assert matches("isNew", not_judged=requested)
    worded = sum("word" in old for old in calls.odd)  # else upper makes NONE of none
    assert matches("word", same=worded, won=requested - worded)
    for same in ("at", "id", "e164", "status"):
        assert matches(same, same=requested)
