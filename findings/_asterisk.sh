# Sourced by the scripts: `dialplan` runs the lines that it reads as the steps of one call in
# Asterisk, and prints what they log.
. "$(dirname "$0")/_debian.sh" forky "asterisk=1:22.10.1+dfsg+~cs6.17.60671434-1"
run sbin/asterisk -V
dialplan() {
    local home="$folder/asterisk" module process step
    mkdir -p "$home"
    cp -r "$root/share/asterisk" "$home/data"
    {
        echo "[directories]"
        echo "astmoddir => $libraries/asterisk/modules"
        echo "astetcdir => $home"
        for name in astvarlibdir astdatadir; do echo "$name => $home/data"; done
        for name in astdbdir astkeydir astspooldir astrundir astlogdir; do echo "$name => $home"; done
    } > "$home/asterisk.conf"
    {
        echo "[modules]"
        echo "autoload = no"
        for module in pbx_config res_clioriginate app_exec app_verbose func_json func_logic res_speech res_agi; do
            echo "load = $module.so"
        done
    } > "$home/modules.conf"
    printf '[startup_commands]\nchannel originate Local/s@call application Wait 0.1 = yes\n' \
        > "$home/cli.conf"
    printf '[logfiles]\nseen => notice,warning\n' > "$home/logger.conf"
    printf '[call]\nexten => s,1,NoOp()\n' > "$home/extensions.conf"
    while read -r step; do echo " same => n,$step"; done >> "$home/extensions.conf"
    echo " same => n,Log(NOTICE,END OF THE CALL)" >> "$home/extensions.conf"
    start sbin/asterisk -f -n -C "$home/asterisk.conf" > "$folder/log" 2>&1 &
    process=$!
    for _ in $(seq 100); do
        grep -q "END OF THE CALL" "$home/seen" 2> "$folder/missing" && break
        sleep 0.1
    done
    kill "$process"
    wait "$process" || true
    grep -E "WARNING.*func_json|SEEN" "$home/seen" | sed 's/.*SEEN //'
}
