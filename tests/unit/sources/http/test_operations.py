"""Kind http has one operation, and it is any request."""

from __future__ import annotations

from ivrhooks.sources.http.operations import OPERATIONS


def test_there_is_one_operation_for_every_method() -> None:
    (request,) = OPERATIONS
    method = next(param for param in request.params if param.name == "method")
    assert method.values == ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    assert (request.pick, request.paging, request.entries) == (None, None, None)
