"""Splits a command line that was copied from a page into its words, whichever shell it
was written for: POSIX shells, PowerShell or the Windows command prompt.

Printed lines have slips that no shell takes: a quote that is not closed, ``//`` remarks
behind an argument, the quotes and dashes of a word processor. They are read all the
same.
"""

from __future__ import annotations

import re
import shlex

_REMARK = re.compile(r"(?<=[\"'])\s*//[^\n]*")
_PROMPT = re.compile(r"^(?:[$>%#]|PS [^>]*>|[A-Za-z]:\\[^>]*>)\s*")
_ANSI = re.compile(r"(?<![\w\"'\\])\$'((?:[^'\\]|\\.)*)'")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b"}
_COMMENT = re.compile(r"\A(?:\s*#(?!\s*curl\b)[^\n]*\n)+")
_SET = re.compile(r"\A(?:\w+=(?:'[^']*'|\"[^\"]*\"|[^\s'\"]*)\s+)+(?=curl\b)")
_DASH = re.compile(r"(?<!\S)[\u2013\u2014]+(?=[A-Za-z](\w?))")
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e", '"')) | str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a", "'")
)
_JOINTS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "2>", "2>&1", "--next"})
_CMD = re.compile(r"\^\r?\n|\^\"")


def words_of(text: str) -> list[str] | None:
    """Return the words of one command; None where its quotes cannot be read."""
    text = _PROMPT.sub("", _COMMENT.sub("", text.strip()))
    text = _SET.sub("", _DASH.sub(lambda match: "--" if match[1] else "-", text))
    if not set("'\"") & set(text):
        text = text.translate(_QUOTES)
    if _CMD.search(text):
        return _windows_words(re.sub(r"\^(\r?\n|.)", _uncareted, text, flags=re.DOTALL))
    text = re.sub(r"[\\`]\r?\n", " ", text)
    text = _ANSI.sub(lambda match: shlex.quote(_unescaped(match[1])), text)
    # Once more without remarks, and with a last quote closed that is not.
    for attempt in (_REMARK.sub("", text), text):
        for end in ("", '"', "'"):
            try:
                return shlex.split(f"{attempt}{end}")
            except ValueError:
                continue
    return None


def first_command(words: list[str]) -> list[str]:
    """Return the words before ``&&``, ``|``, ``;`` and the like."""
    ends = (at for at, word in enumerate(words) if word in _JOINTS)
    return words[: next(ends, len(words))]


def _uncareted(match: re.Match[str]) -> str:
    return " " if match[1].endswith("\n") else match[1]


def _unescaped(text: str) -> str:
    """Return the text that a shell reads from ``$'…'``."""

    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8))
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(letter, text)


def _windows_words(text: str) -> list[str]:
    """Split a command line as a Windows program does.

    Only double quotes quote, and a backslash before one makes it literal.
    """
    words: list[str] = []
    word, started, quoted = "", False, False
    for part in re.findall(r'\\+"|"|\s+|[^\s"\\]+|\\+', text):
        slashes = len(part) - 1
        if part.endswith('"') and slashes % 2:
            word, started = word + "\\" * (slashes // 2) + '"', True
        elif part.endswith('"'):
            word, started = word + "\\" * (slashes // 2), True
            quoted = not quoted
        elif part.isspace() and not quoted:
            words += [word] if started else []
            word, started = "", False
        else:
            word, started = word + part, True
    return [*words, word] if started else words
