#!/usr/bin/env bash
# phonenumbers 9.0.43: of a Chinese fixed-line number that came with a carrier's dialling
# prefix (17951), the prefix is taken off and the trunk zero behind it stays: the E.164 form
# +8602162881234 is nobody's number. What was understood, parsed once more, is right.
. "$(dirname "$0")/_venv.sh" "phonenumbers==9.0.43"
"$python" - <<'PYTHON'
import phonenumbers
from phonenumbers import PhoneNumberFormat, format_number, parse

def e164(text):
    return format_number(parse(text, "CN"), PhoneNumberFormat.E164)

first = e164("1795102162881234")
print("phonenumbers", phonenumbers.__version__)
print("with the carrier's prefix:", first)
print("valid:", phonenumbers.is_valid_number(parse(first)))
again = e164(first.removeprefix("+86"))
print("its national digits once more:", again)
assert first == "+8602162881234", first
assert not phonenumbers.is_valid_number(parse("1795102162881234", "CN"))
assert again == "+862162881234", again
PYTHON
