"""What stands around a telephone number on its way to us: names, schemes, extensions.

Networks and PBXs hand a caller over as a SIP or tel address, in angle brackets behind a
display name, with parameters or an extension. ``unwrap`` takes that apart, without
knowledge of any country.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

WITHHELD = frozenset(
    {
        "anonymous",
        "unknown",
        "private",
        "nobody",
        "restricted",
        "unavailable",
        "withheld",
    }
)
"""What callers without a number send, in small letters."""

_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_BRACKETS = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"\s*(sips?|tel|whatsapp|callto):(?://)?", re.IGNORECASE)
_SEVERAL = re.compile(r",\s")
_WORDED = re.compile(
    r"(?P<number>.*?\d.*?)[\s,;]*(?:ext(?:ension|n)?\.?|x|转|分机号?)\s*[:.]?\s*"
    r"(?P<extension>\d+)\s*",
    re.IGNORECASE | re.DOTALL,
)
_SIGNED = re.compile(r"(?P<number>.*\d[^\d]*?)\s*[,#-]+\s*(?P<extension>\d{1,6})\s*")
_LONGEST_EXTENSION = 20


@dataclass(frozen=True, slots=True)
class CallerAddress:
    """``number``: what is left of the text; ``extension``: its digits where one was
    named; ``context``: the digits of a ``phone-context`` that is a number's."""

    number: str
    extension: str | None = None
    context: str | None = None


def unwrap(text: str) -> CallerAddress:
    """The number in ``text``, apart from everything around it."""
    if _ESCAPE.search(text):
        text = unquote(text)
    text = ascii_digits(unicodedata.normalize("NFKC", text))
    inside = _BRACKETS.search(text)
    if inside is not None:
        text = inside[1]
    text, scheme = _without_scheme(text)
    text = text.partition("@")[0]
    text, *parameters = text.split(";")
    if scheme.startswith("sip"):
        text = text.partition(":")[0]  # a password, or the port of a bare host
    text = _SEVERAL.split(text, maxsplit=1)[0]
    extension, context = _read_parameters(parameters)
    if extension is None:
        worded = _WORDED.fullmatch(text)
        if worded is not None and len(worded["extension"]) <= _LONGEST_EXTENSION:
            text, extension = worded["number"], worded["extension"]
    return CallerAddress(text, extension, context)


def split_signed(text: str) -> tuple[str, str] | None:
    """A text that may be a number and an extension behind ``,``, ``#`` or ``-``."""
    signed = _SIGNED.fullmatch(text)
    return (signed["number"], signed["extension"]) if signed is not None else None


def ascii_digits(text: str) -> str:
    """``text`` with the decimal digits of any script as ASCII digits."""
    if text.isascii():
        return text
    return "".join(
        sign if (value := unicodedata.decimal(sign, None)) is None else str(value)
        for sign in text
    )


def _without_scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    return (text[match.end() :], match[1].lower()) if match else (text, "")


def _read_parameters(parameters: list[str]) -> tuple[str | None, str | None]:
    """The extension and the context out of what stood behind ``;``."""
    extension = context = None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        name = name.strip().lower()
        digits = re.sub(r"\D", "", value)
        if name in ("ext", "isub") and digits and extension is None:
            extension = digits[:_LONGEST_EXTENSION]
        elif name == "phone-context" and value.strip().startswith("+") and digits:
            context = digits
    return extension, context
