"""Turns errors below HTTP into SourceErrors whose messages hold no URL."""

from __future__ import annotations

import os
import ssl

from ivrhooks.basics.errors import SourceError, SourceMalformed, SourceUnavailable
from ivrhooks.sources.transport.origin import Origin

LONGEST = 300  # letters of a message from another library


_ALERTS = {
    "CERTIFICATE_REQUIRED": "the server asked for a client certificate; write tls: "
    "{cert: me.pem, key: me.key}",
    "HANDSHAKE_FAILURE": "the server refused the handshake; it may want a client "
    "certificate, tls: {cert: me.pem, key: me.key}, or another version of TLS",
    "ALERT_UNKNOWN_CA": "the server does not trust who signed our client certificate",
    "ALERT_BAD_CERTIFICATE": "the server refuses our client certificate",
    "ALERT_CERTIFICATE_EXPIRED": "our client certificate has expired",
    "ALERT_CERTIFICATE_REVOKED": "our client certificate is revoked",
    "ALERT_CERTIFICATE_UNKNOWN": "the server refuses our client certificate",
    "WRONG_VERSION_NUMBER": "the server speaks no TLS here; is it http://?",
    "PROTOCOL_VERSION": "the server speaks only versions of TLS that are too old; "
    "TLS 1.2 and 1.3 are spoken",
    "UNSUPPORTED_PROTOCOL": "the server speaks only versions of TLS that are too old; "
    "TLS 1.2 and 1.3 are spoken",
    "UNRECOGNIZED_NAME": "the server does not know that host name; write the host "
    "that its certificate names",
}
"""TLS alerts that a server sends before it closes, as parts of OpenSSL's reason."""

_SIGNED_BY = "write the certificate of whoever signed it under tls: {ca: ca.pem}"
_NAMED = "write the host that the certificate names"

_REMEDIES = {
    2: _SIGNED_BY,  # these numbers are OpenSSL's X509_V_ERR_…
    18: _SIGNED_BY,
    19: _SIGNED_BY,
    20: _SIGNED_BY,
    21: _SIGNED_BY,
    9: "check the clock of this machine",
    10: "whoever runs the system has to renew it; check the clock of this machine too",
    62: _NAMED,
    64: _NAMED,
}
"""What to do about a certificate that is refused."""

_CLOSED = "closed the connection without an answer"
_TLS_ALERT = b"\x15\x03"


def not_connected(problem: BaseException, where: object) -> SourceError:
    """Return why no connection was made. ``where`` is an Origin or a Proxy."""
    if isinstance(problem, SourceError):
        return problem
    if isinstance(problem, ssl.SSLError):
        return not_secure(problem, where)
    return SourceUnavailable(
        f"no connection to {where}: {text_of(problem)}", received=False
    )


def not_secure(problem: ssl.SSLError, where: object) -> SourceError:
    """Return why TLS failed. A repetition would not help."""
    return SourceUnavailable(f"no secure connection to {where}: {text_of(problem)}")


def without_traceback(problem: SourceError) -> SourceError:
    """Return ``problem`` without its traceback.

    The frames hold sockets, and the sockets hold the error: a reference cycle.
    """
    problem.__traceback__ = problem.__context__ = problem.__cause__ = None
    return problem


def connection_ended(
    problem: Exception | None, origin: Origin, heard: bool, in_body: bool
) -> SourceError:
    """Return the error for a connection that was lost before the answer was
    complete."""
    if isinstance(problem, ssl.SSLError):
        return not_secure(problem, origin)
    if in_body:
        return SourceUnavailable("the answer broke off before its end")
    if heard:
        return SourceUnavailable(f"{origin} closed the connection within its answer")
    return SourceUnavailable(f"{origin} {_CLOSED}; {_why(origin)}", received=False)


def _why(origin: Origin) -> str:
    """Return why a server may have closed the connection without an answer.

    In TLS 1.3 a server refuses a client certificate only after our request has left,
    and its alert may get lost.
    """
    if origin.secure:
        return "it may want a client certificate, tls: {cert: me.pem, key: me.key}"
    return "is it https://?"


def no_http(problem: BaseException, origin: Origin, began: bytes) -> SourceError:
    """Return the error for an answer that cannot be parsed.

    ``began``: its first bytes, where known. A TLS server answers plain text with an
    alert.
    """
    if began.startswith(_TLS_ALERT) and not origin.secure:
        return SourceMalformed(f"{origin} speaks TLS; write https://")
    return SourceMalformed(f"the answer is no HTTP: {problem}"[:LONGEST])


def text_of(problem: BaseException) -> str:
    """Return the message of an exception, without Python's additions."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        remedy = _REMEDIES.get(getattr(problem, "verify_code", 0), "")
        why = f"the certificate is refused: {problem.verify_message}"[:LONGEST]
        return f"{why.rstrip('.')}; {remedy}" if remedy else why
    if isinstance(problem, ssl.SSLError):
        reason = problem.reason or type(problem).__name__
        for part, words in _ALERTS.items():
            if part in reason:
                return words
        return reason.replace("_", " ").lower()
    if isinstance(problem, OSError) and problem.errno:
        return os.strerror(problem.errno) if problem.errno > 0 else str(problem)
    if isinstance(problem, ConnectionResetError):  # asyncio's own, in the handshake
        return "it was closed in the TLS handshake"
    return str(problem)[:LONGEST] or type(problem).__name__


def endless_head() -> SourceError:
    """Return the error for a head longer than any legitimate one."""
    return SourceMalformed("the head of the answer is too long", code="too_large")
