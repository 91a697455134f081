#!/usr/bin/env bash
# Asterisk 22.10.1 (Debian testing) with pyst2 0.5.1: a text of two lines, as JSON_DECODE gives it,
# goes to an AGI script as two lines, of which the first alone is taken as the answer.
# `get_variable` returns an empty text, and the command behind it raises ValueError.
. "$(dirname "$0")/_asterisk.sh"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pyst2==0.5.1"
cat > "$folder/read.py" <<PYTHON
#!$folder/venv/bin/python
from asterisk.agi import AGI


def value(name):
    try:
        return repr(agi.get_variable(name))
    except ValueError as error:
        return type(error).__name__


agi = AGI()
with open("$folder/read", "a") as file:
    for name in ("vip", "text", "vip"):
        print(name, value(name), file=file)
PYTHON
chmod +x "$folder/read.py"
dialplan <<DIALPLAN
Set(answer={"text": "Closed today.\\nOpen at 10", "vip": 1})
Set(text=\${JSON_DECODE(answer,text)})
Set(vip=\${JSON_DECODE(answer,vip)})
AGI($folder/read.py)
DIALPLAN
cat "$folder/read"
[ "$(cat "$folder/read")" = "vip '1'
text ''
vip ValueError" ] || { echo "the behaviour has changed"; exit 1; }
