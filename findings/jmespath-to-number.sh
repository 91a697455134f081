#!/usr/bin/env bash
# jmespath 1.1.0 (Python) and jmespath 0.16.0 (JavaScript): `to_number` is to read a number of
# JSON. Each reads what its language does: Python takes 1_000 for 1000 and nan for a number,
# JavaScript takes 0x10 for 16 and an empty text for 0; the other one says null. 007 is 7 for both.
. "$(dirname "$0")/_venv.sh" "jmespath==1.1.0"
npm install --silent --no-audit --no-fund --prefix "$folder" "jmespath@0.16.0"
cat > "$folder/ask.js" <<'JAVASCRIPT'
const {search} = require("jmespath");
const texts = JSON.parse(process.argv[2]);
console.log(JSON.stringify(texts.map((text) => search(text, "to_number(@)"))));
JAVASCRIPT
"$python" - "$folder" <<'PYTHON'
import json
import math
import subprocess
import sys

import jmespath

texts = ["1_000", "nan", "0x10", "", "007", "1e3"]
command = ["node", f"{sys.argv[1]}/ask.js", json.dumps(texts)]
javascript = json.loads(subprocess.check_output(command, text=True))
python = [jmespath.search("to_number(@)", text) for text in texts]
print("jmespath", jmespath.__version__, "and jmespath.js 0.16.0")
for text, ours, theirs in zip(texts, python, javascript):
    print(f"{text!r:8} Python: {ours}, JavaScript: {theirs}")
assert python[0] == 1000 and math.isnan(python[1]) and python[2:] == [None, None, 7, 1000.0]
assert javascript == [None, None, 16, 0, 7, 1000]
PYTHON
