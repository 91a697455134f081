"""What goes wrong below HTTP, as a SourceError in words that hold no URL."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.sources.transport.origin import Origin

LONGEST = 300  # letters of what somebody else's library says


def not_connected(problems: Sequence[Exception], origin: Origin) -> SourceError:
    """Why no connection to ``origin`` came about; of several addresses the first
    that said why."""
    problem = problems[0]
    if isinstance(problem, SourceError):
        return problem
    if isinstance(problem, ssl.SSLError):
        return not_secure(problem, origin)
    return SourceUnavailable(
        f"no connection to {origin}: {said(problem)}", received=False
    )


def not_secure(problem: ssl.SSLError, origin: Origin) -> SourceError:
    """Why TLS with ``origin`` came to nothing. Asking again would not help."""
    return SourceUnavailable(f"no secure connection to {origin}: {said(problem)}")


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
        return (problem.reason or type(problem).__name__).replace("_", " ").lower()
    if isinstance(problem, OSError) and problem.errno:
        return os.strerror(problem.errno) if problem.errno > 0 else str(problem)
    return str(problem)[:LONGEST] or type(problem).__name__
