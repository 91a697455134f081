#!/usr/bin/env bash
# Kamailio 6.0.1 (Debian 13; 6.1.5 does the same): a variable holds 64 bits of an integer, a number in
# the script 32, and a larger one is another number without a word. A telephone number is never equal
# to itself as a number, and 5000000000 is greater than 5000000001. As text it is equal.
. "$(dirname "$0")/_debian.sh" trixie "kamailio=6.0.1-1+deb13u1" "kamailio-extra-modules=6.0.1-1+deb13u1"
cat > "$folder/kamailio.cfg" <<'CONFIGURATION'
log_stderror=yes
fork=no
listen=udp:127.0.0.1:24199
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "jansson.so"
loadmodule "rtimer.so"
modparam("rtimer", "timer", "name=once;interval=1;mode=1;")
modparam("rtimer", "exec", "timer=once;route=ANSWER")
request_route { exit; }
route[ANSWER] {
  jansson_get("tel", '{"tel": 13800000001}', "$var(tel)");
  $var(number) = $(var(tel){s.int});
  $var(written) = 13800000001;
  xlog("L_ALERT", "SEEN answered $var(number), written $var(written)\n");
  if ($var(number) == 13800000001) { xlog("L_ALERT", "SEEN equal as numbers\n"); }
  if ($var(tel) == "13800000001") { xlog("L_ALERT", "SEEN equal as texts\n"); }
  jansson_get("points", '{"points": 5000000000}', "$var(points)");
  if ($var(points) > 5000000001) { xlog("L_ALERT", "SEEN 5000000000 > 5000000001\n"); }
  xlog("L_ALERT", "SEEN END\n");
}
CONFIGURATION
run sbin/kamailio -v | head -1
run sbin/kamailio -L "$libraries/kamailio/modules" -f "$folder/kamailio.cfg" -Y "$folder" -DD -E > "$folder/log" 2>&1 &
process=$!
for _ in $(seq 100); do
    grep -q "SEEN END" "$folder/log" && break
    sleep 0.1
done
kill "$process"
wait "$process" || true
grep -o 'SEEN .*' "$folder/log" | sed 's/SEEN //' | awk '!seen[$0]++' | tee "$folder/seen"
[ "$(cat "$folder/seen")" = "answered 13800000001, written 915098113
equal as texts
5000000000 > 5000000001
END" ] || { echo "the behaviour has changed"; tail "$folder/log"; exit 1; }
