#!/usr/bin/env bash
# orjson 3.13.0: an integer of more than 64 bits in JSON silently becomes a float, so an id
# of 20 digits comes back as another number. Python's json keeps every digit.
. "$(dirname "$0")/_venv.sh" "orjson==3.13.0"
"$python" - <<'PYTHON'
import json

import orjson

text = b'{"id": 98765432109876543210}'
ours, theirs = json.loads(text)["id"], orjson.loads(text)["id"]
print("orjson", orjson.__version__, "json:", ours, "orjson:", repr(theirs))
assert ours == 98765432109876543210
assert isinstance(theirs, float) and int(theirs) != ours
PYTHON
