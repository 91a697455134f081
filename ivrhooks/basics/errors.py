"""The exceptions of ivrhooks, as one small tree.

::

    IvrhooksError
    ├── ConfigError          the configuration is refused; holds every problem found
    ├── ContractError        the IVR broke an endpoint's contract; a 4xx answer
    └── SourceError          a customer system did not answer as it should
        ├── SourceTimeout        no answer in time
        ├── SourceUnavailable    no connection, reset, or a 5xx or 429 status
        ├── SourceRejected       it answered and refused
        ├── SourceBusy           it was not asked: `rate_limit` is reached
        └── SourceMalformed      it answered something that cannot be read

Each has a stable ``code``; a released code is never renamed. Programming errors raise
Python's built-in exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivrhooks.languages.catalogue import Reason


class IvrhooksError(Exception):
    """The base of all exceptions that ivrhooks raises on purpose."""

    code = "ivrhooks_error"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, warning or note about a configuration.

    ``line`` and ``column`` count from 1; 0 where a problem has no location. ``path``:
    the dotted key path, such as ``outputs.isVip.default``.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    severity: str = "error"  # error | warning | note

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        path = f"{self.path}: " if self.path else ""
        kind = "" if self.severity == "error" else f"{self.severity}: "
        return f"{place}{kind}{path}{self.message}"


class ConfigError(IvrhooksError):
    """A configuration is refused. ``problems`` holds all problems, not only the
    first."""

    code = "config_error"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


STATUS_BY_CODE: Mapping[str, int] = {
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "forbidden": 403,
    "too_many_requests": 429,
    "unauthorized": 401,
    "unsupported_media_type": 415,
    "unreadable_body": 400,
    "invalid_input": 400,
    "bad_request": 400,
    "request_header_fields_too_large": 431,
    "request_timeout": 408,
    "uri_too_long": 414,
}


class ContractError(IvrhooksError):
    """The IVR broke an endpoint's contract: a 4xx answer with the error body.

    ``code`` is one of STATUS_BY_CODE. ``reason`` says why. ``fields`` says for each bad
    parameter what is wrong with it. ``headers`` are sent with the answer (Allow,
    Retry-After). Answers are in English; a page shows the reasons in its own language.
    """

    def __init__(
        self,
        code: str,
        reason: Reason,
        fields: Mapping[str, Sequence[Reason]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.fields = fields or {}
        self.headers = headers or {}

    @property
    def status(self) -> int:
        """Return the HTTP status of the refusal."""
        return STATUS_BY_CODE[self.code]


class SourceError(IvrhooksError):
    """A customer system did not answer as it should.

    ``status``: the status that the lookup gets (timeout, busy or error).
    ``temporary``: whether the same query may succeed a moment later. ``blame``: whether
    the circuit breaker counts it as a failure of the source. ``received``: whether any
    byte of an answer had arrived; the query is then not repeated.
    """

    code = "source_error"
    status = "error"
    temporary = False
    blame = True

    def __init__(
        self, message: str, *, code: str | None = None, received: bool = True
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.received = received


class SourceTimeout(SourceError):
    """There was no answer within the lookup's time."""

    code = "timeout"
    status = "timeout"
    temporary = True


class SourceUnavailable(SourceError):
    """There was no connection, a broken connection, or a 5xx or 429 status."""

    code = "unavailable"
    temporary = True


class SourceRejected(SourceError):
    """The system refused the query for its credentials, parameters or rights."""

    code = "rejected"
    blame = False


class SourceBusy(SourceError):
    """The source was not asked, since its rate limit is reached."""

    code = "busy"
    status = "busy"
    blame = False

    def __init__(self, message: str) -> None:
        super().__init__(message, received=False)


class SourceMalformed(SourceError):
    """The answer cannot be read: it is no JSON, has another shape, or is too large."""

    code = "malformed"
