"""Digest authentication (RFC 7616): MD5 and SHA-256, qop auth, and without qop."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.http.settings import Digest
from ivrhooks.sources.interface import Request

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}
_BETTER_FIRST = ("SHA-256", "MD5")
_CHALLENGE = re.compile(r"(?:^|,)\s*([A-Za-z][\w-]*)\s+(?=[A-Za-z][\w-]*\s*=)")
_PARAMETER = re.compile(r'([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(slots=True)
class _Challenge:
    """The server's last challenge, and how often its nonce was used."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    session: bool
    qop: bool
    userhash: bool
    used: int = 0


class DigestSession:
    """The digest authentication of one source.

    It is unknown until the server's first 401. It is then sent with each request, until
    a further 401 renews it.
    """

    def __init__(self, digest: Digest, cnonce: Callable[[], str]) -> None:
        self._digest = digest
        self._cnonce = cnonce
        self._challenge: _Challenge | None = None

    def challenged(self, header: str) -> bool:
        """Store the challenge of a 401. Return False where there is none that we
        support."""
        known = {challenge.algorithm: challenge for challenge in _challenges(header)}
        for algorithm in _BETTER_FIRST:
            if algorithm in known:
                self._challenge = known[algorithm]
                return True
        return False

    def authorized(self, request: Request) -> Request:
        """Return ``request`` with its Authorization, where the server has asked for
        one."""
        challenge = self._challenge
        if challenge is None:
            return request
        challenge.used += 1
        scheme, _, rest = request.url.partition("://")
        slash = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
        target = rest[slash:] if rest[slash:].startswith("/") else "/" + rest[slash:]
        value = self._value(challenge, request.method, target)
        if "\r" in value or "\n" in value or not scheme:
            raise SourceRejected("the digest challenge of the 401 is malformed")
        headers = (*request.headers, ("Authorization", value))
        return replace(request, headers=headers)

    def _value(self, challenge: _Challenge, method: str, target: str) -> str:
        user, cnonce = self._digest.username, self._cnonce()
        response = self._response(
            challenge, _digest_of(challenge, method, target), cnonce
        )
        shown = user
        if challenge.userhash:
            shown = _digest_of(challenge, user, challenge.realm)
        sess = "-sess" if challenge.session else ""
        parts = [
            f"username={_quoted(shown)}",
            f"realm={_quoted(challenge.realm)}",
            f"nonce={_quoted(challenge.nonce)}",
            f"uri={_quoted(target)}",
            f"algorithm={challenge.algorithm}{sess}",
            f'response="{response}"',
        ]
        if challenge.opaque is not None:
            parts.append(f"opaque={_quoted(challenge.opaque)}")
        if challenge.qop:
            parts += ["qop=auth", f"nc={challenge.used:08x}", f'cnonce="{cnonce}"']
        elif challenge.session:
            parts.append(f'cnonce="{cnonce}"')
        if challenge.userhash:
            parts.append("userhash=true")
        return "Digest " + ", ".join(parts)

    def _response(self, challenge: _Challenge, request: str, cnonce: str) -> str:
        """Return the proof that the password is known; ``request``: A2, hashed.

        Reference: RFC 7616, 3.4.1 and 3.4.2.
        """
        user, password = self._digest.username, self._digest.password
        secret = _digest_of(challenge, user, challenge.realm, password)
        if challenge.session:
            secret = _digest_of(challenge, secret, challenge.nonce, cnonce)
        if not challenge.qop:
            return _digest_of(challenge, secret, challenge.nonce, request)
        count = f"{challenge.used:08x}"
        used = (challenge.nonce, count, cnonce, "auth", request)
        return _digest_of(challenge, secret, *used)


def _digest_of(challenge: _Challenge, *parts: str) -> str:
    """Return the challenge's hash of the parts, joined by colons."""
    name, text = _HASHES[challenge.algorithm], ":".join(parts).encode()
    return hashlib.new(name, text, usedforsecurity=False).hexdigest()


def _challenges(header: str) -> list[_Challenge]:
    """Return the supported digest challenges of a WWW-Authenticate header."""
    starts = list(_CHALLENGE.finditer(header))
    challenges = []
    for index, start in enumerate(starts):
        if start[1].lower() != "digest":
            continue
        end = starts[index + 1].start() if index + 1 < len(starts) else len(header)
        challenge = _challenge(header[start.end() : end])
        if challenge is not None:
            challenges.append(challenge)
    return challenges


def _challenge(text: str) -> _Challenge | None:
    values = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted or not token else token
        for name, quoted, token in _PARAMETER.findall(text)
    }
    algorithm = values.get("algorithm", "MD5").upper()
    session = algorithm.endswith("-SESS")
    algorithm = algorithm.removesuffix("-SESS")
    offered = [part.strip().lower() for part in values.get("qop", "").split(",")]
    met = offered == [""] or "auth" in offered
    if algorithm not in _HASHES or not met or not values.get("nonce"):
        return None
    return _Challenge(
        realm=values.get("realm", ""),
        nonce=values["nonce"],
        opaque=values.get("opaque"),
        algorithm=algorithm,
        session=session,
        qop="auth" in offered,
        userhash=values.get("userhash", "").lower() == "true",
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
