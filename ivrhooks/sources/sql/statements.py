"""Judges the text of a query when the configuration is loaded: one that reads."""

from __future__ import annotations

import re

READS = ("select", "with", "values", "table", "show")

_WRITES = re.compile(
    r"\b(insert\s+into|replace\s+into|update\s+(?:only\s+)?[\w\".`\[\]]+\s+set|"
    r"delete\s+from|merge\s+into|truncate|drop\s+\w+|alter\s+\w+|create\s+\w+|"
    r"grant\s|revoke\s|into\s+(?:outfile|dumpfile)|for\s+(?:no\s+key\s+)?update|"
    r"for\s+(?:key\s+)?share|lock\s+in\s+share\s+mode)",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?P<note>--[^\n]*|/\*.*?\*/)|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
    r"|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|`[^`]*`",
    re.DOTALL,
)


def problem_of_query(text: str) -> str:
    """What is wrong with a query and what to write; "" where nothing is."""
    bare = _APART.sub(lambda part: " " if part["note"] else " '' ", text).strip()
    body = bare.rstrip("; \t\r\n")
    if not body:
        return "is empty; write select …"
    if ";" in body:
        return "holds several statements; write one"
    first = re.match(r"[(\s]*([a-z]+)", body, re.IGNORECASE)
    word = first[1].lower() if first else body[:20]
    if word not in READS:
        return f"begins with {word!r}; a query reads: write select …"
    found = _WRITES.search(body)
    if found:
        return f"writes ({' '.join(found[1].split())!r}); a query only reads"
    return ""
