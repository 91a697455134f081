#!/usr/bin/env bash
# ruamel.yaml 0.19.1 with ruamel.yaml.clib 0.2.15: `YAML(typ="safe")` reads with the C parser where
# that is installed, else with its own. A document that begins with `%YAML 1.1` then has other
# values: only the library's own parser obeys, `no` is false, 0123 is 83
# and 1:30 is 90.
. "$(dirname "$0")/_venv.sh" "ruamel.yaml==0.19.1" "ruamel.yaml.clib==0.2.15"
"$python" - <<'PYTHON'
import ruamel.yaml
from ruamel.yaml import YAML

text = "%YAML 1.1\n---\n- no\n- 0123\n- 1:30\n"
with_c, alone = (YAML(typ="safe", pure=pure).load(text) for pure in (False, True))
print("ruamel.yaml", ruamel.yaml.__version__)
print("with the C parser:", with_c)
print("with its own:     ", alone)
assert with_c == ["no", 123, "1:30"], with_c
assert alone == [False, 83, 90], alone
PYTHON
