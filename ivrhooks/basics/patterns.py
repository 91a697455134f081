"""How long a regular expression may search, judged by what is written in it."""

from __future__ import annotations

import re

MOST_WAYS = 1_000
"""Ways to go from each place of a text: a thousand places take ten milliseconds."""

UNBOUNDED = 1_000
"""Counted for a repetition without an end."""

_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>[0-9]+)(?P<to>,(?P<most>[0-9]*))?\}"
    r"|(?P<sign>[*+?(|])|.",
    re.DOTALL,
)


def is_quick(pattern: str) -> bool:
    """Whether ``pattern`` never searches a text of a thousand characters for long: no
    groups, no alternatives, and few repetitions. False where that cannot be told."""
    ways = 1
    for part in _PART.finditer(pattern):
        sign = part["sign"]
        if sign in ("(", "|"):
            return False
        if sign == "?":
            ways *= 2
        elif sign is not None or (part["to"] and not part["most"]):
            ways *= UNBOUNDED
        elif part["most"]:
            ways *= max(1, int(part["most"]) - int(part["least"]) + 1)
        if ways > MOST_WAYS:
            return False
    return True
