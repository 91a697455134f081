"""A sandbox on a socket, that stands for the real system or for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.server import SandboxServer, listen


@contextmanager
def sandbox_on(data: Path | None) -> Iterator[str]:
    """The sandboxes with ``data`` in place of the shipped records."""
    server = SandboxServer(create_sandbox_app(data, "sqlite://"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """With the shipped records."""
    with sandbox_on(None) as url:
        yield url


@pytest.fixture
def sandbox_with() -> Callable[[Path], object]:
    """One with a data file."""
    return sandbox_on
