"""What goes wrong below HTTP, as a SourceError in words that hold no URL."""

from __future__ import annotations

import os
import ssl

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.sources.transport.origin import Origin

LONGEST = 300  # letters of what somebody else's library says


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
}
"""What a server says in TLS before it hangs up: a part of OpenSSL's reason."""


def not_connected(problem: BaseException, where: object) -> SourceError:
    """Why no connection came about. ``where``: an Origin or a Proxy."""
    if isinstance(problem, SourceError):
        return problem
    if isinstance(problem, ssl.SSLError):
        return not_secure(problem, where)
    return SourceUnavailable(
        f"no connection to {where}: {said(problem)}", received=False
    )


def not_secure(problem: ssl.SSLError, where: object) -> SourceError:
    """Why TLS came to nothing. Asking again would not help."""
    return SourceUnavailable(f"no secure connection to {where}: {said(problem)}")


def let_go(problem: SourceError) -> SourceError:
    """``problem`` without the frames that it came through: they hold sockets, and
    those the problem, which is a reference cycle."""
    problem.__traceback__ = problem.__context__ = problem.__cause__ = None
    return problem


def connection_ended(
    problem: Exception | None, origin: Origin, heard: bool, in_body: bool
) -> SourceError:
    """A connection that was lost before the answer was there."""
    if isinstance(problem, ssl.SSLError):
        return not_secure(problem, origin)
    if in_body:
        return SourceUnavailable("the answer broke off before its end")
    return SourceUnavailable("the connection was closed", received=heard)


def said(problem: BaseException) -> str:
    """What an exception says, without what Python adds to it."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate is refused: {problem.verify_message}"[:LONGEST]
    if isinstance(problem, ssl.SSLError):
        reason = problem.reason or type(problem).__name__
        for part, words in _ALERTS.items():
            if part in reason:
                return words
        return reason.replace("_", " ").lower()
    if isinstance(problem, OSError) and problem.errno:
        return os.strerror(problem.errno) if problem.errno > 0 else str(problem)
    return str(problem)[:LONGEST] or type(problem).__name__
