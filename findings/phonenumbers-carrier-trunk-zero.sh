#!/usr/bin/env bash
# phonenumbers 9.0.43: a Chinese fixed-line number may follow a carrier prefix (17951). The
# parser removes the prefix, but keeps the trunk zero behind it. The E.164 form +8602162881234
# is then nobody's number. Parsing the result a second time gives the right number.
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
