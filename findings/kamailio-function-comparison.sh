#!/usr/bin/env bash
# Kamailio 6.0.1 (Debian 13; 5.6.3 and 6.1.5 do the same): a function in a comparison is 1 or 0. After
# an answer with status 200, `http_client_query(…) == 200` is false and `== 1` is true. $rc is 200
# behind a call alone, and so is a variable that is set to the function.
. "$(dirname "$0")/_kamailio.sh"
python3 -u -m http.server 24299 --bind 127.0.0.1 --directory "$folder/apt" > "$folder/server" 2>&1 &
server=$!
for _ in $(seq 100); do
    grep -q Serving "$folder/server" && break
    sleep 0.1
done
script > "$folder/seen" <<'ROUTE'
  if (http_client_query("http://127.0.0.1:24299/sources", "$var(answer)") == 200) {
    xlog("L_ALERT", "SEEN the function is 200\n");
  }
  if (http_client_query("http://127.0.0.1:24299/sources", "$var(answer)") == 1) {
    xlog("L_ALERT", "SEEN the function is 1\n");
  }
  http_client_query("http://127.0.0.1:24299/sources", "$var(answer)");
  if ($rc == 200) { xlog("L_ALERT", "SEEN $$rc is 200\n"); }
  $var(status) = http_client_query("http://127.0.0.1:24299/sources", "$var(answer)");
  if ($var(status) == 200) { xlog("L_ALERT", "SEEN the variable is 200\n"); }
ROUTE
kill "$server"
cat "$folder/seen"
[ "$(cat "$folder/seen")" = 'the function is 1
$rc is 200
the variable is 200' ] || { echo "the behaviour has changed"; tail "$folder/log"; exit 1; }
