#!/usr/bin/env bash
# Asterisk 22.10.1 (Debian testing): JSON_DECODE keeps 32 bits of an integer. A telephone number that
# comes as a number is another one, 2147483648 is negative, 4294967296 is 0, and the log has no
# warning. The function gives a list or an object that holds such a number as it is.
. "$(dirname "$0")/_asterisk.sh"
dialplan > "$folder/seen" <<'DIALPLAN'
Set(answer={"tel": 13800000001, "max": 2147483647, "over": 2147483648, "zero": 4294967296, "text": "13800000001", "list": [13800000001]})
Log(NOTICE,SEEN tel=${JSON_DECODE(answer,tel)} max=${JSON_DECODE(answer,max)} over=${JSON_DECODE(answer,over)})
Log(NOTICE,SEEN zero=${JSON_DECODE(answer,zero)} text=${JSON_DECODE(answer,text)} list=${JSON_DECODE(answer,list)})
DIALPLAN
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "tel=915098113 max=2147483647 over=-2147483648
zero=0 text=13800000001 list=[13800000001]" ] || { echo "the behaviour has changed"; exit 1; }
