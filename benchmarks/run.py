"""Measures the cost of an answer: ivrhooks and three hand-written servers.

    python benchmarks/run.py [--rounds 3] [--seconds 5] [--work mock] [--server NAME]

It installs the peers below ``.bench/`` (a virtual environment, and node_modules where
Node.js is installed), starts each server with 2 processes, checks its answers, and
loads it. The servers take turns within a round, since other work on the machine changes
every figure: compare the ratios. Needs only the standard library, and Linux
(``/proc``).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BENCH = ROOT / ".bench"
VENV = BENCH / "venv"
NODE = BENCH / "node"

WORKERS = 2
CONNECTIONS = 64
START_SECONDS = 60.0
WARM_SECONDS = 5.0
"""Seconds of load before the measurement, in which Node.js compiles hot code."""
TICKS = os.sysconf("SC_CLK_TCK")
WORKS = {
    "mock": "a form, answered without asking anybody",
    "lookup": "one lookup, answered by the customer system at once",
    "slow": "one lookup, answered after 20 ms",
    "cached": "one lookup of 20 ms, 1,000 callers, kept for 60 s",
}
REFERENCE = "fastify-undici"
MOCKED = {"queue": "vip", "greeting": "hello"}
FOUND = {"isVip": 1, "vipLevel": "gold", "userLabel": "regular", "isblack": 0}


@dataclass(frozen=True)
class Server:
    """How to start one server; its environment also has PORT and UPSTREAM."""

    name: str
    command: Callable[[int], list[str]]
    environment: Mapping[str, str]
    folder: Path


def servers() -> list[Server]:
    """Return all servers; Fastify only where Node.js is installed."""
    ours = Path(sys.executable).parent
    config = str(HERE / "configs")
    settings = {"IVRHOOKS_CONFIG": config, "IVRHOOKS_DATA": str(BENCH / "data")}

    def gunicorn(folder: Path, *options: str) -> Callable[[int], list[str]]:
        return lambda port: [
            str(folder / "gunicorn"),
            *("--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}"),
            *options,
        ]

    def serve(port: int) -> list[str]:
        named = ("--config", config, "--port", str(port), "--workers", str(WORKERS))
        return [str(ours / "ivrhooks"), "serve", *named]

    def uvicorn(port: int) -> list[str]:
        options = ("--workers", str(WORKERS), "--port", str(port), "--no-access-log")
        return [str(VENV / "bin/uvicorn"), "fastapi_aiohttp:app", *options]

    threads = ("--threads", "16", "--worker-class", "gthread", "--keep-alive", "75")
    flask = gunicorn(VENV / "bin", *threads, "flask_requests:app")
    peers = HERE / "peers"
    found = [
        Server("ivrhooks serve", serve, settings, ROOT),
        Server("gunicorn wsgi:app", gunicorn(ours, "wsgi:app"), settings, ROOT),
        Server("flask-requests", flask, {}, peers),
        Server("fastapi-aiohttp", uvicorn, {}, peers),
    ]
    if shutil.which("node"):
        script = str(peers / "fastify_undici.cjs")
        node = {"WORKERS": str(WORKERS), "NODE_PATH": str(NODE / "node_modules")}
        found.append(Server(REFERENCE, lambda _: ["node", script], node, peers))
    return found


# ----------------------------------------------------------------------- setting up


def install() -> None:
    """Install the peers that are not installed yet."""
    BENCH.mkdir(exist_ok=True)
    wanted = (HERE / "requirements.txt").read_text()
    done = VENV / "installed.txt"
    if not done.is_file() or done.read_text() != wanted:
        say("installing the peers in Python")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        pip = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet"]
        run([*pip, "--requirement", str(HERE / "requirements.txt")])
        done.write_text(wanted)
    wanted = (HERE / "peers/package.json").read_text()
    done = NODE / "package.json"
    if not shutil.which("npm"):
        say("Node.js is not installed: Fastify is left out")
    elif not done.is_file() or done.read_text() != wanted:
        say("installing the peer in JavaScript")
        shutil.rmtree(NODE, ignore_errors=True)
        NODE.mkdir()
        shutil.copy(HERE / "peers/package.json", NODE)
        run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=NODE)


def run(command: list[str], cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# -------------------------------------------------------------------------- processes


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def started(
    command: list[str], port: int, environment: Mapping[str, str], folder: Path
) -> Iterator[int]:
    """Run a process that listens on ``port``, and end it after the block."""
    log = (BENCH / "last.log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PORT": str(port), **environment},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit((BENCH / "last.log").read_text(errors="replace")[-2000:])


def tree(session: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the processes of a session, each with the fields of its ``stat`` after the
    name."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            if int(fields[3]) == session:
                yield int(entry.name), fields


def processor_time(session: int) -> float:
    """Return the seconds that the processes of a session and their ended children have
    used."""
    used = sum(sum(map(int, fields[11:15])) for _, fields in tree(session))
    return used / TICKS


def memory(session: int) -> float:
    """Return the megabytes of the processes of a session, shared pages counted once."""
    total = 0
    for pid, _ in tree(session):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total / 1024


# -------------------------------------------------------------------------- measuring


def measure(server: Server, work: str, upstream: int, seconds: float) -> dict[str, Any]:
    """Measure one server at one work."""
    port = free_port()
    environment = {**server.environment, "UPSTREAM": f"http://127.0.0.1:{upstream}"}
    command = server.command(port)
    with started(command, port, environment, server.folder) as pid:
        check(server.name, work, port)
        calls(port, work, CONNECTIONS, WARM_SECONDS)
        before = processor_time(pid)
        loaded = calls(port, work, CONNECTIONS, seconds)
        used = processor_time(pid) - before
        alone = calls(port, work, 1, 1.0)
        if set(loaded["statuses"]) != {"200"}:
            raise SystemExit(f"{server.name}, {work}: answers {loaded['statuses']}")
        return {
            "cpu": used / loaded["answers"] * 1e6,
            "rate": loaded["answers"] / loaded["seconds"],
            "p50": loaded["p50"] * 1000,
            "p99": loaded["p99"] * 1000,
            "alone": alone["p50"] * 1000,
            "memory": memory(pid),
        }


def check(name: str, work: str, port: int) -> None:
    """Exit if a server answers wrongly."""
    url = f"http://127.0.0.1:{port}/{work}"
    if work == "mock":
        form = b"level=3&city=Hanoi&m&token=t"
        label = {"Content-Type": "application/x-www-form-urlencoded"}
        asked, wanted = urllib.request.Request(url, form, label), MOCKED
    else:
        asked, wanted = urllib.request.Request(f"{url}?tel=13800000001"), FOUND
    with urllib.request.urlopen(asked, timeout=10) as reply:
        answer = json.load(reply)
    if answer != wanted:
        raise SystemExit(f"{name} answers {work} with {answer}")


def calls(port: int, work: str, connections: int, seconds: float) -> dict[str, Any]:
    command = [str(VENV / "bin/python"), str(HERE / "callers.py"), str(port), work]
    command += [str(connections), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def medians(rounds: list[dict[str, Any]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def table(work: str, results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the table of one work: the medians, and the range of processor time."""
    lines = [
        f"\n{work}: {WORKS[work]}\n",
        "| server | processor time, µs | lowest-highest | ratio | answers a second "
        "| p50, ms | p99, ms | one caller, ms | memory, MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    known = REFERENCE if REFERENCE in results else next(iter(results))
    reference = medians(results[known])["cpu"]
    for name, rounds in results.items():
        one, costs = medians(rounds), sorted(each["cpu"] for each in rounds)
        lines.append(
            f"| {name} | {one['cpu']:.0f} | {costs[0]:.0f}-{costs[-1]:.0f} "
            f"| {one['cpu'] / reference:.2f} | {one['rate']:.0f} | {one['p50']:.1f} "
            f"| {one['p99']:.1f} | {one['alone']:.2f} | {one['memory']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument("--work", action="append", choices=WORKS, help="all otherwise")
    parser.add_argument("--server", action="append", help="all otherwise")
    parser.add_argument("--json", type=Path, help="a file for every single figure")
    asked = parser.parse_args()
    install()
    known = servers()
    chosen = [one for one in known if not asked.server or one.name in asked.server]
    if not chosen:
        raise SystemExit("known: " + ", ".join(one.name for one in known))
    upstream = free_port()
    system = [str(VENV / "bin/python"), str(HERE / "customer_system.py"), str(upstream)]
    results: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with started(system, upstream, {}, HERE):
        for work in asked.work or WORKS:
            found = results[work] = {one.name: [] for one in chosen}
            for number in range(asked.rounds):
                for one in chosen:
                    say(f"{work}, round {number + 1}: {one.name}")
                    found[one.name].append(measure(one, work, upstream, asked.seconds))
            print(table(work, found), flush=True)
    if asked.json is not None:
        asked.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
