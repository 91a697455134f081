"""Command lines for copying: they run as they are, or the shell refuses them.

An omitted value is a variable of the shell, or ``<number>``. A shell takes that as a
file to read, and does not run the command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

_WORD = re.compile(r"ivrhooksblank([0-9]+)x")
_PLAIN = re.compile(r"[^\"$`\\!]*")


class Blanks:
    """The values that one command line omits."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._written)

    def variable(self, name: str) -> str:
        """Return a word that stands for the shell's variable ``name``."""
        return self._add(f'"${name}"')

    def placeholder(self, name: str) -> str:
        """Return a word that stands for ``<name>``, which the reader replaces."""
        return self._add(f"<{re.sub(r'[^A-Za-z0-9_]+', '-', name).strip('-')}>")

    def _add(self, written: str) -> str:
        # Letters and digits: whatever writes a form, a query or JSON leaves them alone.
        self._written.append(written)
        return f"ivrhooksblank{len(self._written) - 1}x"

    def quote(self, text: str) -> str:
        """Return one word of the command line."""
        parts = _WORD.split(text)
        literals = parts[::2]
        blanks = [self._written[int(number)] for number in parts[1::2]]
        if not blanks:
            return shlex.quote(text)
        if all(blank[0] == '"' for blank in blanks) and _are_plain(literals):
            inside = [blank.strip('"') for blank in blanks]
            return f'"{"".join(_woven(literals, inside))}"'
        quoted = [shlex.quote(literal) if literal else "" for literal in literals]
        return "".join(_woven(quoted, blanks))

    def join(self, words: Iterable[str]) -> str:
        """Return a whole command line."""
        return " ".join(map(self.quote, words))


def _are_plain(literals: list[str]) -> bool:
    """Whether nothing in them means anything between double quotes. A letter or digit
    would go on with the name of the variable before it."""
    plain = all(_PLAIN.fullmatch(text) for text in literals)
    return plain and not any(re.match(r"[A-Za-z0-9_]", text) for text in literals[1:])


def _woven(texts: list[str], between: list[str]) -> list[str]:
    woven = [texts[0]]
    for middle, text in zip(between, texts[1:], strict=True):
        woven += [middle, text]
    return woven
