#!/usr/bin/env bash
# redis 8.1.0 (Python) with a Redis 8.0.2 whose command HELLO is renamed away, as Redis 5 and some
# proxies have none: each command fails with "unknown command 'HELLO'". The client begins with
# HELLO 3 by default and falls back on nothing. With protocol=2 it sends none, and all commands work.
. "$(dirname "$0")/_debian.sh" trixie "redis-server=5:8.0.2-3+deb13u3" "redis-tools=5:8.0.2-3+deb13u3"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "redis==8.1.0"
run bin/redis-server --version
start bin/redis-server --bind 127.0.0.1 --port 24399 --save "" --rename-command HELLO "" > "$folder/server" 2>&1 &
server=$!
for _ in $(seq 100); do
    grep -q "Ready to accept" "$folder/server" && break
    sleep 0.1
done
"$folder/venv/bin/python" - <<'PYTHON' || { kill "$server"; exit 1; }
import redis


def value(**options):
    client = redis.Redis(port=24399, **options)
    try:
        client.set("name", "value")
        return client.get("name")
    except redis.ResponseError as error:
        return str(error).split(",")[0]


usual, second = value(), value(protocol=2)
print("redis", redis.__version__, "by default:", usual, "with protocol=2:", second)
assert usual == "unknown command 'HELLO'" and second == b"value"
PYTHON
kill "$server"
