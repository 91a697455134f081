"""The place of a data request in a distributed trace: only ids, no library.

Reference: W3C, "Trace Context", section "traceparent Header Field Values".
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?:-.*)?"
)


@dataclass(slots=True)
class TraceContext:
    """The ids of a data request in a trace.

    ``span_id``: the data request's own span; ``parent_id``: that of the caller, 0 where
    it sent none; ``sampled``: whether the spans are kept.
    """

    trace_id: int
    span_id: int
    parent_id: int = 0
    sampled: bool = True
    lookups: dict[str, int] = field(default_factory=dict)

    def of_lookup(self, name: str) -> str:
        """Return the ``traceparent`` of a lookup's queries; a lookup has its own
        span."""
        span = self.lookups.get(name)
        if span is None:
            span = self.lookups[name] = new_span_id()
        return f"00-{self.trace_id:032x}-{span:016x}-{int(self.sampled):02x}"


def read_traceparent(text: str) -> TraceContext | None:
    """Return the trace context that a caller's header gives; None where it is not
    readable."""
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None:
        return None
    trace, span = int(match["trace"], 16), int(match["span"], 16)
    if not trace or not span:
        return None
    sampled = bool(int(match["flags"], 16) & 1)
    return TraceContext(trace, new_span_id(), span, sampled)


def new_span_id() -> int:
    """Return a span id that is not 0."""
    return random.getrandbits(64) or 1


def new_trace_id() -> int:
    """Return a trace id that is not 0."""
    return random.getrandbits(128) or 1
