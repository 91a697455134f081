"""A trace on its way back, in headers of the answer that it tells of."""

from __future__ import annotations

import random

import pytest

from ivrhooks.http.test_runs.trace_headers import MAX_PARTS, PART, pack, unpack


def trace_of(size: int = 10) -> dict:
    noise = random.Random(7).randbytes(size).hex()
    step = {"name": "customer", "result": noise}
    return {"result": {"success": True, "operations": [step]}, "detail": {}}


def headers(packed) -> dict[str, str]:
    return {name.lower(): value for name, value in packed}


@pytest.mark.parametrize("size", [1, 5_000, 90_000])
def test_what_is_packed_comes_back(size) -> None:
    packed = pack(trace_of(size))
    assert all(len(value) <= PART and value.isascii() for _, value in packed)
    assert unpack({"x-request-id": "r", **headers(packed)}) == trace_of(size)


def test_a_trace_that_is_too_long_loses_its_results_and_nothing_else() -> None:
    back = unpack(headers(pack(trace_of(PART * MAX_PARTS))))
    assert back["result"]["success"] is True
    assert back["result"]["operations"][0]["result"].startswith("left out")


def test_one_that_is_too_long_anyway_stays_at_home() -> None:
    whole = trace_of()
    whole["detail"] = trace_of(PART * MAX_PARTS)
    assert pack(whole) == ()


@pytest.mark.parametrize("value", ["", "!!", "aGVsbG8=", "eJyLjgUAARUAuQ=="])
def test_what_cannot_be_read_is_nothing(value) -> None:
    assert unpack({"x-ivrhooks-trace-1": value}) is None
    assert unpack({}) is None
