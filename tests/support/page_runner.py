"""Runs the steps of a page in a shell, as a reader would."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from support import network_namespace
from support.console_blocks import Step, begins_with, is_output

MAX_WAIT = 60.0
DONE = re.compile(r"\x01(\d+)\x01")


class Unlike(AssertionError):
    """A command printed another output, or had another status, than on its page."""


class Reader:
    """One shell in a new folder, and the commands that it left running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / ".tmp").mkdir()
        # On a terminal curl shows no progress meter.
        (folder / ".curlrc").write_text("no-progress-meter\n")
        self._left: list[tuple[str, str]] = []
        self._drained: list[threading.Thread] = []
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=network_namespace.enter,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ends = [self._end(*left) for left in self._left]
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(MAX_WAIT)
        assert self._shell.stdout is not None
        self._shell.stdout.close()
        for thread in self._drained:
            thread.join(MAX_WAIT)
        assert kind is not None or all(ends), "it does not end with 0"

    def follow(self, step: Step) -> None:
        """Run one step. Raises Unlike if its result differs from the page."""
        if step.file:
            file = self._folder / step.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text, "utf-8")
        elif step.stays_up:
            self._leave_running(step)
        elif not step.not_run:
            came, status = self._run(step.command)
            if status != step.status or not is_output(step.output, came):
                raise Unlike(_told(step, came, status))

    def _end(self, process: str, command: str) -> bool:
        """End a process and return whether it ended well.

        Only ``ivrhooks`` has to end with status 0 on SIGTERM.
        """
        status = self._run(f"kill -TERM {process}; wait {process}")[1]
        return status == 0 or not command.startswith("ivrhooks ")

    def _run(self, command: str) -> tuple[str, int]:
        assert self._shell.stdin is not None and self._shell.stdout is not None
        line = f"{{ {command}\n}} </dev/null; printf '\\001%s\\001' $?\n"
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        text = read_until(self._shell.stdout, lambda text: bool(DONE.search(text)))
        match = DONE.search(text)
        if not match:
            raise Unlike(f"`{command}` does not end:\n{text}")
        return text[: match.start()], int(match[1])

    def _leave_running(self, step: Step) -> None:
        pipe = self._folder / ".tmp" / f"{step.line}"
        os.mkfifo(pipe)
        # Non-blocking, since no process has opened the other end yet.
        stream = os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb")
        command = f"{step.command} >'{pipe}' 2>&1 </dev/null & echo $!"
        process = self._run(command)[0].strip()
        self._left.append((process, step.command))
        came = read_until(stream, lambda text: begins_with(step.output, text))
        thread = threading.Thread(target=_drain, args=(stream,))
        thread.start()
        self._drained.append(thread)
        if not begins_with(step.output, came):
            raise Unlike(_told(step, came, None))


def read_until(stream: IO[bytes], enough: Callable[[str], bool]) -> str:
    """Return the text of a stream until it is ``enough``, it ends or MAX_WAIT is
    over."""
    end, data = time.monotonic() + MAX_WAIT, b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while selector.select(max(0.0, end - time.monotonic())):
            part = os.read(stream.fileno(), 65536)
            data += part
            if not part or enough(data.decode("utf-8", "replace")):
                break
    return data.decode("utf-8", "replace")


def _drain(stream: IO[bytes]) -> None:
    """Read the rest of a stream, so that a full pipe blocks no process."""
    with stream:
        os.set_blocking(stream.fileno(), True)
        while os.read(stream.fileno(), 65536):
            pass


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        key: text for key, text in os.environ.items() if not key.startswith("IVRHOOKS")
    }
    return {
        **kept,
        "CHECKOUT": str(Path(__file__).parents[2]),
        "HOME": str(folder),
        "IVRHOOKS_DATA": str(folder / ".data"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def _told(step: Step, came: str, status: int | None) -> str:
    output = "\n".join(step.output)
    ended = "" if status is None else f" and ended with {status}"
    return (
        f"line {step.line}: $ {step.command}\nprinted{ended}:\n{came}\nnot:\n{output}"
    )
