"""The child processes of ``demo``: started, watched and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Never

from ivrhooks.basics.errors import SourceError
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.sync import SyncTransport

START_LIMIT = 60.0
STOP_LIMIT = 15.0
PAUSE = 0.1


class Stopped(Exception):
    """Somebody asked this process to end."""


class ChildEnded(Exception):
    """A child ended that should have gone on."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"The {name} ended with status {status}; see above why.")


class ChildSilent(Exception):
    """A child runs and does not answer."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running ``python -m ivrhooks …``, and the URL that answers once it is up."""

    name: str
    url: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raises ChildEnded where it does not run any more."""
        status = self.process.poll()
        if status is not None:
            raise ChildEnded(self.name, status)


def start(
    name: str, arguments: Sequence[str], url: str, environ: Mapping[str, str]
) -> Child:
    """Starts ``python -m ivrhooks`` in a process group of its own, so that a Ctrl-C
    reaches only the demo, which then ends its children in order."""
    command = [sys.executable, "-m", "ivrhooks", *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the demo itself says where everything is
        process_group=0,
    )
    return Child(name, url, process)


def wait_until_up(
    children: Sequence[Child], *, limit: float = START_LIMIT, pause: float = PAUSE
) -> None:
    """Returns when each child's ``/healthz`` has answered 200.

    Raises ChildEnded, or ChildSilent when ``limit`` seconds are over.
    """
    end = time.monotonic() + limit
    for child in children:
        while not _healthy(child.url):
            for each in children:
                each.check()
            if time.monotonic() >= end:
                raise ChildSilent(f"The {child.name} does not answer at {child.url}.")
            time.sleep(pause)


def _healthy(url: str) -> bool:
    transport = SyncTransport()
    try:
        request = Request("GET", f"{url}/healthz")
        return transport.send(request, timeout=1.0, limit=65536).status == 200
    except SourceError:
        return False
    finally:
        transport.close()


def watch(children: Sequence[Child]) -> Never:
    """Waits until a child ends, and raises ChildEnded."""
    while True:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for child in children:
            child.check()


def stop(children: Sequence[Child], *, limit: float = STOP_LIMIT) -> None:
    """Asks every child to end, waits, and ends those by force that do not; a second
    Ctrl-C ends the wait."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    end = time.monotonic() + limit
    for child in children:
        try:
            child.process.wait(max(0.0, end - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt, Stopped):
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed) raise Stopped;
    afterwards they are what they were. Under nohup SIGHUP stays ignored."""

    def raise_stopped(number: int, frame: FrameType | None) -> None:
        raise Stopped

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, raise_stopped) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port
