#!/usr/bin/env bash
# Jinja2 3.1.6: `{{ missing | int(5) }}` of a field that is not there raises UndefinedError; the
# filter's default is for none and for text that is no number, not for what is undefined.
. "$(dirname "$0")/_venv.sh" "Jinja2==3.1.6"
"$python" - <<'PYTHON'
from importlib.metadata import version

from jinja2 import ChainableUndefined, Environment, UndefinedError

templates = Environment(undefined=ChainableUndefined)


def value(template):
    try:
        return templates.from_string(template).render(customer={"level": None, "name": "W"})
    except UndefinedError as error:
        return type(error).__name__


found = {text: value("{{ %s }}" % text) for text in (
    "customer.level | int(5)", "customer.name | int(5)",
    "customer.missing | int(5)", "customer.missing | float(5)",
    "customer.missing | default(5) | int",
)}
print("Jinja2", version("Jinja2"), found)
assert list(found.values()) == ["5", "5", "UndefinedError", "UndefinedError", "5"]
PYTHON
