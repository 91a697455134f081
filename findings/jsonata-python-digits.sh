#!/usr/bin/env bash
# jsonata-python 0.7.1: `$string` and `&` write an integer of 16 digits with 15 of them and an
# exponent, so a card number joined to a text is another one. JSONata 2.2.2 in JavaScript, which is
# that of Node-RED, writes all its digits.
. "$(dirname "$0")/_venv.sh" "jsonata-python==0.7.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "jsonata@2.2.2"
cat > "$folder/evaluate.js" <<'JAVASCRIPT'
const jsonata = require("jsonata");
const [, , expressions, data] = process.argv;
const evaluate = (text) => jsonata(text).evaluate(JSON.parse(data));
Promise.all(JSON.parse(expressions).map(evaluate)).then((values) => console.log(JSON.stringify(values)));
JAVASCRIPT
"$python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

from jsonata import Jsonata

EXPRESSIONS = ["card", "$string(card)", "'card ' & card"]
DATA = {"card": 8984030001112223}
command = ["node", f"{sys.argv[1]}/evaluate.js", json.dumps(EXPRESSIONS), json.dumps(DATA)]
javascript = json.loads(subprocess.check_output(command, text=True))
python = [Jsonata(text).evaluate(DATA) for text in EXPRESSIONS]
for text, theirs, ours in zip(EXPRESSIONS, javascript, python):
    print(f"{text:15} JavaScript: {theirs}, Python: {ours}")
assert javascript == [8984030001112223, "8984030001112223", "card 8984030001112223"]
assert python == [8984030001112223, "8.98403000111222e+15", "card 8.98403000111222e+15"], python
PYTHON
