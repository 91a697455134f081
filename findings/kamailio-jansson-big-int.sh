#!/usr/bin/env bash
# Kamailio 5.6.3 (Debian 12) with its module jansson: an integer from 2147483648 on stays text and is
# 0 in comparisons, so it is not greater than 5; one appends a digit by adding 1. The text "12" is
# greater than 5. One integer of 20 digits makes the whole answer unreadable, and each variable
# keeps what an earlier answer left in it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in kamailio=5.6.3-2 kamailio-extra-modules=5.6.3-2 libjansson4; do
    apt-get download -qq "$package" 2>"$folder/log" || { cat "$folder/log"; exit 1; }
done
for file in *.deb; do dpkg -x "$file" root; done
libraries=$(echo "$folder"/root/usr/lib/*/kamailio)
export LD_LIBRARY_PATH="$(dirname "$libraries"):$libraries"
cat > kamailio.cfg <<'CONFIGURATION'
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
  $var(answer) = '{"points": 2147483648, "level": "12", "vip": 1}';
  jansson_get("points", $var(answer), "$var(points)");
  jansson_get("level", $var(answer), "$var(level)");
  jansson_get("vip", $var(answer), "$var(vip)");
  $var(more) = $var(points) + 1;
  xlog("L_ALERT", "SEEN points=$var(points) plus_one=$var(more)\n");
  if ($var(points) > 5) { xlog("L_ALERT", "SEEN points>5\n"); }
  if ($var(level) > 5) { xlog("L_ALERT", "SEEN level>5\n"); }
  jansson_get("vip", '{"vip": 0, "id": 98765432109876543210}', "$var(vip)");
  xlog("L_ALERT", "SEEN vip=$var(vip)\n");
}
CONFIGURATION
root/usr/sbin/kamailio -v | head -1
timeout 4 root/usr/sbin/kamailio -L "$libraries/modules" -f kamailio.cfg -DD -E > log 2>&1 || true
grep -o 'SEEN .*' log | sed 's/SEEN //' | awk '!seen[$0]++' | tee seen
[ "$(cat seen)" = "$(printf 'points=2147483648 plus_one=21474836481\nlevel>5\nvip=1')" ] ||
    { echo "the behaviour has changed"; tail -20 log; exit 1; }
