"""``sign:`` of kind http: adds parameters and a signature, anew for each try."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.basics.time_zones import zone
from ivrhooks.sources.exchange import json_bytes
from ivrhooks.sources.http.request_builder import (
    FORM,
    JSON,
    Pairs,
    PartedRequest,
    form_bytes,
    over,
    text_of,
    with_query,
)
from ivrhooks.sources.kind import Evaluate

NAMES = ("params", "method", "path", "body", "timestamp", "nonce", "secret")


@dataclass(frozen=True, slots=True)
class Sign:
    """``sign:``, compiled.

    ``add``: parameters that are added first; ``of``: the text that is signed;
    ``timestamp``: s, ms, or a strftime format in ``zone``.
    """

    algorithm: str
    secret: str = field(repr=False)
    of: Evaluate
    name: str
    place: str = "query"
    format: str = "hex"
    timestamp: str = "s"
    zone: str = "UTC"
    add: tuple[tuple[str, Evaluate], ...] = ()


class Signer:
    """Signs the requests of one source. ``nonce`` gives 16 hex digits."""

    def __init__(self, sign: Sign, nonce: Callable[[], str]) -> None:
        self._sign = sign
        self._nonce = nonce
        self._zone = zone(sign.zone)

    def signed(self, request: PartedRequest, now: float) -> PartedRequest:
        """Return ``request`` with the added parameters and the signature.

        Raises SourceRejected.
        """
        sign = self._sign
        names: dict[str, Any] = {
            "timestamp": self._timestamp(now),
            "nonce": self._nonce(),
            "secret": sign.secret,
        }
        added = {}
        for name, value in sign.add:
            text = value(names)
            if text is not None:
                added[name] = text_of(text)
        ready = _with_values(request, sign.place, added)
        names |= {
            "params": _params(ready, sign.place, sign.name),
            "method": ready.method,
            "path": urlsplit(ready.address).path,
            "body": (ready.body or b"").decode("utf-8", "replace"),
        }
        signed = sign.of(names)
        if signed is None:
            raise SourceRejected("`of` of sign has no value", code="not_signed")
        digest = self._digest(text_of(signed).encode("utf-8", "replace"))
        return _with_values(ready, sign.place, {sign.name: digest})

    def _timestamp(self, now: float) -> str:
        form = self._sign.timestamp
        if form == "s":
            return str(int(now))
        if form == "ms":
            return str(int(now * 1000))
        return datetime.fromtimestamp(now, self._zone).strftime(form)

    def _digest(self, data: bytes) -> str:
        sign = self._sign
        if sign.algorithm.startswith("hmac_"):
            key = sign.secret.encode()
            raw = hmac.digest(key, data, sign.algorithm.removeprefix("hmac_"))
        else:
            raw = hashlib.new(sign.algorithm, data, usedforsecurity=False).digest()
        if sign.format == "base64":
            return base64.b64encode(raw).decode("ascii")
        return raw.hex().upper() if sign.format == "HEX" else raw.hex()


def _with_values(
    request: PartedRequest, place: str, values: Mapping[str, str]
) -> PartedRequest:
    """Return ``request`` with ``values`` in their place, replacing those of the same
    name."""
    if not values:
        return request
    pairs = tuple(values.items())
    if place == "header":
        return _rebuilt(request, headers=over(request.headers, pairs))
    if place == "query":
        query = _over(request.query, pairs)
        return _rebuilt(request, url=with_query(request.address, query), query=query)
    if place == "form":
        if request.form is None and request.body is not None:
            raise SourceRejected("a form is signed, and the request's body is none")
        form = _over(request.form or (), pairs)
        return _rebuilt(request, FORM, body=form_bytes(form), form=form)
    if request.json is None and request.body is not None:
        raise SourceRejected("JSON is signed, and the request's body is none")
    json = request.json if request.json is not None else {}
    if not isinstance(json, Mapping):
        raise SourceRejected("a signature needs an object as its JSON body")
    json = {**json, **values}
    return _rebuilt(request, JSON, body=json_bytes(json), json=json)


def _rebuilt(request: PartedRequest, label: str = "", **parts: Any) -> PartedRequest:
    if label and request.body is None:
        request = replace(
            request, headers=over(request.headers, (("Content-Type", label),))
        )
    return replace(request, **parts)


def _over(pairs: Pairs, additions: Pairs) -> Pairs:
    names = {name for name, _ in additions}
    return (*(pair for pair in pairs if pair[0] not in names), *additions)


def _params(request: PartedRequest, place: str, own: str) -> dict[str, str]:
    """Return the parameters in that place, as sent, without signature and empty
    ones."""
    if place == "json":
        values = request.json if isinstance(request.json, Mapping) else {}
        pairs = tuple(
            (str(name), text_of(value))
            for name, value in values.items()
            if value is not None
        )
    elif place == "form":
        pairs = request.form or ()
    else:
        pairs = request.query
    params: dict[str, str] = {}
    for name, value in pairs:
        if name != own and value != "":
            params[name] = f"{params[name]},{value}" if name in params else value
    return params
