"""Makes a request's journal entry, after the answer, in the journal's thread.

Secrets are hidden here, before anything is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.shown.description import describe
from ivrhooks.answering.shown.detail import detail
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.people.masking import mask_text, personal_data_in
from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.journal.entry import MAX_BODY, MAX_HEAD, Entry
from ivrhooks.journal.redaction import hide_in_body, hide_in_head
from ivrhooks.languages.catalogue import Reason
from ivrhooks.observe.refusals import (
    drops_a_header,
    no_endpoint,
    reasons_of,
    unreadable,
)
from ivrhooks.sources.interface import query_identity
from ivrhooks.store.people import Sighting, sightings

HEADER_DROPPED = "header_dropped"
"""The warning that a declared header came as ``X_Shop`` and was ignored."""

_LONGEST_METHOD = 20
_MARGIN = 256
"""Bytes beyond the stored ones that are searched for secrets that the limit cuts."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it was received, whatever its outcome, with only the bytes that are
    kept. ``at``: seconds since 1970."""

    at: float
    server_kind: str
    head: bytes = b""
    body: bytes = b""
    body_bytes: int = 0
    test: bool = False

    @classmethod
    def of(
        cls,
        at: float,
        server_kind: str,
        raw: bytes,
        body: bytes = b"",
        *,
        test: bool = False,
    ) -> ReceivedRequest:
        """Return the received request. ``raw``: the head as received, and perhaps
        more."""
        kept_head, part = raw[: MAX_HEAD + _MARGIN], body[: MAX_BODY + _MARGIN]
        return cls(at, server_kind, kept_head, part, len(body), test)


def answered(
    received: ReceivedRequest, plan: Plan, answer: Answer, configuration: Configuration
) -> Entry:
    """Return the entry of a data request that an endpoint answered or refused."""
    trace = answer.trace or Trace(plan.endpoint, "")
    code, head = trace.error, head_of(received.head)
    reasons: Sequence[Reason] = ()
    if code:
        reasons = reasons_of(plan, code, trace.error_reason, trace.error_fields, head)
    mask = Mask(plan, show_personal=False, trace=trace)
    raw = _raw(received, configuration)
    return Entry(
        at=received.at,
        request_id=trace.request_id,
        endpoint=plan.endpoint,
        server_kind=received.server_kind,
        method=_method(trace.method) or plan.method,
        path=plan.path,
        status=answer.status,
        ms=max(0.0, trace.ended - trace.started) * 1000,
        peer=trace.peer,
        code=code,
        reasons=reasons,
        warnings=_warnings(trace, plan, head),
        degraded=trace.degraded,
        defaults={} if trace.error else dict(trace.defaults),
        config=configuration.fingerprint,
        test=received.test,
        trace=describe(trace, answer, configuration, mask=mask),
        detail=detail(trace, configuration, mask=mask),
        deadline_ms=round(max(0.0, trace.deadline - trace.started) * 1000, 3),
        callers=_callers(mask),
        people=_people(raw, mask),
        answers=answers_of(trace) if configuration.journal.answers else (),
        outputs=outputs_of(trace) if configuration.journal.answers else {},
        lookups=None if code else [run.name for run in trace.lookups],
        now=0.0 if trace.now is None else trace.now.timestamp(),
        **raw,
    )


def answers_of(trace: Trace) -> tuple[dict[str, Any], ...]:
    """Return what each lookup asked and received, in full, for a replay.

    Each source of a lookup's chain has ``lookup``, ``source``, ``operation``,
    ``request`` (identifies the query without revealing it), ``status``, ``record`` and
    ``code``.
    """
    return tuple(_answers(trace))


def outputs_of(trace: Trace) -> dict[str, tuple[Any, bool]]:
    """Return each output's answered value (None: left out), and whether it is a default
    or left out."""
    return {
        origin.name: (origin.value, bool(origin.because)) for origin in trace.origins
    }


def _answers(trace: Trace) -> Iterator[dict[str, Any]]:
    for run in trace.lookups:
        for index, (call, query) in enumerate(run.queries):
            outcome = run.outcomes[index] if index < len(run.outcomes) else None
            yield {
                "lookup": run.name,
                "source": call.source,
                "operation": call.operation,
                "request": query_identity(query),
                "status": run.status if outcome is None else outcome.status,
                "record": None if outcome is None else outcome.record,
                "code": None if outcome is None else outcome.code,
            }


def _callers(mask: Mask) -> tuple[str, ...]:
    """Return the telephone numbers that were sent."""
    numbers = [
        text
        for parameter, value in mask.shown_inputs
        if not parameter.confidential
        for kind, text in sightings(parameter.pii, value)
        if kind == "phone"
        and (parameter.pii == "phone" or isinstance(value, PhoneNumber))
    ]
    return tuple(dict.fromkeys(numbers))


def _people(raw: Mapping[str, Any], mask: Mask) -> frozenset[Sighting]:
    """Return the marks by which a caller's data requests are found.

    They come from what was sent, declared or not, and from the records of the sources;
    for a request refused early, from its bytes.
    """
    people = _people_in(raw)
    for parameter, value in mask.shown_inputs:
        if value is not None and not parameter.confidential:
            people.update(sightings(parameter.pii, value, ids=True))
    for kind, value in mask.record_values:
        if kind != "none" and kind != "name" and value is not None:
            people.update(sightings(kind, value))
    return frozenset(people)


def _people_in(raw: Mapping[str, Any]) -> set[Sighting]:
    body = b"" if b"\0" in raw["body"] else raw["body"]
    return set(personal_data_in((raw["head"] + b" " + body).decode("utf-8", "replace")))


def _warnings(trace: Trace, plan: Plan, head: bytes) -> tuple[str, ...]:
    dropped = not trace.error and drops_a_header(plan, head)
    return (*trace.warnings, HEADER_DROPPED) if dropped else tuple(trace.warnings)


def not_found(
    received: ReceivedRequest, answer: Answer, configuration: Configuration
) -> Entry:
    """Return the entry of a request to a path that no endpoint has."""
    trace = answer.trace or Trace("", "")
    reasons = _reasons(trace)
    if trace.error == "not_found":
        reasons = no_endpoint(trace.path, configuration.plans)
    raw = _raw(received, configuration)
    return Entry(
        at=received.at,
        request_id=trace.request_id,
        server_kind=received.server_kind,
        method=_method(trace.method),
        path=trace.path,
        status=answer.status,
        peer=trace.peer,
        code=trace.error,
        reasons=reasons,
        config=configuration.fingerprint,
        people=frozenset(_people_in(raw)),
        **raw,
    )


def _method(text: str) -> str:
    """Return a method, shortened and masked: it is stored in clear and may be any
    word."""
    return mask_text(text[:_LONGEST_METHOD])


def refused(
    received: ReceivedRequest, answer: Answer, peer: str, configuration: Configuration
) -> Entry:
    """Return the entry of a request that is no HTTP or whose head exceeds its
    limits."""
    trace = answer.trace or Trace("", "")
    reasons = _reasons(trace)
    head = head_of(received.head)
    line = hide_in_head(head.partition(b"\n")[0][:MAX_HEAD], (), ())
    words = line.decode("utf-8", "replace").split(" ")
    looked = unreadable(head) if trace.error == "bad_request" else None
    raw = _raw(received, configuration)
    return Entry(
        at=received.at,
        request_id=trace.request_id,
        server_kind=received.server_kind,
        method=_method(words[0]) if len(words) > 1 else "",
        path=words[1].partition("?")[0][:200] if len(words) > 1 else "",
        status=answer.status,
        peer=peer,
        code=trace.error,
        reasons=reasons if looked is None else (*reasons, looked),
        config=configuration.fingerprint,
        people=frozenset(_people_in(raw)),
        **raw,
    )


def head_of(raw: bytes) -> bytes:
    """Return the bytes before the blank line that ends a head."""
    text = raw.lstrip(b"\r\n")
    ends = [at for at in (text.find(b"\r\n\r\n"), text.find(b"\n\n")) if at >= 0]
    return text[: min(ends)] if ends else text


def _reasons(trace: Trace) -> tuple[Reason, ...]:
    return () if trace.error_reason is None else (trace.error_reason,)


def _raw(received: ReceivedRequest, configuration: Configuration) -> dict[str, Any]:
    """Return head and body without secrets, within their limits."""
    names, texts = secrets_of(configuration)
    return {
        "head": hide_in_head(head_of(received.head), names, texts)[:MAX_HEAD],
        "body": hide_in_body(received.body, texts, names)[:MAX_BODY],
        "body_bytes": received.body_bytes,
    }


def secrets_of(configuration: Configuration) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names of all endpoints' secret parameters in lower case, and the
    values they must have."""
    plans = configuration.plans.values()
    names = frozenset[str]().union(*(plan.secret_names for plan in plans))
    return names, tuple(frozenset[str]().union(*(plan.secret_texts for plan in plans)))
