"""Signatures of data requests: Standard Webhooks, a caller's own schemes, and Twilio.

The functions are pure and read the bytes as received. Schemes are compiled when a
configuration is loaded.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, parse_qsl, urlsplit

from ivrhooks.languages.catalogue import Reason, because

ALGORITHMS = ("sha1", "sha256", "sha512")
FORMATS = ("hex", "base64")
PARTS = ("timestamp", "body", "query", "path", "method", "id")
"""The names that ``of`` of a scheme may use."""

ID_HEADER = "webhook-id"
STANDARD_HEADER = "webhook-signature"
STANDARD_TIMESTAMP = "webhook-timestamp"
STANDARD_OF = ("id", b".", "timestamp", b".", "body")
TWILIO_HEADER = "X-Twilio-Signature"
TWILIO_SETTINGS = "x-twilio-webhooks-signature-settings"

_VERSION = "v1,"
_PART = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_MOMENT = re.compile(r"(?P<whole>[0-9]{1,16})(?P<part>\.[0-9]{1,9})?")
_MILLISECONDS = 10**11
"""A time from this number on is in milliseconds: in seconds it is the year 5138."""

Part = str | bytes


class SignedRequest(Protocol):
    """A request that can be signed.

    ``target`` (its path) and ``query`` are as received, still percent-encoded.
    ``headers`` have lower-case names.
    """

    @property
    def method(self) -> str: ...
    @property
    def target(self) -> bytes: ...
    @property
    def query(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class HmacScheme:
    """``hmac:`` of security.

    ``of`` holds names of PARTS (text) and constants (bytes). ``timestamp``: the header
    that holds the time, "" where no time is checked. ``hidden``: names of headers that
    are never shown.
    """

    keys: tuple[bytes, ...] = field(repr=False)
    header: str = STANDARD_HEADER
    of: tuple[Part, ...] = STANDARD_OF
    timestamp: str = STANDARD_TIMESTAMP
    algorithm: str = "sha256"
    format: str = "base64"
    prefix: str = ""
    tolerance: float = 300.0
    standard: bool = True
    hidden: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the names of the headers that a signed data request has."""
        names = [self.header]
        if "id" in self.of:
            names.append(ID_HEADER)
        if self.timestamp:
            names.append(self.timestamp)
        return tuple(names)

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the needed headers whose names may be shown."""
        return tuple(name for name in self.needed if name not in self.hidden)

    def problem(self, request: SignedRequest, now: float) -> Reason | None:
        """Return what is wrong with the signature of ``request`` and what to do.

        None where the signature matches. It is compared in constant time.
        """
        headers = request.headers
        missing = [name for name in self.needed if not headers.get(name.lower())]
        if missing:
            names = tuple(map(self._name, missing))
            return because("signature_missing", headers=names)
        content = self._content(request)
        signatures = self._sent_signatures(headers[self.header.lower()])
        expected = [self._digest(key, content) for key in self.keys]
        if not _any_equal(signatures, expected):
            signed = tuple(part for part in self.of if isinstance(part, str))
            header = self._name(self.header)
            return because("signature_wrong", header=header, parts=signed)
        return self._time_problem(headers, now) if self.timestamp else None

    def sign(self, request: SignedRequest, now: float, identity: str) -> dict[str, str]:
        """Return the headers to add to ``request``, so that it is accepted."""
        added = {ID_HEADER: identity} if "id" in self.of else {}
        if self.timestamp:
            added[self.timestamp] = str(int(now))
        lower = {name.lower(): value for name, value in added.items()}
        content = self._content(request, {**request.headers, **lower})
        mark = self._digest(self.keys[0], content)
        version = _VERSION if self.standard else ""
        return {**added, self.header: f"{version}{self.prefix}{mark}"}

    def _content(
        self, request: SignedRequest, headers: Mapping[str, str] | None = None
    ) -> bytes:
        return b"".join(
            part
            if isinstance(part, bytes)
            else self._part(part, request, headers or request.headers)
            for part in self.of
        )

    def _part(
        self, name: str, request: SignedRequest, headers: Mapping[str, str]
    ) -> bytes:
        if name == "body":
            return request.body
        if name == "query":
            return request.query
        if name == "path":
            return request.target
        if name == "method":
            return request.method.encode("latin-1", "replace")
        header = ID_HEADER if name == "id" else self.timestamp.lower()
        return headers.get(header, "").encode("utf-8", "surrogatepass")

    def _digest(self, key: bytes, content: bytes) -> str:
        digest = hmac.digest(key, content, self.algorithm)
        return digest.hex() if self.format == "hex" else _base64(digest)

    def _sent_signatures(self, value: str) -> list[str]:
        """Return the signatures in a header, each without its prefix."""
        value = value.strip()
        if self.standard:
            marks = value.replace(", v", " v").split()
            return [m[len(_VERSION) :] for m in marks if m.startswith(_VERSION)]
        if not value.startswith(self.prefix):
            return []
        mark = value[len(self.prefix) :].strip()
        if self.format == "hex":
            return [mark.lower()]
        return [mark.rstrip("=") + "=" * (-len(mark.rstrip("=")) % 4)]

    def _name(self, header: str) -> Reason:
        """Return the name of a header for a reason, or a substitute if it is hidden."""
        if header in self.hidden:
            return because("header_agreed")
        return because("header_named", name=header)

    def _time_problem(self, headers: Mapping[str, str], now: float) -> Reason | None:
        moment = self._moment(headers[self.timestamp.lower()].strip())
        name = self._name(self.timestamp)
        if moment is None:
            return because("signature_time", header=name)
        seconds = f"{self.tolerance:g}"
        if moment < now - self.tolerance:
            return because("signature_old", header=name, seconds=seconds)
        if moment > now + self.tolerance:
            return because("signature_new", header=name, seconds=seconds)
        return None

    def _moment(self, text: str) -> float | None:
        """Return the seconds since 1970, or None if the text is no time."""
        if self.standard:
            return float(text) if _SECONDS.fullmatch(text) else None
        match = _MOMENT.fullmatch(text)
        if match is None:
            return None
        moment = float(text)
        return moment / 1000 if moment >= _MILLISECONDS else moment


@dataclass(frozen=True, slots=True)
class TwilioScheme:
    """``twilio:`` of security.

    ``urls``: the public base URL, with its port and without, since Twilio signs either
    form.

    Reference: Twilio, "Security: Validating Requests are coming from Twilio".
    """

    tokens: tuple[bytes, ...] = field(repr=False)
    urls: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the names of the headers that a signed data request has."""
        return (TWILIO_HEADER,)

    def problem(self, request: SignedRequest, now: float) -> Reason | None:
        """Return what is wrong with the signature of ``request``, or None."""
        signature = request.headers.get(TWILIO_HEADER.lower(), "").strip()
        if not signature:
            header = because("header_named", name=TWILIO_HEADER)
            return because("signature_missing", headers=header)
        algorithm = _twilio_algorithm(request.headers.get(TWILIO_SETTINGS, ""))
        if algorithm is not None:
            contents = list(self._contents(request))
            expected = [
                _base64(hmac.digest(token, content, algorithm))
                for token in self.tokens
                for content in contents
            ]
            if _any_equal([signature], expected):
                return None
        return because("twilio_wrong", header=TWILIO_HEADER)

    def sign(self, request: SignedRequest, now: float, identity: str) -> dict[str, str]:
        """Return the header to add to ``request``, so that it is accepted."""
        content = (self._contents(request) or [b""])[0]
        return {TWILIO_HEADER: _base64(hmac.digest(self.tokens[0], content, "sha1"))}

    def _contents(self, request: SignedRequest) -> list[bytes]:
        """Return all texts that Twilio may have signed for this data request."""
        target = request.target + (b"?" + request.query if request.query else b"")
        urls = [url.encode() + target for url in self.urls]
        signed = [url + _sorted_fields(request.body) for url in urls]
        hashed = parse_qs(request.query.decode("latin-1")).get("bodySHA256")
        if hashed is None:
            return signed
        # Checked for any body: a request without its body would else match the URL.
        digest = hashed[0].lower().encode("latin-1", "replace")
        body = hashlib.sha256(request.body).hexdigest().encode()
        return [*urls, *signed] if hmac.compare_digest(digest, body) else []


Scheme = HmacScheme | TwilioScheme


def _sorted_fields(body: bytes) -> bytes:
    """Return a form as Twilio signs it.

    Names and values are sorted and joined without separators; a pair that occurs twice
    counts once.
    """
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return "".join(f"{name}{value}" for name, value in sorted(set(pairs))).encode()


def _twilio_algorithm(settings: str) -> str | None:
    """Return the hash that ``X-Twilio-Webhooks-Signature-Settings`` names.

    SHA-1 where it names none, and None for a hash that Twilio does not have.
    """
    for item in settings.split(","):
        name, _, value = item.partition("=")
        if name.strip() == "algorithm" and value.strip():
            known = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
            return known.get(value.strip().upper())
    return "sha1"


def public_urls(url: str) -> tuple[str, ...]:
    """Return the base URL as it is written, without its port, and with its port.

    Raises ValueError if ``url`` is not a base URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no http address")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("more than scheme, host, port and path")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    tail = parts.path.rstrip("/")
    forms = (
        f"{parts.scheme}://{parts.netloc}{tail}",
        f"{parts.scheme}://{host}{tail}",
        f"{parts.scheme}://{host}:{port}{tail}",
    )
    return tuple(dict.fromkeys(forms))


def key_of(secret: str) -> bytes:
    """Return the key of a secret.

    ``whsec_…`` holds base64 after its prefix; of any other text the bytes are the key.
    Raises ValueError if the base64 is not valid.
    """
    if not secret.startswith("whsec_"):
        return secret.encode("utf-8", "surrogatepass")
    text = secret.removeprefix("whsec_").rstrip("=")
    key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if not key:
        raise ValueError("an empty key")
    return key


def read_parts(template: str) -> tuple[Part, ...]:
    """Return the parts of ``of``. Raises ValueError with what to write instead."""
    parts: list[Part] = []
    end = 0
    for match in _PART.finditer(template):
        if match.start() > end:
            parts.append(template[end : match.start()].encode())
        name = match[1]
        if name not in PARTS:
            raise ValueError(
                f"`{name}` cannot be signed; write one of {', '.join(PARTS)}, each as "
                "{{ name }} without filters"
            )
        parts.append(name)
        end = match.end()
    if end < len(template):
        parts.append(template[end:].encode())
    if not any(isinstance(part, str) for part in parts):
        raise ValueError('it names nothing; write "{{ body }}"')
    return tuple(parts)


def _any_equal(signatures: Sequence[str], expected: Sequence[str]) -> bool:
    """Return whether any of ``signatures`` is in ``expected``. Compares all pairs, also
    after a match."""
    equal = False
    for text in signatures:
        sent = text.encode("utf-8", "surrogatepass")
        for mark in expected:
            equal |= hmac.compare_digest(sent, mark.encode())
    return equal


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
