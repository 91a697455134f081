#!/usr/bin/env bash
# Asterisk 22.10.1 (Debian testing): `=` compares what looks like two numbers as numbers, with 64
# bits of precision. Two SIM card numbers that differ in the last of 20 digits are equal, and so are
# the codes 007 and 7. In quotes they are compared as texts.
. "$(dirname "$0")/_asterisk.sh"
dialplan > "$folder/seen" <<'DIALPLAN'
Set(card=89840300011122233344)
Set(code=007)
Log(NOTICE,SEEN card: $[${card} = 89840300011122233345], in quotes: $["${card}" = "89840300011122233345"])
Log(NOTICE,SEEN card less the other: $[${card} - 89840300011122233345])
Log(NOTICE,SEEN code: $[${code} = 7], in quotes: $["${code}" = "7"])
DIALPLAN
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "card: 1, in quotes: 0
card less the other: 0
code: 1, in quotes: 0" ] || { echo "the behaviour has changed"; exit 1; }
