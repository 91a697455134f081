"""What gunicorn says of a request that it cannot read, in our codes."""

from __future__ import annotations

from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
)

from ivrhooks.basics.errors import ContractError


class SlowRequest(ParseException):  # type: ignore[misc]
    """A head or body did not come in time."""


def wire_error(error: BaseException) -> ContractError:
    """The refusal of a request that broke off, broke the rules of HTTP or its limits.
    Says nothing of what was sent: that may hold a telephone number."""
    if isinstance(error, SlowRequest):
        return ContractError("request_timeout", "the request did not come in time")
    if isinstance(error, LimitRequestLine):
        return ContractError("uri_too_long", "the request line is too long")
    if isinstance(error, LimitRequestHeaders):
        return ContractError(
            "request_header_fields_too_large", "the headers are too large or too many"
        )
    if isinstance(error, NoMoreData):
        return ContractError("bad_request", "the request was not complete")
    return ContractError("bad_request", "the request is no HTTP that can be read")
