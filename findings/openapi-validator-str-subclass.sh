#!/usr/bin/env bash
# openapi-spec-validator 0.9.0: if jsonschema-rs is installed, a document with a subclass of
# str (as YAML readers with line numbers produce) fails with "Unsupported type".
. "$(dirname "$0")/_venv.sh" "openapi-spec-validator==0.9.0" "jsonschema-rs"
"$python" - <<'PYTHON'
from importlib.metadata import version
from openapi_spec_validator import OpenAPIV31SpecValidator

class Text(str):
    """A text that knows its line."""

def said(text):
    document = {"openapi": text("3.1.0"), "info": {"title": "a", "version": "1"}, "paths": {}}
    try:
        OpenAPIV31SpecValidator(document).validate()
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return "valid"

for name in ("openapi-spec-validator", "openapi-schema-validator", "jsonschema-rs"):
    print(name, version(name))
plain, subclass = said(str), said(Text)
print("str      ->", plain)
print("subclass ->", subclass)
assert plain == "valid" and "Unsupported type" in subclass
PYTHON
