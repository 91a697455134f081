#!/usr/bin/env bash
# Node-RED 5.0.7: the csv node makes numbers of what looks like one, cell by cell, in quotes too. In
# one column 0901234567 is a text and 84901234567 a number. The code 12E3 is 12000, the version 1.10
# is 1.1, and a card number of 20 digits loses the last. It is the default of "parse numerical values".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "node-red@5.0.7" "node@24.21.0"
cat > "$folder/flows.js" <<'JAVASCRIPT'
const table = `tel,code,version,card
0901234567,"12E3",1.10,89840300011122233344
84901234567,"007",2.0.1,"12"
`;
const csv = { type: "csv", sep: ",", hdrin: true, multi: "mult", ret: "\\n", spec: "rfc" };
const print = 'for (const row of msg.payload) console.log("SEEN " + JSON.stringify(row)); process.exit();';
const nodes = [
  { type: "inject", props: [{ p: "payload", v: table, vt: "str" }], once: true, onceDelay: 0.1, wires: [["b"]] },
  { ...csv, strings: true, wires: [["c"]] },
  { type: "function", func: print, outputs: 0, libs: [{ var: "process", module: "process" }], wires: [] },
];
const named = nodes.map((node, place) => ({ ...node, id: "abc"[place], z: "tab" }));
console.log(JSON.stringify([{ id: "tab", type: "tab" }, ...named]));
JAVASCRIPT
cat > "$folder/settings.js" <<'JAVASCRIPT'
module.exports = {
  flowFile: "flows.json",
  uiHost: "127.0.0.1",
  uiPort: 24288,
  telemetry: { enabled: false },
  logging: { console: { level: "error" } },
};
JAVASCRIPT
node="$folder/node_modules/node/bin/node"
"$node" "$folder/flows.js" > "$folder/flows.json"
timeout 60 "$node" "$folder/node_modules/node-red/red.js" -u "$folder" -s "$folder/settings.js" > "$folder/log" 2>&1 || true
grep -o 'SEEN .*' "$folder/log" | sed 's/SEEN //' | tee "$folder/seen"
[ "$(cat "$folder/seen")" = '{"tel":"0901234567","code":12000,"version":1.1,"card":89840300011122230000}
{"tel":84901234567,"code":"007","version":"2.0.1","card":12}' ] || { echo "the behaviour has changed"; cat "$folder/log"; exit 1; }
