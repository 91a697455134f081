#!/usr/bin/env bash
# msgspec 0.23.0: with strict=False an int is read from a text. "1e3" is 1000 and "7.0" is 7, but a
# menu choice "01" or a number with a blank is an error. "null" is None where None may be.
. "$(dirname "$0")/_venv.sh" "msgspec==0.23.0"
"$python" - <<'PYTHON'
from typing import Optional

import msgspec


def value(text):
    try:
        return msgspec.convert(text, Optional[int], strict=False)
    except msgspec.ValidationError as error:
        return str(error)


values = {text: value(text) for text in ("7", "1e3", "7.0", "null", "01", " 7", "+7")}
print("msgspec", msgspec.__version__)
for text, read in values.items():
    print(repr(text), "is", read)
assert [values[text] for text in ("7", "1e3", "7.0", "null")] == [7, 1000, 7, None]
assert all(values[text] == "Expected `int | null`, got `str`" for text in ("01", " 7", "+7"))
PYTHON
