#!/usr/bin/env bash
# jmespath 1.1.0: `==` tells 1 from true, as the specification has it. `contains` does not: it
# finds true in [1] and false in [0]. Nor does `==` within lists and objects.
. "$(dirname "$0")/_venv.sh" "jmespath==1.1.0"
"$python" - <<'PYTHON'
import jmespath

data = {"one": 1, "yes": True, "ones": [1], "all": [True]}
expressions = ("one == yes", "contains(ones, yes)", "contains(`[0]`, `false`)", "ones == all")
values = {text: jmespath.search(text, data) for text in expressions}
print("jmespath", jmespath.__version__, values)
assert list(values.values()) == [False, True, True, True]
PYTHON
