"""What breaks and comes back: clients, workers, customer systems; with 1 worker and
with 4, at both servers, and nobody restarts anything of ours."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import Any

CONFIG = {
    "ivrhooks.yaml": """\
version: 1
deadline: 20s
sources:
  crm:
    kind: http
    base_url: "${CUSTOMERS_URL}"
    breaker: {failures: 2, reset: 200ms}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
inputs: {tel: {type: string}}
lookups: {it: {source: crm, request: {method: GET, path: "/{{ inputs.tel }}"}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: late}}
""",
    "endpoints/form.yaml": """\
endpoint: form
path: /form
format: form
inputs: {tel: {type: string}}
outputs: {tel: {type: string, value: "{{ inputs.tel }}", default: ""}}
""",
}
POST = b"POST /form HTTP/1.1\r\nHost: x\r\n"
ASK = b"GET /desk?tel=%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def good(crew: Any, tel: int) -> bool:
    """Whether the customer system was asked and its word answered."""
    reply = crew.get(f"/desk?tel={tel}")
    assert reply.status == 200
    assert reply.json["word"] in (str(tel), "late")
    return bool(reply.header("X-Ivrhooks-Degraded") is None)


def test_a_hundred_dribbling_connections_stop_no_other(crew) -> None:
    half = [POST + b"Content-Le", POST + b"Content-Length: 50\r\n\r\ntel"]
    with contextlib.ExitStack() as held:
        wires = [held.enter_context(crew.wire()) for _ in range(100)]
        for number in range(10):
            for at, wire in enumerate(wires):
                wire.send(half[at % 2] if number == 0 else b"a")
            assert good(crew, number)


def test_a_customer_system_that_comes_back_is_asked_again(
    crew, customers, until
) -> None:
    customers.stop()
    reasons = set()

    def opened() -> bool:
        reply = crew.get("/desk?tel=1")
        assert (reply.status, reply.json) == (200, {"word": "late"})
        reasons.add(reply.header("X-Ivrhooks-Degraded"))
        return "it=open" in reasons

    until(opened, "the breaker opens")
    assert reasons == {"it=error", "it=open"}
    customers.start()
    recovered: list[bool] = []

    def closed() -> bool:
        recovered.append(good(crew, 2))
        return recovered[-12:] == [True] * 12

    until(closed, "every worker's breaker closes")


def test_a_killed_worker_is_replaced_and_takes_no_answer_with_it(crew, until) -> None:
    before = crew.workers()
    killed = before.copy().pop()
    os.kill(killed, signal.SIGKILL)
    if len(before) > 1:
        assert all(good(crew, number) for number in range(20))
    else:
        until(lambda: crew.workers() - before, "there is another worker")
    until(
        lambda: len(crew.workers()) == len(before) and killed not in crew.workers(),
        "there are as many workers as before",
    )
    assert all(good(crew, number) for number in range(20))


def test_sigterm_finishes_all_answers_in_flight(crew, customers, until) -> None:
    customers.paths.clear()
    customers.answering.clear()
    callers = range(800, 816)
    with contextlib.ExitStack() as held:
        wires = {number: held.enter_context(crew.wire()) for number in callers}
        for number, wire in wires.items():
            wire.send(ASK % number)
        until(lambda: len(customers.paths) == len(wires), "all are in flight")
        ending = threading.Thread(target=crew.end)
        ending.start()
        until(lambda: "Handling signal: term" in crew.log(), "the signal is taken")
        customers.answering.set()
        for number, wire in wires.items():
            assert wire.reply().json == {"word": str(number)}
        ending.join()
    assert crew.process.returncode == 0
    assert "Traceback" not in crew.log()
