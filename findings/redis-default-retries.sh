#!/usr/bin/env bash
# redis 8.1.0: a command to a server that is down takes seconds, although both time-outs are
# 50 ms: each client repeats ten times by default, with pauses between. `retry=None` repeats
# nothing; `retry_on_error=[]` changes nothing.
. "$(dirname "$0")/_venv.sh" "redis==8.1.0"
"$python" - <<'PYTHON'
import socket
import time

import redis

with socket.socket() as closed:
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
LIMITS = {"socket_timeout": 0.05, "socket_connect_timeout": 0.05}


def seconds(**more):
    client = redis.Redis(port=port, **LIMITS, **more)
    began = time.perf_counter()
    try:
        client.get("name")
    except redis.ConnectionError:
        return time.perf_counter() - began
    raise AssertionError("nothing listens there")


usual, off, once = seconds(), seconds(retry_on_error=[]), seconds(retry=None)
print(f"redis {redis.__version__}, both limits 50 ms: {usual:.1f} s by default, "
      f"{off:.1f} s with retry_on_error=[], {once:.3f} s with retry=None")
assert usual > 1 and off > 1 and once < 0.5
PYTHON
