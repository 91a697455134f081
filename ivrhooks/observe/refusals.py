"""Why a data request was refused, in words for whoever set the call centre up."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from ivrhooks.config.plan import Plan

_NAME = re.compile(rb"^([^\s:]+)\s*:", re.MULTILINE)

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~_-]+")
_TLS = b"\x16\x03"
_ENDING = re.compile(r" HTTP/[0-9.]+$")


def header_names(head: bytes) -> list[str]:
    """The names of the headers of a raw request, as they were sent."""
    lines = head.partition(b"\n")[2]
    return [match.decode("latin-1") for match in _NAME.findall(lines)]


def reason_of(
    plan: Plan,
    code: str,
    message: str,
    fields: Mapping[str, Sequence[str]],
    head: bytes,
) -> str:
    """The reason of one refusal: first what did not arrive, then what is wrong with
    what did."""
    sent = header_names(head)
    said = [
        _header(one.name, sent, wrong=one.secret)
        for one in plan.headers
        if (code == "unauthorized" and one.secret and one.name in message)
        or one.name in fields
    ]
    said = [text for text in said if text]
    headers = {one.name for one in plan.headers}
    arrived = {name.lower() for name in sent}
    for name, texts in fields.items():
        if name not in headers or name.lower() in arrived:
            said.append(f"{name}: {'; '.join(texts)}")
    return "; ".join(said) or message


def drops_a_header(plan: Plan, head: bytes) -> bool:
    """Whether a declared header came with ``_`` for ``-`` and was dropped for that."""
    if b"_" not in head:
        return False
    sent = {name.lower() for name in header_names(head)}
    return any(
        "-" in one.name
        and one.name.lower() not in sent
        and one.name.lower().replace("-", "_") in sent
        for one in plan.headers
    )


def _header(name: str, sent: Sequence[str], *, wrong: bool) -> str:
    """What became of one declared header."""
    if name.lower() in {one.lower() for one in sent}:
        return f"the header {name} arrived with another value" if wrong else ""
    text = f"the header {name} did not arrive"
    if "-" in name:
        dropped = name.replace("-", "_")
        alike = [one for one in sent if one.lower() == dropped.lower()]
        dropped = alike[0] if alike else dropped
        text += f"; `{dropped}` would be dropped by the web server"
    near = [one for one in sent if _bare(one) == _bare(name) and "_" not in one]
    return f"{text}; `{near[0]}` came instead" if near else text


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def unreadable(message: str, head: bytes) -> str:
    """Why a head is no HTTP, as far as a look at it tells. Values are not repeated:
    they may be secret."""
    line, *headers = head.decode("latin-1").splitlines() or [""]
    found = ""
    if line.count(" ") > 2 and _ENDING.search(line):
        found = "the request line has a blank in its address; send %20"
    elif head.startswith(_TLS):
        found = "this is TLS (https), and plain http is spoken here"
    for text in headers:
        name, colon, _ = text.partition(":")
        if not colon and text.strip():
            found = found or "a header line has no colon"
        elif colon and not _TOKEN.fullmatch(name):
            found = found or f"`{name[:100]}` cannot be the name of a header"
    return f"{message}; {found}" if found else message


def no_endpoint(path: str, known: Collection[str]) -> str:
    """Why nothing answered at a path."""
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    text = f"no endpoint has the path {path}"
    return f"{text}; the nearest is {near[0]}" if near else text
