# Sourced by the scripts: unpacks pinned packages of a Debian release, with all that they need, in a
# temporary folder. Needs apt on Debian, and no root. `run PROGRAM …` runs one of their programs;
# `start PROGRAM … &` does so in the background, where `kill $!` ends the program itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
release=$1
shift
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/root"
: > "$folder/apt/status"
mirror=$(apt-get indextargets --format '$(SITE)' "Created-By: Packages" "Label: Debian" | head -1)
echo "deb $mirror $release main" > "$folder/apt/sources"
apt() {
    apt-get -qq -o APT::Sandbox::User= -o Dir::State="$folder/apt" -o Dir::Cache="$folder/apt" \
        -o Dir::State::status="$folder/apt/status" -o Dir::Etc::sourcelist="$folder/apt/sources" \
        -o Dir::Etc::sourceparts=- -o Debug::NoLocking=1 "$@" > "$folder/log" 2>&1 ||
        { cat "$folder/log"; exit 1; }
}
apt update
apt -y --no-install-recommends --download-only install "$@"
for file in "$folder"/apt/archives/*.deb; do dpkg -x "$file" "$folder/root"; done
root="$folder/root/usr"
libraries=$(dirname "$(echo "$root"/lib/*/ld-linux*.so.*)")
start() {
    local program=$1
    shift
    exec "$libraries"/ld-linux*.so.* --library-path "$libraries:$libraries/kamailio" "$root/$program" "$@"
}
run() {
    (start "$@")
}
