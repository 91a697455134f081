#!/usr/bin/env bash
# marshmallow 4.4.0: unknown keys are reported in an order that changes from process to process
# (with Python's hash seed), not in that of the data.
. "$(dirname "$0")/_venv.sh" "marshmallow==4.4.0"
cat > "$folder/asks.py" <<'PYTHON'
import marshmallow

class Empty(marshmallow.Schema):
    pass

data = {name: 1 for name in ("zeta", "alpha", "mid", "beta", "omega")}
print(" ".join(Empty().validate(data)))
PYTHON
"$python" -c 'from importlib.metadata import version; print("marshmallow", version("marshmallow"))'
for seed in 1 2 3 4 5 6; do PYTHONHASHSEED=$seed "$python" "$folder/asks.py"; done | tee "$folder/orders"
[ "$(sort -u "$folder/orders" | wc -l)" -gt 1 ] || { echo "the order is the same each time"; exit 1; }
