"""Separates a telephone number from the name, scheme and extension sent with it.

Networks and PBXs send a caller as a SIP or tel URI, in angle brackets after a display
name, with parameters or an extension. ``unwrap`` parses this without knowledge of any
country.
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
"""Words that are sent for callers without a number, in lower case."""

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
    """The parts of a caller's address.

    ``number``: the text of the number. ``extension``: the digits of an extension, if
    there is one. ``context``: the digits of a ``phone-context`` that begins with a
    plus.
    """

    number: str
    extension: str | None = None
    context: str | None = None


def unwrap(text: str) -> CallerAddress:
    """Return the number in ``text``, separated from everything around it."""
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
    """Split a text into a number and an extension after ``,``, ``#`` or ``-``.

    None where it has no such form.
    """
    signed = _SIGNED.fullmatch(text)
    return (signed["number"], signed["extension"]) if signed is not None else None


def ascii_digits(text: str) -> str:
    """Return ``text`` with the decimal digits of any script as ASCII digits."""
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
    """Return the extension and the context in the parameters after ``;``."""
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
