"""The data requests of a pack as HTTP requests.

Values that are never shown are replaced by words, which are filled in when the request
is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ivrhooks.authoring.caller_request import http_request, wire_text
from ivrhooks.authoring.contract import blank_of
from ivrhooks.authoring.examples import curl_line
from ivrhooks.authoring.pack.cases import Case
from ivrhooks.authoring.shell import Blanks
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.sources.interface import Request

_SHORTEST = 3
"""Letters of a secret that is looked for in requests; shorter ones are in any text."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A value that the pack leaves out.

    ``word`` stands for it; ``name`` and ``place`` (header | input) identify it.
    """

    word: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A data request without its server: ``target`` is path and query. ``blanks``: what
    is filled in before it is sent; ``curl``: the same as a command for a shell."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    blanks: tuple[Blank, ...]
    curl: str

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what two equal requests have in common."""
        return self.method, self.target, self.headers, self.body

    def filled(self, url: str, values: Mapping[tuple[str, str], str]) -> Request:
        """Return the request to the server at ``url``; ``values`` by place and name."""
        target, body, headers = self.target, self.body, self.headers
        for blank in self.blanks:
            value = values[blank.place, blank.name]
            target = target.replace(blank.word, quote(value, safe=""))
            body = body.replace(blank.word, self._in_body(value))
            headers = tuple(
                (name, text.replace(blank.word, value)) for name, text in headers
            )
        sent = None if self.method == "GET" and not body else body.encode()
        return Request(self.method, url.rstrip("/") + target, headers, sent, False)

    def _in_body(self, value: str) -> str:
        if self.body.startswith("{"):
            return json.dumps(value, ensure_ascii=False)[1:-1]
        return quote(value, safe="")


def wire_of(plan: Plan, case: Case, url: str) -> WireRequest | None:
    """Return ``case`` as a request, or None where a secret would remain in it.

    ``url``: the server of the curl line.
    """
    blanks = Blanks()
    inputs, of_inputs = _hidden(plan, plan.inputs, case.inputs, blanks)
    headers, of_headers = _hidden(plan, plan.headers, case.headers, blanks)
    texts = {name: wire_text(value) for name, value in headers.items()}
    request = _apply_case(http_request(plan, inputs, texts, ""), case)
    left_out = (*of_inputs, *of_headers)
    body = (request.body or b"").decode()
    texts_sent = (request.url, body, *(value for _, value in request.headers))
    if any(secret in text for secret in _secrets(plan) for text in texts_sent):
        return None
    signed = [
        (name, blanks.placeholder(name))
        for scheme in plan.security.schemes
        for name in scheme.shown
    ]
    curl = curl_line(
        request.method,
        url.rstrip("/") + request.url,
        [*request.headers, *signed],
        body,
        blanks,
    )
    return WireRequest(
        request.method, request.url, request.headers, body, left_out, curl
    )


def _secrets(plan: Plan) -> Iterator[str]:
    """Yield the values that are never shown, as they may occur in a request."""
    for text in plan.secret_texts:
        if len(text) >= _SHORTEST:
            yield from (text, quote(text, safe=""))


def _hidden(
    plan: Plan, declared: Iterable[Parameter], values: Mapping[str, Any], blanks: Blanks
) -> tuple[dict[str, Any], list[Blank]]:
    """Return the given values, with a word in place of each that is never shown."""
    known = {parameter.name.lower(): parameter for parameter in declared}
    shown: dict[str, Any] = {}
    left_out = []
    for name, value in values.items():
        parameter = known.get(name.lower())
        if (
            parameter is not None
            and parameter.confidential
            and wire_text(value) == parameter.equals
        ):
            word = blank_of(parameter, plan, blanks)
            left_out.append(Blank(word, parameter.name, parameter.place))
            shown[name] = word
        else:
            shown[name] = value
    return shown, left_out


def _apply_case(request: Request, case: Case) -> Request:
    """Return the request with what differs from that of the IVR."""
    if case.slash:
        path, mark, query = request.url.partition("?")
        request = replace(request, url=f"{path}{case.slash}{mark}{query}")
    if case.body:
        headers = (*_without_type(request), ("Content-Type", case.content_type))
        request = replace(request, body=case.body.encode(), headers=headers)
    if case.method:
        body = None if case.method == "GET" else request.body
        headers = request.headers if body else _without_type(request)
        request = replace(request, method=case.method, body=body, headers=headers)
    return request


def _without_type(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the headers of a request but for its Content-Type."""
    return tuple(
        (name, value)
        for name, value in request.headers
        if name.lower() != "content-type"
    )
