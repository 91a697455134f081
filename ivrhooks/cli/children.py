"""Starts, monitors and stops the child processes of ``demo``."""

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
    """This process was asked to end."""


class ChildEnded(Exception):
    """A child process ended unexpectedly."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"The {name} ended with status {status}; see above why.")


class ChildSilent(Exception):
    """A child process is running, but does not answer."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running ``python -m ivrhooks …``, and the URL that answers once it is up."""

    name: str
    url: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise ChildEnded where the process has ended."""
        status = self.process.poll()
        if status is not None:
            raise ChildEnded(self.name, status)


def start(
    name: str,
    arguments: Sequence[str],
    url: str,
    environ: Mapping[str, str],
    descriptors: Sequence[int] = (),
) -> Child:
    """Start ``python -m ivrhooks …`` in a process group of its own.

    Ctrl-C therefore reaches the demo only, which then ends its children in order. The
    child inherits ``descriptors``.
    """
    command = [sys.executable, "-m", "ivrhooks", *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the demo itself prints all addresses
        process_group=0,
        pass_fds=descriptors,
    )
    return Child(name, url, process)


def wait_until_up(
    children: Sequence[Child], *, limit: float = START_LIMIT, pause: float = PAUSE
) -> None:
    """Return when each child's ``/healthz`` has answered with 200.

    Raises ChildEnded, or ChildSilent after ``limit`` seconds.
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
    """Wait until a child ends, and raise ChildEnded."""
    while True:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for child in children:
            child.check()


def stop(children: Sequence[Child], *, limit: float = STOP_LIMIT) -> None:
    """Ask every child to end, wait, and kill those that do not.

    A second Ctrl-C ends the wait.
    """
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
    """Raise Stopped inside the context on Ctrl-C, SIGTERM and SIGHUP (closed terminal).

    Afterwards the old handlers are restored. Under nohup SIGHUP stays ignored.
    """

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


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Return a socket that listens on this port, or on a free one where it is taken or
    0."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError:
        return socket.create_server((host, 0), backlog=1024)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port
