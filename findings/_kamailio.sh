# Sourced by the scripts: `script` runs the lines that it reads as a route of Kamailio, and prints
# what they log.
version="6.0.1-1+deb13u1"
. "$(dirname "$0")/_debian.sh" trixie "kamailio=$version" "kamailio-extra-modules=$version" "kamailio-utils-modules=$version"
run sbin/kamailio -v | head -1 || true
script() {
    local module process
    {
        printf 'log_stderror=yes\nfork=no\nlisten=udp:127.0.0.1:24199\n'
        for module in pv xlog jansson http_client rtimer; do echo "loadmodule \"$module.so\""; done
        echo 'modparam("rtimer", "timer", "name=once;interval=1;mode=1;")'
        echo 'modparam("rtimer", "exec", "timer=once;route=ONCE")'
        printf 'request_route { exit; }\nroute[ONCE] {\n'
        cat
        printf '  xlog("L_ALERT", "END OF THE ROUTE\\n");\n}\n'
    } > "$folder/kamailio.cfg"
    start sbin/kamailio -L "$libraries/kamailio/modules" -f "$folder/kamailio.cfg" -Y "$folder" \
        -DD -E > "$folder/log" 2>&1 &
    process=$!
    for _ in $(seq 200); do
        grep -q "END OF THE ROUTE" "$folder/log" && break
        sleep 0.1
    done
    kill "$process"
    wait "$process" || true
    grep -o 'SEEN .*' "$folder/log" | sed 's/SEEN //' | awk '!seen[$0]++'
}
