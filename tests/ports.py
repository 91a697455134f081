"""Ports for servers that are told where to listen, or that come back where they were.

They lie below those that the system gives to outgoing connections: nothing takes one
in the moments while nobody listens on it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

FIRST, COUNT = 10_000, 20_000
_offers = itertools.count(os.getpid() * 1009)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on; never the same one soon, nor that
    of another run that began beside this one."""
    for offer in itertools.islice(_offers, COUNT):
        port = FIRST + offer % COUNT
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")
