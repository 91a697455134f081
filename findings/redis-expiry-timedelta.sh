#!/usr/bin/env bash
# redis 8.1.0: `ex` takes a timedelta, and drops its fraction without a word: 1,900 ms become one
# second, 900 ms become 0, which the server refuses ("invalid expire time"). A float is refused
# in Python instead. Only `px` keeps the milliseconds.
. "$(dirname "$0")/_venv.sh" "redis==8.1.0"
"$python" - <<'PYTHON'
from datetime import timedelta

import redis


class Shown(redis.Redis):
    """Returns what would be sent."""

    def execute_command(self, *words, **options):
        return words[3:]


def sent(**expiry):
    try:
        return Shown().set("name", "value", **expiry)
    except redis.DataError as error:
        return str(error)


print("redis", redis.__version__)
values = [
    sent(ex=timedelta(milliseconds=1900)),
    sent(ex=timedelta(milliseconds=900)),
    sent(px=timedelta(milliseconds=900)),
    sent(ex=1.9),
]
for value in values:
    print(value)
assert values[:3] == [("EX", 1), ("EX", 0), ("PX", 900)], values
assert "must be datetime.timedelta or int" in values[3]
PYTHON
