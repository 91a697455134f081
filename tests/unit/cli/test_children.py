"""The demo's children: started, watched and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ivrhooks.cli.children import (
    Child,
    ChildEnded,
    ChildSilent,
    Stopped,
    free_port,
    is_free,
    start,
    stop,
    stoppable,
    wait_until_up,
    watch,
)

Spawn = Callable[..., Child]
WAITS = "import signal; print(flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(15, signal.SIG_IGN); {WAITS}"


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Runs a line of Python as a child; returns when it has printed a line."""
    children = []

    def run(program: str, *, name: str = "server", url: str = "") -> Child:
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, process_group=0
        )
        children.append(Child(name, url, process))
        assert process.stdout is not None
        process.stdout.readline()
        return children[-1]

    yield run
    for child in children:
        child.process.kill()
        child.process.wait()
        if child.process.stdout is not None:
            child.process.stdout.close()


def test_children_that_answer_are_up(spawn: Spawn, server: Any) -> None:
    wait_until_up([spawn(WAITS, url=server.url)])
    assert server.requests[0]["target"] == "/healthz"


def test_a_child_that_ends_before_it_answers_is_reported(spawn: Spawn) -> None:
    child = spawn("raise SystemExit(3)", url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ChildEnded, match="The server ended with status 3"):
        wait_until_up([child])


def test_a_child_that_never_answers_is_given_up(spawn: Spawn) -> None:
    child = spawn(WAITS, url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ChildSilent, match="The server does not answer"):
        wait_until_up([child], limit=0.0)


def test_the_first_child_to_end_is_named(spawn: Spawn) -> None:
    children = [spawn(WAITS), spawn("raise SystemExit(4)", name="sandbox")]
    with pytest.raises(ChildEnded, match="The sandbox ended with status 4"):
        watch(children)


def test_all_are_stopped_and_waited_for(spawn: Spawn) -> None:
    children = [spawn(WAITS), spawn(WAITS)]
    stop(children)
    assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2


def test_one_that_does_not_listen_is_ended_by_force(spawn: Spawn) -> None:
    child = spawn(DEAF)
    stop([child], limit=0.0)
    assert child.process.returncode == -signal.SIGKILL


def test_stopping_an_ended_child_does_nothing(spawn: Spawn) -> None:
    child = spawn("")
    child.process.wait()
    stop([child])
    assert child.process.returncode == 0


@pytest.fixture
def terminal() -> Iterator[None]:
    """SIGHUP as a terminal leaves it, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_wait(spawn: Spawn, number: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped), stoppable():
        os.kill(os.getpid(), number)
        watch([spawn(WAITS)])
    assert signal.getsignal(number) is before


def test_under_nohup_a_closed_terminal_ends_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_child_is_ivrhooks_itself_with_its_environment() -> None:
    child = start("tool", ["--version"], "", {"NO_COLOR": "1"})
    assert child.process.wait() == 0
    assert child.process.args[1:] == ["-m", "ivrhooks", "--version"]  # type: ignore[index]


def test_a_taken_port_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not is_free(listener.getsockname()[1])
    assert is_free(free_port())
