"""Builds the request that the IVR would send to an endpoint, for probe and console."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.basics.people.masking import SECRET
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.config.sobot_fields import PROBE
from ivrhooks.sources.interface import Request

NamedValues = Mapping[str, Any] | Sequence[tuple[str, Any]]
"""Values by name; as pairs a name may come twice."""

CONTENT_TYPES: Mapping[str, str] = {
    "form": "application/x-www-form-urlencoded",
    "json": "application/json",
}
"""The label of a body, by the endpoint's format; other formats have no body."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")


def http_request(
    plan: Plan, inputs: NamedValues, headers: Mapping[str, str], url: str
) -> Request:
    """Return the HTTP request of the IVR for this plan at ``url``."""
    where = url.rstrip("/") + filled_path(plan, inputs)
    sent = list(headers.items())
    if plan.format == "query":
        query = form_text(form_pairs(wire_pairs(plan, inputs)))
        return Request("GET", f"{where}?{query}" if query else where, tuple(sent))
    if plan.format == "json":
        body = json.dumps(
            json_body(plan, typed_inputs(plan, inputs)), ensure_ascii=False
        )
    else:
        pairs = wire_pairs(plan, inputs)
        names = {name for name, _ in pairs}
        own = [pair for pair in PROBE.items() if pair[0] not in names]
        body = form_text([*own, *form_pairs(pairs)])
    sent.append(("Content-Type", CONTENT_TYPES[plan.format]))
    return Request(
        "POST", where, tuple(sent), body.encode("utf-8", "replace"), repeatable=False
    )


def form_pairs(inputs: NamedValues) -> list[tuple[str, str]]:
    """Return inputs as a form or a query string has them; null is left out."""
    return [
        (name, wire_text(value)) for name, value in _pairs(inputs) if value is not None
    ]


def wire_text(value: Any) -> str:
    """Return a value as a form, a path or a header has it: what is no text as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def form_text(pairs: Sequence[tuple[str, str | None]]) -> str:
    """Return the fields of a form; one without value has no ``=``, as Sobot writes
    it."""
    return "&".join(
        _quoted(name) if value is None else f"{_quoted(name)}={_quoted(value)}"
        for name, value in pairs
    )


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def typed_inputs(plan: Plan, inputs: NamedValues) -> dict[str, Any]:
    """Return inputs as JSON has them.

    The text of a declared int becomes a number if it is one. Other values stay, so that
    wrong values can be tried.
    """
    ints = {parameter.name for parameter in plan.inputs if parameter.type == "int"}
    return {
        name: int_of(value) if name in ints else value for name, value in _pairs(inputs)
    }


def int_of(value: Any) -> Any:
    """Return the number that a text holds; every other value as it is."""
    is_int = isinstance(value, str) and _INTEGER.fullmatch(value)
    return int(value) if is_int else value


def wire_pairs(plan: Plan, inputs: NamedValues) -> list[tuple[str, Any]]:
    """Return inputs under their names in a form or a query string."""
    names = {parameter.name: parameter.wire for parameter in plan.inputs}
    return [
        (names.get(name, name), value)
        for name, value in _pairs(inputs)
        if name not in plan.segments
    ]


def filled_path(plan: Plan, inputs: NamedValues) -> str:
    """Return the endpoint's path with its inputs filled in."""
    if not plan.segments:
        return quote(plan.path, safe="/-._~")
    return "".join(
        f"/{quote(segment, safe='')}" for segment in _path_segments(plan, inputs)
    )


def _path_segments(plan: Plan, inputs: NamedValues) -> Iterator[str]:
    values = dict(_pairs(inputs))
    segments = (segment for segment in plan.path.split("/") if segment)
    for segment, name in zip(segments, plan.segments, strict=True):
        value = values.get(name) if name is not None else segment
        yield segment if value in (None, "") else wire_text(value)


def segment_inputs(plan: Plan, inputs: NamedValues) -> dict[str, str]:
    """Return the inputs in the endpoint's path."""
    return {
        name: wire_text(value)
        for name, value in _pairs(inputs)
        if name in plan.segments and value not in (None, "")
    }


def json_body(plan: Plan, inputs: NamedValues) -> dict[str, Any]:
    """Return inputs in their place in a JSON body: at their path, or under their
    name."""
    known = {parameter.name: parameter for parameter in plan.inputs}
    body: dict[str, Any] = {}
    for name, value in _pairs(inputs):
        if name in plan.segments:
            continue
        declared = known.get(name)
        *above, last = (
            (name,) if declared is None else declared.body_path or (declared.wire,)
        )
        place = body
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return body


def _pairs(values: NamedValues) -> Sequence[tuple[str, Any]]:
    return list(values.items()) if isinstance(values, Mapping) else values


def data_request(
    plan: Plan, inputs: NamedValues, headers: Mapping[str, str]
) -> DataRequest:
    """Return what a server would pass to the engine for these inputs and headers."""
    if plan.format == "query":
        fields = dict(wire_pairs(plan, inputs))
    else:
        fields = json_body(plan, typed_inputs(plan, inputs))
    segments = segment_inputs(plan, inputs)
    return received(plan, fields, segments, headers, str(uuid4()))


def received(
    plan: Plan,
    fields: Mapping[str, Any],
    segments: Mapping[str, str],
    headers: Mapping[str, str],
    request_id: str,
) -> DataRequest:
    """Return a data request with ``fields`` in its body, or in its query string."""
    in_query = plan.format == "query"
    return DataRequest(
        method=plan.method,
        path=plan.path,
        request_id=request_id,
        headers={name.lower(): value for name, value in headers.items()},
        segments=segments,
        query=fields if in_query else {},
        body={} if in_query else fields,
        body_kind="none" if in_query else plan.format,
        peer="127.0.0.1",
    )


def agreed_values(
    declared: Iterable[Parameter], named: Iterable[str]
) -> dict[str, str]:
    """Return the values that are configured, but for parameters that are ``named``.

    Headers are named in any case of letters.
    """
    names = set(named)
    lower = {name.lower() for name in names}
    return {
        parameter.name: parameter.equals
        for parameter in declared
        if parameter.equals is not None
        and parameter.name not in names
        and not (parameter.place == "header" and parameter.name.lower() in lower)
    }


def all_headers(plan: Plan, headers: NamedValues) -> dict[str, str]:
    """Return the given headers, preceded by those whose value is configured."""
    values = dict(_pairs(headers))
    return {**agreed_values(plan.headers, values), **values}


def all_inputs(plan: Plan, inputs: NamedValues) -> list[tuple[str, Any]]:
    """Return the given inputs, preceded by those whose value is configured."""
    pairs = list(_pairs(inputs))
    agreed = agreed_values(plan.inputs, (name for name, _ in pairs))
    return [*agreed.items(), *pairs]


@dataclass(frozen=True, slots=True)
class _Signable:
    """A request as signatures see it (``basics.signatures.SignedRequest``)."""

    method: str
    target: bytes
    query: bytes
    headers: Mapping[str, str]
    body: bytes


def sign_request(plan: Plan, request: Request, now: float, identity: str) -> Request:
    """Return ``request`` with the signatures that the endpoint requires."""
    parts = urlsplit(request.url)
    for scheme in plan.security.schemes:
        signable = _Signable(
            request.method,
            parts.path.encode(),
            parts.query.encode(),
            {name.lower(): value for name, value in request.headers},
            request.body or b"",
        )
        added = scheme.sign(signable, now, identity)
        present = {name.lower() for name in signable.headers}
        headers = [
            header for header in added.items() if header[0].lower() not in present
        ]
        request = replace(request, headers=(*request.headers, *headers))
    return request


def shown_inputs(plan: Plan, inputs: NamedValues) -> list[tuple[str, Any]]:
    """Return inputs as they may be printed, secrets as ``***``."""
    secret = {parameter.name for parameter in plan.inputs if is_secret(parameter)}
    return [
        (name, SECRET if name in secret and value is not None else value)
        for name, value in _pairs(inputs)
    ]


def shown_headers(plan: Plan, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers as they may be printed, secrets as ``***``."""
    secret = {header.name.lower() for header in plan.headers if is_secret(header)}
    return {
        name: SECRET if name.lower() in secret else value
        for name, value in headers.items()
    }


def is_secret(parameter: Parameter) -> bool:
    """Return whether a parameter's value is never printed."""
    return parameter.confidential or parameter.equals is not None
