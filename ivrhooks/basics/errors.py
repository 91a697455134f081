"""The errors of ivrhooks, one small tree.

::

    IvrhooksError
    ├── ConfigError          the configuration is refused; holds every problem found
    ├── ContractError        the IVR broke an endpoint's contract; a 4xx answer
    └── SourceError          a customer system did not answer as it should
        ├── SourceTimeout        no answer in time
        ├── SourceUnavailable    no connection, reset, or a 5xx or 429 status
        ├── SourceRejected       it answered and said no
        ├── SourceBusy           it was not asked: `rate_limit` is reached
        └── SourceMalformed      it answered something that cannot be read

Each has a stable ``code``; a code once released is never renamed. Mistakes of the
programmer stay Python's own exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivrhooks.languages.catalogue import Reason


class IvrhooksError(Exception):
    """The root: whatever ivrhooks raises on purpose."""

    code = "ivrhooks_error"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or worth a note, in a configuration.

    ``line`` and ``column`` count from 1; 0 where a problem has no place. ``path`` is
    the dotted key path, ``outputs.isVip.default``.
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
    """A configuration is refused. ``problems`` holds all of them, not the first."""

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

    ``code`` is one of STATUS_BY_CODE; ``reason`` says why, and ``fields`` of each bad
    parameter what is wrong with it; ``headers`` go out with the answer (Allow,
    Retry-After). Answers are in English; a page says the reasons in its own language.
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
        """HTTP status of the refusal."""
        return STATUS_BY_CODE[self.code]


class SourceError(IvrhooksError):
    """A customer system did not answer as it should.

    ``status`` is the lookup's status that it ends in (timeout, busy or error);
    ``temporary`` says whether the same question may be answered a moment later;
    ``blame`` whether it counts against the source at the circuit breaker;
    ``received`` whether any byte of an answer had come (then nothing is repeated).
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
    """No answer before the lookup's time was over."""

    code = "timeout"
    status = "timeout"
    temporary = True


class SourceUnavailable(SourceError):
    """No connection, a connection that broke, a 5xx or 429 status."""

    code = "unavailable"
    temporary = True


class SourceRejected(SourceError):
    """The system answered, and the answer is no: credentials, parameters, rights."""

    code = "rejected"
    blame = False


class SourceBusy(SourceError):
    """It was not asked: more than it may be asked now."""

    code = "busy"
    status = "busy"
    blame = False

    def __init__(self, message: str) -> None:
        super().__init__(message, received=False)


class SourceMalformed(SourceError):
    """The answer cannot be read: no JSON, another shape, too large."""

    code = "malformed"
