#!/usr/bin/env bash
# Asterisk 22.10.1 (Debian testing): IF() parts its values at the first colon, also at one that came
# in by a variable. A text with a time of day is cut: "Open at 10:30" becomes "Open at 10". As the
# second value it is whole, and ExecIf() takes it whole in both places.
. "$(dirname "$0")/_asterisk.sh"
dialplan > "$folder/seen" <<'DIALPLAN'
Set(answer={"text": "Open at 10:30", "vip": 1})
Set(text=${JSON_DECODE(answer,text)})
Set(vip=${JSON_DECODE(answer,vip)})
Log(NOTICE,SEEN first: ${IF($[${vip} = 1]?${text}:none)})
Log(NOTICE,SEEN second: ${IF($[${vip} = 2]?none:${text})})
ExecIf($[${vip} = 1]?Set(said=${text}):Set(said=none))
Log(NOTICE,SEEN ExecIf: ${said})
DIALPLAN
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "first: Open at 10
second: Open at 10:30
ExecIf: Open at 10:30" ] || { echo "the behaviour has changed"; exit 1; }
