#!/usr/bin/env bash
# A client may send a whole URL in its request line, and each server is to take it (RFC 9112, 3.2.2).
# uvicorn 0.54.0 with h11, Hypercorn 0.18.0 and the ASGI worker of gunicorn 27.0.1 hand it on as the
# path, so no route fits. uvicorn with httptools and Granian 2.8.9 hand on its path.
. "$(dirname "$0")/_venv.sh" "uvicorn==0.54.0" "h11==0.16.0" "httptools==0.9.0" \
    "hypercorn==0.18.0" "granian==2.8.9" "gunicorn==27.0.1"
cat > "$folder/application.py" <<'PYTHON'
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"path=" + scope["path"].encode()})
PYTHON
"$python" - "$folder" <<'PYTHON'
import socket
import subprocess
import sys
import time

COMMANDS = {
    "uvicorn, httptools": "uvicorn --http httptools --port {port}",
    "uvicorn, h11": "uvicorn --http h11 --port {port}",
    "hypercorn": "hypercorn --bind 127.0.0.1:{port}",
    "granian": "granian --interface asgi --port {port}",
    "gunicorn": "gunicorn --no-control-socket --worker-class asgi --bind 127.0.0.1:{port}",
}
REQUEST = b"GET http://ivr.example.com/vip HTTP/1.1\r\nHost: ivr.example.com\r\nConnection: close\r\n\r\n"
folder = sys.argv[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connected(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the server does not start")


def path(command):
    port = free_port()
    program, *options = command.format(port=port).split()
    words = [f"{folder}/venv/bin/{program}", *options, "application:app"]
    with open(f"{folder}/log", "w") as log:
        server = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        with connected(port) as client:
            client.sendall(REQUEST)
            response = client.makefile("rb").read().decode()
            return response.partition("path=")[2].split("\r\n")[0]
    finally:
        server.terminate()
        server.wait()


paths = {name: path(command) for name, command in COMMANDS.items()}
for name, seen in paths.items():
    print(f"{name}: {seen}")
whole = "http://ivr.example.com/vip"
assert list(paths.values()) == ["/vip", whole, whole, "/vip", whole], paths
PYTHON
