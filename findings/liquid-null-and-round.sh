#!/usr/bin/env bash
# liquidjs 10.30.1 and python-liquid 2.3.6 each differ from Liquid itself (in Ruby, 5.4.0: no, 3, 3).
# For liquidjs a customer whose points are null has less than 5 points, and 7 divided by 2 is 3.5.
# python-liquid rounds 2.5 to 2, the nearest even number.
. "$(dirname "$0")/_venv.sh" "python-liquid==2.3.6"
npm install --silent --no-audit --no-fund --prefix "$folder" "liquidjs@10.30.1"
cat > "$folder/render.js" <<'JAVASCRIPT'
const { Liquid } = require("liquidjs");
const [, , templates, data] = process.argv;
const render = (template) => new Liquid().parseAndRenderSync(template, JSON.parse(data));
console.log(JSON.stringify(JSON.parse(templates).map(render)));
JAVASCRIPT
"$python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import liquid

TEMPLATES = [
    "{% if points < 5 %}yes{% else %}no{% endif %}",
    "{{ half | round }}",
    "{{ seven | divided_by: 2 }}",
]
DATA = {"points": None, "half": 2.5, "seven": 7}
command = ["node", f"{sys.argv[1]}/render.js", json.dumps(TEMPLATES), json.dumps(DATA)]
javascript = json.loads(subprocess.check_output(command, text=True))
python = [liquid.Environment().from_string(text).render(**DATA) for text in TEMPLATES]
for text, theirs, ours in zip(TEMPLATES, javascript, python):
    print(f"{text}  liquidjs: {theirs}, python-liquid: {ours}")
assert javascript == ["yes", "3", "3.5"], javascript
assert python == ["no", "2", "3"], python
PYTHON
