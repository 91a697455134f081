#!/bin/sh
# Sees to the programs that are not Python packages: tests/needs.sh NEED...
# What is missing is installed with apt where that may be done without asking;
# where not, this says which command to run, and fails. Nothing is skipped.
set -eu

present() {
    case "$1" in
    venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 ;;
    chinese-font) fc-list :lang=zh 2>/dev/null | grep -q . ;;
    mariadb-server) PATH="$PATH:/usr/sbin:/sbin" command -v mariadbd >/dev/null 2>&1 ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 ;;
    esac
}

package() {
    case "$1" in
    venv) echo python3-venv ;;
    chinese-font) echo fonts-wqy-microhei fontconfig ;;
    node) echo nodejs ;;
    promtool) echo prometheus ;;
    systemd-analyze) echo systemd ;;
    tinyproxy) echo tinyproxy-bin ;;
    *) echo "$1" ;;
    esac
}

python_is_good() {
    "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
fi

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ -z "$as_root" ] || $as_root true 2>/dev/null
}

if ! python_is_good; then
    echo "ivrhooks needs Python 3.11 or newer; '${PYTHON:-python3}' is not." >&2
    echo "Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi

missing=
for need in "$@"; do
    present "$need" || missing="$missing $(package "$need")"
done
[ -n "$missing" ] || exit 0

if may_install; then
    echo "Installing with apt:$missing" >&2
    # Words are split on purpose: one argument for each package.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
        --no-install-recommends $missing >/dev/null 2>&1 ||
        {
            $as_root apt-get update >/dev/null
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
                --no-install-recommends $missing >/dev/null
        } || true
fi

for need in "$@"; do
    if ! present "$need"; then
        echo "Needed and not found:$missing. Please run:" >&2
        echo "    sudo apt-get install$missing" >&2
        exit 1
    fi
done
