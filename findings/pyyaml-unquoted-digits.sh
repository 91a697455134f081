#!/usr/bin/env bash
# PyYAML 6.0.3 writes texts without quotes that are numbers in YAML 1.2: a telephone number with a
# leading zero and a digit over 7, 08, 12e3 and 0o17. ruamel.yaml 0.19.1, js-yaml 5.5.0 and yaml 2.9.1
# read them as numbers: 0901234567 loses its zero, 12e3 is 12000.
. "$(dirname "$0")/_venv.sh" "PyYAML==6.0.3" "ruamel.yaml==0.19.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "js-yaml@5.5.0" "yaml@2.9.1"
cat > "$folder/load.js" <<'JAVASCRIPT'
const text = process.argv[2];
console.log(JSON.stringify([require("js-yaml").load(text), require("yaml").parse(text)]));
JAVASCRIPT
"$python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import yaml
from ruamel.yaml import YAML

TEXTS = ["0901234567", "0123", "08", "12e3", "0o17"]
NUMBERS = [901234567, "0123", 8, 12000, 15]
written = yaml.safe_dump(TEXTS)
command = ["node", f"{sys.argv[1]}/load.js", written]
read = {
    "PyYAML": yaml.safe_load(written),
    "ruamel.yaml": YAML(typ="safe").load(written),
    **dict(zip(("js-yaml", "yaml"), json.loads(subprocess.check_output(command, text=True)))),
}
print(f"written by PyYAML {yaml.__version__}:", written.split("\n"))
for name, values in read.items():
    print(f"read by {name}:", values)
assert list(read.values()) == [TEXTS, NUMBERS, NUMBERS, NUMBERS], read
PYTHON
