"""The file of a new endpoint, made from the data request of a curl line.

It keeps no personal data and no credential of the line: the endpoint's test has made-up
values instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ivrhooks.authoring.starter.curl import CurlRequest
from ivrhooks.authoring.starter.endpoint_file import (
    MADE_UP_NUMBER,
    PHONE,
    NewEndpoint,
    Path,
    leaves,
)
from ivrhooks.basics.values import read_string
from ivrhooks.config.plan import segments_of
from ivrhooks.config.sobot_fields import EXAMPLE

CREDENTIAL = re.compile(
    r"(?i)(?:^|[_-])(?:api[_-]?key|key|token|secret|signature|password|authorization)$"
)
"""The name of a header or parameter that only those know who may ask."""

_NO_CREDENTIAL = re.compile(r"(?i)idempotency-key|csrf|xsrf")
_OF_A_CALLER = frozenset({"number", "phone_number", "phonenumber", "address"})
"""Keys that hold a telephone number where they stand below one like ``caller``."""

_NUMBER = re.compile(r"\+[0-9][0-9 ()-]{6,20}")
_IN_TEXT = re.compile(r"\+[0-9]{7,15}|[\w.+-]+@[\w-]+\.[\w.]+")
_MEANT = re.compile(r"[.\[\]{}]+")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_NOT_DECLARED = re.compile(
    r"(?i)content-(type|length)|accept(-.*)?|user-agent|host|connection|x-request-id"
    r"|expect|cache-control|pragma|cookie|origin|referer|priority|dnt|te|sec-.*"
    r"|upgrade-insecure-requests|x-requested-with|if-.*|proxy-.*"
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")


def is_credential(name: str) -> bool:
    """Return whether a header or parameter of that name holds a credential."""
    return bool(CREDENTIAL.search(name)) and not _NO_CREDENTIAL.search(name)


def endpoint_from_curl(name: str, request: CurlRequest) -> NewEndpoint:
    """Return an endpoint that answers that very request."""
    segments = [segment for segment in segments_of(request.path) if segment]
    fields = _fields(request, segments)
    declared = {
        path: value
        for path, value in fields.items()
        if path[-1].strip() and not _too_long(value)
    }
    names = _names(list(declared))
    inputs = {segment: _segment(segment) for segment in segments} | {
        names[path]: _input(path, value, request.json) | _wire(path, names[path])
        for path, value in declared.items()
    }
    values = dict.fromkeys(segments, "1") | {
        names[path]: value for path, value in declared.items()
    }
    test = {
        "name": "The request that this was made from",
        "inputs": _without_people(values, inputs),
        "expect": {"answered": 1},
    }
    return NewEndpoint(
        name,
        request.path,
        request.format,
        inputs=inputs,
        headers=dict(_headers(request.headers)),
        outputs={"answered": {"type": "int", "value": 1, "default": 0}},
        tests=[test],
        remark="Made from a curl line. Put the outputs that the flow needs in place of "
        "`answered`." + "".join(_left_out(fields)),
    )


def _fields(request: CurlRequest, segments: Sequence[str]) -> dict[Path, Any]:
    """Return the fields of a request, without those of the path and Sobot's own."""
    return {
        path: value
        for path, value in leaves(request.fields)
        if path[0] not in EXAMPLE and path[-1] not in segments
    }


def _too_long(value: Any) -> bool:
    """Return whether a JSON number has more digits than a parameter accepts."""
    return isinstance(value, int) and read_string(value) is None


def _left_out(fields: Mapping[Path, Any]) -> Iterator[str]:
    long = [".".join(path) for path, value in fields.items() if _too_long(value)]
    if long:
        yield (
            f"\nLeft out: {', '.join(long)}, a number of more than 18 digits; no "
            "parameter\ntakes one. Have it sent as text, in quotes, and declare a "
            "string."
        )
    if not all(path[-1].strip() for path in fields):
        yield "\nLeft out: a parameter without a name."


def _names(paths: list[Path]) -> dict[Path, str]:
    """Return an input's name for each path: the last key, or all keys where two are
    equal.

    It has no dots and brackets, which have a meaning in templates.
    """
    last = Counter(plain_name(path[-1]) for path in paths)
    names: dict[Path, str] = {}
    for path in paths:
        alone = last[plain_name(path[-1])] == 1
        name = plain_name(path[-1] if alone else "_".join(filter(None, path)))
        used, number = set(names.values()), 2
        own = name
        while own in used:
            own, number = f"{name}_{number}", number + 1
        names[path] = own
    return names


def plain_name(name: str) -> str:
    """Return a name without the characters that have a meaning in templates and
    paths."""
    plain = _MEANT.sub("_", name).strip("_") if _MEANT.search(name) else name
    return (plain or "value").strip()


def _wire(path: Path, name: str) -> dict[str, str]:
    """Return an input's name in the request, where it differs."""
    return {"name": path[0]} if len(path) == 1 and name != path[0] else {}


def _segment(name: str) -> dict[str, Any]:
    phone = {"format": "phone"} if PHONE.search(name) else {}
    return {"type": "string", **phone, "required": True}


def _input(path: Path, value: Any, as_json: bool) -> dict[str, Any]:
    name = path[-1]
    entry: dict[str, Any] = {"type": _type(name, value, as_json=as_json)}
    above = ".".join(path[:-1])
    called = PHONE.search(name) or (
        name.lower() in _OF_A_CALLER and PHONE.search(above)
    )
    if called or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        entry = {"type": "string", "format": "phone"}
    if len(path) > 1:
        entry["path"] = ".".join(map(_step, path))
    return entry


def _step(name: str) -> str:
    """Return a key as JMESPath writes it."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return name if plain else f'"{quoted}"'


def _type(name: str, value: Any, *, as_json: bool) -> str:
    if is_credential(name):
        return "string"
    if isinstance(value, (bool, int)):
        return "int"
    text = not as_json and isinstance(value, str) and _INTEGER.fullmatch(value)
    return "int" if text else "string"


def _headers(headers: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the declared headers; a name that no web server accepts gets hyphens."""
    known: set[str] = set()
    for name in headers:
        plain = re.sub(r"[^!#$%&'*+.^`|~0-9A-Za-z-]+", "-", name).strip("-")
        own = _HEADER_NAME.fullmatch(plain) and not _NOT_DECLARED.fullmatch(plain)
        if own and plain.lower() not in known:
            known.add(plain.lower())
            yield plain, {"type": "string"}


def _without_people(
    values: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the values with made-up ones in place of personal data and credentials."""
    return {
        name: _harmless(name, value, inputs[name])
        for name, value in values.items()
        if value not in (None, "")
    }


def _harmless(name: str, value: Any, entry: Mapping[str, Any]) -> Any:
    if entry.get("format") == "phone":
        return MADE_UP_NUMBER
    if is_credential(name):
        return "made-up"
    if not isinstance(value, str):
        return value
    return int(value) if entry["type"] == "int" else _IN_TEXT.sub(_made_up, value)


def _made_up(match: re.Match[str]) -> str:
    return "caller@example.com" if "@" in match[0] else MADE_UP_NUMBER
