"""Loads a server: each of several connections asks again once it is answered.

``callers.py PORT WORK CONNECTIONS SECONDS`` prints one line of JSON: how many answers
had which status, and how long they took.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter

import httptools
import uvloop

FORM = b"partnerId=p1&m&token=t0k3n&source=0&robotNo=1&docId=d1&level=3&city=Hanoi"
NUMBERS = 1000
"""How many callers the work ``cached`` has; other works have a new caller each time."""


def make_request(work: str, chance: random.Random) -> bytes:
    """Return one data request as an IVR sends it."""
    if work == "mock":
        label = b"Content-Type: application/x-www-form-urlencoded"
        head = b"POST /mock HTTP/1.1\r\nHost: localhost\r\n" + label
        return head + b"\r\nContent-Length: %d\r\n\r\n" % len(FORM) + FORM
    number = chance.randrange(NUMBERS) if work == "cached" else chance.randrange(10**9)
    line = f"GET /{work}?tel={13800000000 + number} HTTP/1.1"
    return f"{line}\r\nHost: localhost\r\n\r\n".encode()


class Caller(asyncio.Protocol):
    """One connection, which sends one request after the other."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._parser = httptools.HttpResponseParser(self)
        self._asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(self._crowd.request())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        crowd = self._crowd
        crowd.times.append(time.perf_counter() - self._asked)
        crowd.statuses[self._parser.get_status_code()] += 1
        if time.perf_counter() < crowd.until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, problem: Exception | None) -> None:
        self._crowd.gone(self._transport, problem)


class Crowd:
    """All connections, with the times and the statuses of their answers."""

    def __init__(self, work: str, connections: int, seconds: float) -> None:
        self._work = work
        self._left = connections
        self._chance = random.Random()
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.until = time.perf_counter() + seconds
        self.ended = asyncio.Event()

    def request(self) -> bytes:
        return make_request(self._work, self._chance)

    def gone(self, transport: asyncio.Transport, problem: Exception | None) -> None:
        if problem is not None or time.perf_counter() < self.until:
            self.statuses[0] += 1  # the server closed the connection
        self._left -= 1
        if not self._left:
            self.ended.set()


async def call(port: int, work: str, connections: int, seconds: float) -> None:
    loop, crowd = asyncio.get_running_loop(), Crowd(work, connections, seconds)
    begun = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Caller(crowd), "127.0.0.1", port)
    await asyncio.wait_for(crowd.ended.wait(), seconds + 30)
    took, times = time.perf_counter() - begun, sorted(crowd.times)
    result = {
        "answers": len(times),
        "seconds": took,
        "statuses": crowd.statuses,
        "p50": times[len(times) // 2],
        "p99": times[int(len(times) * 0.99)],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    port, work, connections, seconds = sys.argv[1:]
    uvloop.run(call(int(port), work, int(connections), float(seconds)))
