"""Explains errors of YAML syntax in words that say what to write."""

from __future__ import annotations

import re

from ruamel.yaml.error import YAMLError

_NO_BLANK = re.compile(r"\s*[\w-]+(?:[:：][^\s/]|：)")
_QUOTED = re.compile(
    r"""(?<![^\s\[{,:])(?:"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^']|'')*(?:'|\Z))"""
    r"|(?<!\S)\#[^\n]*",
    re.DOTALL,
)
"""A quoted text, with its closing quote or without, or a comment."""
_NEXT_ENTRY = re.compile(
    r"[,\n][ \t]*(?:- |[\w-]+:\s)|\A[^({]*[,\n][ \t]*(?:-[ \t]*)?\Z"
)
"""What stands in a quoted text without its closing quote: the entry that comes next."""


class YamlProblem(Exception):
    """One error of YAML syntax with its position. ``in_flow``: it is within brackets
    or braces, of which the C parser knows less than the pure one."""

    in_flow = False

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def explained(error: YAMLError, text: str) -> YamlProblem:
    """Return ruamel's message with its position, and a hint where a tab is the
    cause."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    begun = getattr(error, "context_mark", None)
    context = str(getattr(error, "context", None) or "")
    if begun is not None and context.endswith(("simple key", "an alias", "an anchor")):
        mark = begun  # what follows is right where the parser stops
    message = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        bad = re.search(
            r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", text
        )
        if bad is None:
            return YamlProblem(f"this is no YAML: {message}")
        return YamlProblem(
            "a control character cannot stand in YAML; remove it",
            *_place(text, bad.start()),
        )
    about_pair = _about_quotes(text, mark.index) or _about_brackets(text, error)
    if about_pair is not None:
        about_pair.in_flow = "flow" in context
        return about_pair
    line, column = mark.line + 1, mark.column + 1
    lines = text.splitlines()
    here = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or "'\\t'" in message:
        return YamlProblem("a tab cannot indent YAML; write blanks", line, column)
    message = f"{context}: {message}" if context else message
    above = lines[mark.line - 1] if 0 < mark.line <= len(lines) else ""
    if "mapping values" in message and _NO_BLANK.match(above):
        line, column = mark.line, len(above) - len(above.lstrip()) + 1
        message, here = f"could not find expected ':': {message}", above
    hint = _of_other_signs(here) or _hint(message)
    problem = YamlProblem(f"this is no YAML: {message}{hint}", line, column)
    problem.in_flow = "flow" in context or "unexpected ':'" in message
    return problem


def _place(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1 on."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _about_quotes(text: str, index: int) -> YamlProblem | None:
    """Return what is wrong with the quoted text that ends at ``index``, where the
    parser stopped; None where none ends there.

    A text without a closing quote ends where the next one opens, often lines below.
    """
    for quoted in _QUOTED.finditer(text):
        if quoted.end() != index or quoted[0].startswith("#"):
            continue
        if index >= len(text.rstrip()) or _NEXT_ENTRY.search(quoted[0][1:-1]):
            return YamlProblem(
                "this is no YAML: the quote that begins here is not closed; close it "
                "behind the text",
                *_place(text, quoted.start()),
            )
        return YamlProblem(
            "this is no YAML: the quotes end before this place; write other quotes "
            "inside them, or put a comma or a new line here",
            *_place(text, index),
        )
    return None


def _of_other_signs(line: str) -> str:
    """Return a hint at a sign of Chinese or typographic text in a line with an
    error."""
    if "“" in line or "”" in line:
        return '; write straight quotes, "…"'
    if re.match(r"\s*(?:- )?[\w-]+：", line):
        return "; write the ASCII sign `:` and a blank, not `：`"
    if "，" in line and re.search(r"[\[{]", line):
        return "; write the ASCII sign `,` between entries, not `，`"
    return ""


def _about_brackets(text: str, error: YAMLError) -> YamlProblem | None:
    """Return what is wrong with a bracket that opens above the line where the parser
    stopped, or that closes nothing; None for anything else."""
    mark, begun = (
        getattr(error, "problem_mark", None),
        getattr(error, "context_mark", None),
    )
    if mark is None or begun is None:
        return None
    context = str(getattr(error, "context", ""))
    sign = text[mark.index : mark.index + 1]
    opening = {"}": "{", "]": "["}.get(sign, "")
    if "block" in context and opening:
        return YamlProblem(
            f"this is no YAML: `{sign}` closes nothing; remove it, or write "
            f"`{opening}` where it opens",
            *_place(text, mark.index),
        )
    if "flow" not in context or mark.line == begun.line:
        return None
    if _indent(text, mark.index) > _indent(text, begun.index):
        return None  # the line belongs to what the bracket holds
    return YamlProblem(
        f"this is no YAML: the `{text[begun.index]}` that begins here is not closed; "
        "close it behind its last entry",
        *_place(text, begun.index),
    )


def _indent(text: str, index: int) -> int:
    """Return how many blanks the line of a place begins with."""
    line = text[text.rfind("\n", 0, index) + 1 :].partition("\n")[0]
    return len(line) - len(line.lstrip())


def _hint(message: str) -> str:
    hints = {
        "could not find expected ':'": "; write `key: value`, with a blank behind the "
        "colon",
        "mapping values are not allowed": "; put the text in quotes, or mend the "
        "indentation",
        "alphabetic or numeric character": "; put the text in quotes",
        "cannot start any token": "; put the text in quotes",
        "did not find expected key": "; look at the indentation and the quotes",
        "unknown escape": "; write the text in single quotes, '…'",
        "expected '-' indicator": "; write a list, or keys, not both: indent alike",
        "found unexpected end of stream": "; close the quotes or the bracket",
        "found undefined alias": "; write `&name` where the value stands first",
        "flow sequence": "; close the bracket ], or put the text in quotes",
        "flow mapping": "; close the brace }, or put {{ … }} and ${…} in quotes, and "
        "other quotes inside them",
    }
    return next((hint for words, hint in hints.items() if words in message), "")
