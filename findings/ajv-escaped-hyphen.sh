#!/usr/bin/env bash
# ajv 8.20.0: a schema with the pattern ^[0-9]{3}\-[0-9]{4}$ cannot be compiled, since `\-` outside
# brackets is an error with the flag `u`, which ajv sets. Validators in Python and Rust take it,
# and openapi-spec-validator 0.9.0 calls the document valid.
. "$(dirname "$0")/_venv.sh" "openapi-spec-validator==0.9.0" "jsonschema==4.26.0" "jsonschema-rs==0.60.3"
npm install --silent --no-audit --no-fund --prefix "$folder" "ajv@8.20.0"
cat > "$folder/compile.js" <<'JAVASCRIPT'
const Ajv = require("ajv");
try {
  new Ajv().compile(JSON.parse(process.argv[2]));
  console.log("compiled");
} catch (error) {
  console.log(error.message);
}
JAVASCRIPT
"$python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import jsonschema
import jsonschema_rs
from openapi_spec_validator import OpenAPIV31SpecValidator

schema = {"type": "string", "pattern": r"^[0-9]{3}\-[0-9]{4}$"}
document = {
    "openapi": "3.1.0",
    "info": {"title": "a", "version": "1"},
    "components": {"schemas": {"code": schema}},
}
command = ["node", f"{sys.argv[1]}/compile.js", json.dumps(schema)]
ajv = subprocess.check_output(command, text=True).strip()
OpenAPIV31SpecValidator(document).validate()
python = jsonschema.Draft202012Validator(schema).is_valid("123-4567")
rust = jsonschema_rs.Draft202012Validator(schema).is_valid("123-4567")
print("openapi-spec-validator: valid; jsonschema:", python, "jsonschema-rs:", rust)
print("ajv 8.20.0:", ajv)
assert python and rust and "Invalid escape" in ajv, ajv
PYTHON
