#!/usr/bin/env bash
# ruamel.yaml 0.19.1 with its C parser: for a key without its colon, the error's problem mark is
# on the line after it. The context mark is on the right line. The pure parser does the same.
. "$(dirname "$0")/_venv.sh" "ruamel.yaml==0.19.1"
"$python" - <<'PYTHON'
import ruamel.yaml
from ruamel.yaml import YAML, YAMLError

text = "a: 1\nb 2\nc: 3\n"
print("ruamel.yaml", ruamel.yaml.__version__)
for pure in (False, True):
    try:
        YAML(typ="safe", pure=pure).load(text)
    except YAMLError as problem:
        context, mark = problem.context_mark.line + 1, problem.problem_mark.line + 1
        print("pure" if pure else "C   ", problem.problem, "context line", context, "problem line", mark)
        assert (context, mark) == (2, 3)
PYTHON
