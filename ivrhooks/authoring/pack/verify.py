"""Sends the data requests of a pack to a live endpoint, and compares the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.authoring.pack.expected import Expected
from ivrhooks.authoring.pack.pack_file import Pack, PackedRequest
from ivrhooks.basics.errors import SourceError
from ivrhooks.basics.people.personal import KINDS, mask_as
from ivrhooks.sources.interface import Request, Response

Send = Callable[[Request], Response]
"""Signs and sends one request; raises SourceError."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one data request.

    ``sent``: False for one that would store an action and was not sent.
    ``differences``: what differs from the expected answer.
    """

    name: str
    sent: bool
    differences: tuple[str, ...]
    degraded: str = ""


def verify_pack(
    pack: Pack,
    url: str,
    send: Send,
    values: Mapping[tuple[str, str], str],
    *,
    deliver: bool,
) -> Iterator[Verdict]:
    """Yield one verdict for each data request, in the pack's order.

    ``values``: those that the pack leaves out, by place and name. ``deliver``: send
    also those that store an action.
    """
    for request in pack.requests:
        if request.expected.actions and not deliver:
            yield Verdict(request.name, False, ())
            continue
        try:
            response = send(request.request.filled(url, values))
        except SourceError as error:
            yield Verdict(request.name, True, (f"no answer: {error}",))
            continue
        differences = tuple(differences_of(pack, request, response))
        degraded = response.headers.get("x-ivrhooks-degraded", "")
        yield Verdict(request.name, True, differences, degraded)


def differences_of(
    pack: Pack, request: PackedRequest, response: Response
) -> Iterator[str]:
    """Yield what differs from the expected answer, a line each."""
    expected = request.expected
    if response.status != expected.status:
        yield f"status: expected {expected.status}, came {response.status}"
    try:
        body = json.loads(response.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        yield "body: expected a JSON object, came none"
        return
    yield from _refusal(expected, body.pop("error", None))
    outputs, top = _split(expected.body, pack.under)
    came, beside = _split(body, pack.under)
    yield from _outputs(expected, outputs, came)
    if top != beside:
        yield f"beside the outputs: expected {_as_json(top)}, came {_as_json(beside)}"


def _refusal(expected: Expected, error: Any) -> Iterator[str]:
    code = str(error.get("code")) if isinstance(error, Mapping) else ""
    if code != expected.error:
        yield f"error: expected {expected.error or 'none'}, came {code or 'none'}"
        return
    fields = error.get("fields") if isinstance(error, Mapping) else None
    named = tuple(sorted(fields)) if isinstance(fields, Mapping) else ()
    if code and named != expected.fields:
        yield f"error: expected the fields {list(expected.fields)}, came {list(named)}"


def _split(
    body: Mapping[str, Any], under: tuple[str, ...]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the outputs of an answer, and what stands beside them."""
    if not under:
        return body, {}
    key, *rest = under
    inner = body.get(key)
    outputs, beside = _split(inner if isinstance(inner, Mapping) else {}, tuple(rest))
    return outputs, {**body, key: beside}


def _outputs(
    expected: Expected, outputs: Mapping[str, Any], came: Mapping[str, Any]
) -> Iterator[str]:
    for name, value in outputs.items():
        if name in came:
            difference = _difference(expected, name, value, came[name])
        else:
            difference = f"expected {_as_json(value)}, came left out"
        if difference:
            yield f"{name}: {difference}"
    for name in came:
        if name not in outputs:
            yield f"{name}: expected left out, came a value"


def _difference(expected: Expected, name: str, value: Any, came: Any) -> str:
    """Return how a value differs, or ""."""
    same_type = type(came) is type(value)
    if name in expected.by_type:
        return "" if same_type else f"expected {_type(value)}, came {_as_json(came)}"
    if (kind := expected.masked.get(name, "")) in KINDS:
        came = mask_as(kind, came)
        same_type = type(came) is type(value)
    if same_type and came == value:
        return ""
    return f"expected {_as_json(value)}, came {_as_json(came)}"


def _type(value: Any) -> str:
    return "an int" if isinstance(value, int) else "a string"


def _as_json(value: Any) -> str:
    """Return a value as JSON, so that its type is visible."""
    return json.dumps(value, ensure_ascii=False)
