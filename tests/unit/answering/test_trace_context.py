"""The W3C trace context of a data request."""

from __future__ import annotations

import pytest

from ivrhooks.answering.trace_context import TraceContext, read_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("text", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f" 00-{TRACE}-{SPAN}-03 ", True),
        (f"01-{TRACE}-{SPAN}-01-more", True),
    ],
)
def test_the_trace_context_of_the_caller_is_continued(text: str, sampled: bool) -> None:
    context = read_traceparent(text)
    assert context is not None
    assert (f"{context.trace_id:032x}", f"{context.parent_id:016x}") == (TRACE, SPAN)
    assert context.sampled is sampled
    assert context.span_id not in (0, context.parent_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nix",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01\r\nX: y",
    ],
)
def test_an_invalid_traceparent_is_ignored(text: str) -> None:
    assert read_traceparent(text) is None


def test_each_lookup_has_one_span() -> None:
    context = TraceContext(int(TRACE, 16), int(SPAN, 16), sampled=False)
    first, other = context.of_lookup("a"), context.of_lookup("b")
    assert first == context.of_lookup("a") != other
    assert first == f"00-{TRACE}-{context.lookups['a']:016x}-00"
