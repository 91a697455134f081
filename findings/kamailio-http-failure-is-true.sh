#!/usr/bin/env bash
# Kamailio 6.0.1 (Debian 13; 6.1.5 does the same), http_client: where nobody answers,
# http_client_query returns the number of libcurl's error, which is above 0 and so true. A script
# that says `if (http_client_query(…))` goes on with an empty answer. Only 200 is an answer.
. "$(dirname "$0")/_kamailio.sh"
script > "$folder/seen" <<'ROUTE'
  if (http_client_query("http://127.0.0.1:1/vip", "$var(answer)")) {
    xlog("L_ALERT", "SEEN refused: true, $rc, [$var(answer)]\n");
  }
  if (http_client_query("http://ivr.invalid/vip", "$var(answer)")) {
    xlog("L_ALERT", "SEEN unknown host: true, $rc, [$var(answer)]\n");
  }
ROUTE
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "refused: true, 7, []
unknown host: true, 6, []" ] || { echo "the behaviour has changed"; tail "$folder/log"; exit 1; }
