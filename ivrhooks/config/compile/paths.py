"""Checks the paths of endpoints: which are allowed, and which overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ivrhooks.config.plan import Plan, segments_of
from ivrhooks.config.reading.report import Location, listed, nearest

_OWN_PATHS = ("/healthz", "/readyz", "/metrics")


def check_path(path: str, inputs: Iterable[str], location: Location) -> None:
    """Report a path at which no endpoint can be served, and segments in braces that
    name no input."""
    _check_allowed(path, location)
    _check_segments(path, inputs, location)


def _check_segments(path: str, inputs: Iterable[str], location: Location) -> None:
    """Report segments in braces that are not whole, or that do not name one input
    once."""
    known, seen = tuple(inputs), set()
    path = re.split("[?#]", path)[0]  # a query is reported with the whole path
    segments = [segment for segment in path.split("/") if segment]
    for segment, name in zip(segments, segments_of(path), strict=True):
        if name is None and segment[0] in ":<" and segment.strip(":<>") in known:
            location.warning(
                f"`{segment}` is served as it stands; for the input write "
                f"{{{segment.strip(':<>')}}}"
            )
        elif name is None and ("{" in segment or "}" in segment):
            location.error(
                f"`{segment}` is no segment; braces hold a whole one: /lookup/{{tel}}"
            )
        elif name is not None and " " in name:
            continue  # reported with the whole path
        elif name is not None and name not in known:
            hint = nearest(name, known) or f"; declared: {listed(known)}"
            location.error(f"`{{{name}}}` is no input that is declared{hint}")
        elif name in seen:
            location.error(f"`{{{name}}}` stands twice in the path; keep one")
        seen.add(name or "")


def _check_allowed(path: str, location: Location) -> None:
    """Report a path at which no endpoint can be served."""
    if not path:
        return
    if not path.startswith("/"):
        own = re.sub(r"^[a-z]+://[^/]*/?", "", path)
        location.error(f"the path begins with /; write /{own}")
    elif "?" in path or "#" in path:
        location.error("the path has no query; declare its names under `inputs`")
    elif not re.fullmatch(r"[\x21-\x7e]+", path):
        location.error(
            "the path has a blank or a sign that is not ASCII; write letters, digits, "
            "- and _"
        )
    elif re.match("/+_", path) or f"/{path.strip('/')}" in _OWN_PATHS:
        location.error(
            f"{path} is the server's own (/_…, /healthz, /readyz, /metrics); write "
            "/api/…"
        )


def check_overlap(
    plan: Plan, location: Location, templates: list[tuple[Plan, Location]]
) -> None:
    """Report two paths with segments that one URL could match."""
    at = location.at("path")
    for other, there in templates:
        if written_plainly(plan.path) == written_plainly(other.path):
            continue  # already reported
        if _overlap(plan, other):
            at.error(
                f"one URL could fit `{plan.path}` and `{other.path}`, at "
                f"{there.at('path').place()}; write another first word"
            )
    templates.append((plan, location))


def written_plainly(path: str) -> str:
    """Return a path with single slashes and without the names of its segments.

    Two paths that differ in segment names alone are the same path.
    """
    segments = [segment for segment in path.split("/") if segment]
    names = segments_of(path)
    plain = (
        "{}" if name else segment for segment, name in zip(segments, names, strict=True)
    )
    return "/" + "/".join(plain)


def _overlap(first: Plan, other: Plan) -> bool:
    mine, theirs = (written_plainly(plan.path).split("/") for plan in (first, other))
    return len(mine) == len(theirs) and all(
        a == b or "{}" in (a, b) for a, b in zip(mine, theirs, strict=True)
    )
