"""Finds ports for servers that need a fixed port, or that restart on the same port.

The ports are below those that the system gives to outgoing connections, so that none is
taken while no server listens on it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

FIRST, COUNT = 10_000, 20_000
_offers = itertools.count(os.getpid() * 1009)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which no process listens.

    A port is not returned again soon. Test runs at the same time get other ports.
    """
    for offer in itertools.islice(_offers, COUNT):
        port = FIRST + offer % COUNT
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")
