"""Measures how failing customer systems delay requests that ask a healthy one.

    python benchmarks/isolation.py [--seconds 6] [--server NAME] [--workers 1]

Four callers ask an endpoint whose customer system is healthy. 32 other callers ask one
whose customer system hangs, drips, fails, has each of forty such faults in turn, or is
healthy too. Each caller asks again once it is answered. The output is the 99th
percentile of the four in milliseconds, and how many answers of the others were complete
and in time. The server under test is the one that is installed with this Python. Runs
on Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from run import free_port, wait_for

HERE = Path(__file__).resolve().parent
FAULTS = HERE.parent / "tests" / "server" / "faulty_source.py"
BESIDE = {
    "nobody": (),
    "a healthy system": ("healthy",),
    "one that hangs": ("hangs",),
    "one that drips": ("drip",),
    "one that fails": ("error",),
    "all faults": (),
}
DEADLINE = 0.5
LATE = DEADLINE + 0.15
CALLERS, OTHERS = 4, 32
ROOT = """\
version: 1
caller: generic
deadline: 500ms
sources:
  healthy: {{kind: http, base_url: "http://127.0.0.1:{healthy}/customer"}}
"""
SOURCE = '  {name}: {{kind: http, base_url: "http://127.0.0.1:{port}/{path}"}}\n'
ENDPOINT = """\
endpoint: {name}
path: /{name}
format: query
inputs: {{tel: {{type: string, required: true}}}}
lookups:
  c:
    source: "{name}"
    request: {{path: "/", query: {{tel: "{{{{ inputs.tel }}}}"}}}}
outputs:
  isVip: {{type: int, value: "{{{{ c.isVip }}}}", default: 0}}
  vipLevel: {{type: string, value: "{{{{ c.vipLevel }}}}", default: none}}
"""


class Crowd:
    """Callers that ask until ``until``.

    ``good``: how many answers had both outputs and came in time.
    """

    def __init__(self, port: int, names: tuple[str, ...], until: float) -> None:
        self.port = port
        self.names = names
        self.until = until
        self.times: list[float] = []
        self.good = 0

    async def call(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        turn = number
        while time.perf_counter() < self.until:
            name = self.names[turn % len(self.names)]
            turn += 1
            asked = time.perf_counter()
            line = f"GET /{name}?tel={13800000000 + turn * 64 + number} HTTP/1.1"
            writer.write(f"{line}\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            values = json.loads(await reader.readexactly(length))
            took = time.perf_counter() - asked
            self.times.append(took)
            typed = [type(values.get(one)) for one in ("isVip", "vipLevel")]
            self.good += typed == [int, str] and took <= LATE
        writer.close()


async def measure(
    port: int, others: tuple[str, ...], seconds: float
) -> Mapping[str, Any]:
    """Return one row: four callers of the healthy endpoint, while the others ask."""
    until = time.perf_counter() + seconds
    four = Crowd(port, ("good",), until)
    beside = Crowd(port, others, until)
    crowd = [four.call(number) for number in range(CALLERS)]
    if others:
        crowd += [beside.call(number) for number in range(OTHERS)]
    await asyncio.gather(*crowd)
    return {
        "p99_ms": round(statistics.quantiles(four.times, n=100)[98] * 1000, 1),
        "answers": len(four.times),
        "complete": four.good == len(four.times),
        "others": len(beside.times),
        "others_good": beside.good,
    }


@contextmanager
def started(
    command: list[str], **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for the block, and end it afterwards."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def write_configuration(folder: Path, healthy: int, port: int, faults: Any) -> None:
    """Write an endpoint and a source for each fault, and two for the healthy system."""
    (folder / "endpoints").mkdir()
    sources = {"healthy": "", **{f"f-{name}": name for name in faults}}
    text = ROOT.format(healthy=healthy).rsplit("  healthy", 1)[0]
    for name in ("good", "healthy"):
        text += SOURCE.format(name=name, port=healthy, path="customer")
    for name, path in list(sources.items())[1:]:
        text += SOURCE.format(name=name, port=port, path=path)
    (folder / "ivrhooks.yaml").write_text(text)
    for name in ("good", *sources):
        (folder / "endpoints" / f"{name}.yaml").write_text(ENDPOINT.format(name=name))


def command_of(server: str, workers: int, folder: Path, port: int) -> list[str]:
    """Return the command that starts a server."""
    bin_ = Path(sys.executable).parent
    if server == "serve":
        options = ["--config", str(folder), "--port", str(port)]
        return [str(bin_ / "ivrhooks"), "serve", *options, "--workers", str(workers)]
    address = f"127.0.0.1:{port}"
    return [str(bin_ / "gunicorn"), "-w", str(workers), "-b", address, "wsgi:app"]


def run(server: str, workers: int, seconds: float) -> Iterator[tuple[str, Any]]:
    """Yield the rows of one server."""
    healthy, port = free_port(), free_port()
    system = [sys.executable, str(HERE / "customer_system.py"), str(healthy)]
    with (
        tempfile.TemporaryDirectory() as place,
        started(system),
        started([sys.executable, str(FAULTS)]) as failing,
    ):
        assert failing.stdout is not None
        told = json.loads(failing.stdout.readline())
        folder = Path(place) / "config"
        folder.mkdir()
        write_configuration(folder, healthy, told["port"], told["faults"])
        command = command_of(server, workers, folder, port)
        own = {"IVRHOOKS_CONFIG": str(folder), "IVRHOOKS_DATA": str(Path(place) / "d")}
        with started(command, **own) as process:
            wait_for(port, process)
            for beside, names in BESIDE.items():
                others = tuple(f"f-{one}" for one in names)
                if beside == "all faults":
                    others = tuple(f"f-{one}" for one in told["faults"])
                elif names == ("healthy",):
                    others = names
                twice = seconds * (2 if beside == "all faults" else 1)
                yield beside, uvloop.run(measure(port, others, twice))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--server", choices=("serve", "wsgi"), action="append")
    parser.add_argument("--workers", type=int, action="append")
    asked = parser.parse_args()
    for server in asked.server or ("serve", "wsgi"):
        for workers in asked.workers or (1, 4):
            for beside, row in run(server, workers, asked.seconds):
                print(
                    f"{server} {workers} beside {beside}: {json.dumps(row)}", flush=True
                )


if __name__ == "__main__":
    main()
