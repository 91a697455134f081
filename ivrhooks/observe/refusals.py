"""Explains why a data request was refused, to whoever set up the call centre."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ivrhooks.config.plan import Plan
from ivrhooks.languages.catalogue import Reason, because

_NAME = re.compile(rb"^([^\s:]+)[ \t]*:", re.MULTILINE)

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~_-]+")
_TLS = b"\x16\x03"
_ENDING = re.compile(r" HTTP/[0-9.]+$")


def header_names(head: bytes) -> list[str]:
    """Return the names of the headers of a raw request, as they were sent."""
    lines = head.partition(b"\n")[2]
    return [match.decode("latin-1") for match in _NAME.findall(lines)]


def reasons_of(
    plan: Plan,
    code: str,
    reason: Reason | None,
    fields: Mapping[str, Sequence[Reason]],
    head: bytes,
) -> tuple[Reason, ...]:
    """Return the reasons of a refusal: first what did not arrive, then what is wrong
    with the rest."""
    sent = header_names(head)
    agreed = _places(reason) if code == "unauthorized" else frozenset()
    reasons: list[Reason] = []
    for parameter in plan.headers:
        if parameter.name in fields or (parameter.secret and parameter.name in agreed):
            reasons += _header(parameter.name, sent, wrong=parameter.secret)
    headers = {parameter.name for parameter in plan.headers}
    arrived = {name.lower() for name in sent}
    for name, texts in fields.items():
        if name not in headers or name.lower() in arrived:
            reasons += [because("of", name=name, said=texts[0]), *texts[1:]]
    return tuple(reasons) or ((reason,) if reason is not None else ())


def _places(reason: Reason | None) -> frozenset[object]:
    """Return the names of the parameters that a refusal concerns."""
    places = reason.values.get("places", ()) if reason is not None else ()
    named = places if isinstance(places, tuple) else ()
    return frozenset(text.values["name"] for text in named if isinstance(text, Reason))


def drops_a_header(plan: Plan, head: bytes) -> bool:
    """Return whether a declared header was dropped because it came with ``_`` for
    ``-``."""
    if b"_" not in head:
        return False
    sent = {name.lower() for name in header_names(head)}
    return any(
        "-" in parameter.name
        and parameter.name.lower() not in sent
        and parameter.name.lower().replace("-", "_") in sent
        for parameter in plan.headers
    )


def _header(name: str, sent: Sequence[str], *, wrong: bool) -> Iterator[Reason]:
    """Yield what happened to one declared header."""
    if name.lower() in {header.lower() for header in sent}:
        if wrong:
            yield because("header_other", name=name)
        return
    yield because("header_missing", name=name)
    if "-" in name:
        dropped = name.replace("-", "_")
        alike = [header for header in sent if header.lower() == dropped.lower()]
        yield because("header_dropped", name=alike[0] if alike else dropped)
    near = [
        header for header in sent if _bare(header) == _bare(name) and "_" not in header
    ]
    if near:
        yield because("header_instead", name=near[0])


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def unreadable(head: bytes) -> Reason | None:
    """Return why a head is not HTTP, as far as it can be seen. Values are not repeated:
    they may be secret."""
    line, *headers = head.decode("latin-1").splitlines() or [""]
    if line.count(" ") > 2 and _ENDING.search(line):
        return because("blank")
    if head.startswith(_TLS):
        return because("tls")
    for text in headers:
        name, colon, _ = text.partition(":")
        if not colon and text.strip():
            return because("no_colon")
        if colon and not _TOKEN.fullmatch(name):
            return because("no_name", name=name[:100])
    return None


def no_endpoint(path: str, known: Collection[str]) -> tuple[Reason, ...]:
    """Return why no endpoint answers at a path."""
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    nearest = (because("nearest", path=near[0]),) if near else ()
    return (because("no_endpoint", path=path), *nearest)
