"""What gunicorn says of a request that it cannot read, in our codes."""

from __future__ import annotations

import pytest
from gunicorn.http import errors

from ivrhooks.web.wire_errors import SlowRequest, wire_error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SlowRequest(), 408),
        (errors.LimitRequestLine(9000, 8190), 414),
        (errors.LimitRequestHeaders("many"), 431),
        (errors.NoMoreData(), 400),
        (errors.InvalidRequestLine("GET /?tel=13800000001"), 400),
        (errors.UnsupportedTransferCoding("x"), 400),
        (errors.ConfigurationProblem("x"), 400),
        (errors.InvalidChunkSize(b"zz"), 400),
        (errors.ExpectationFailed("wonders"), 400),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "x"), 400),
    ],
)
def test_each_is_a_4xx_that_repeats_nothing(error: Exception, status: int) -> None:
    refusal = wire_error(error)
    assert refusal.status == status
    assert "13800000001" not in refusal.message
