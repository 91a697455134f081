#!/usr/bin/env bash
# Kamailio 6.0.1 (Debian 13; 6.1.5 does the same): a variable holds 64 bits of an integer, a number in
# the script 32, and a larger one is another number without a word. A telephone number is never equal
# to itself as a number, and 5000000000 is greater than 5000000001. As text it is equal.
. "$(dirname "$0")/_kamailio.sh"
script > "$folder/seen" <<'ROUTE'
  jansson_get("tel", '{"tel": 13800000001}', "$var(tel)");
  $var(number) = $(var(tel){s.int});
  $var(written) = 13800000001;
  xlog("L_ALERT", "SEEN answered $var(number), written $var(written)\n");
  if ($var(number) == 13800000001) { xlog("L_ALERT", "SEEN equal as numbers\n"); }
  if ($var(tel) == "13800000001") { xlog("L_ALERT", "SEEN equal as texts\n"); }
  jansson_get("points", '{"points": 5000000000}', "$var(points)");
  if ($var(points) > 5000000001) { xlog("L_ALERT", "SEEN 5000000000 > 5000000001\n"); }
ROUTE
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "answered 13800000001, written 915098113
equal as texts
5000000000 > 5000000001" ] || { echo "the behaviour has changed"; tail "$folder/log"; exit 1; }
