"""Prepares a recorded data request so that it can be answered again.

The request is rebuilt from its bytes. Agreed values, which no journal keeps, come from
the present configuration. Each lookup is answered from the recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.basics.people.masking import SECRET
from ivrhooks.config.plan import LookupPlan, Plan
from ivrhooks.http.request import HttpRequest, read_request
from ivrhooks.journal.entry import MAX_BODY
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query, query_identity

NO_RECORDING = "no_recording"
"""The code of an outcome that has no recording."""

_NOT_MADE = frozenset({"answer=overload", "answer=error"})
"""Marks of an answer that consists of defaults alone, whatever was requested."""

_MISSING = Outcome("error", code=NO_RECORDING, message="there is no recording of it")


class RecordedSource:
    """Replaces the sources of one lookup: gives the recorded outcome of a query.
    ``missing``: whether a query had no recording."""

    def __init__(self) -> None:
        self.missing = False
        self._answers: Mapping[str, Outcome] = {}

    def play(self, answers: Mapping[str, Outcome]) -> None:
        """Set the recording of the next data request: outcomes by query."""
        self._answers, self.missing = answers, False

    def start(
        self, query: Query, deadline: Deadline, heard: Any, watched: bool = False
    ) -> Outcome:
        """Return the recorded outcome at once."""
        outcome = self._answers.get(query_identity(query))
        if outcome is None:
            self.missing = True
            return _MISSING
        return outcome

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Return the same as ``start``, for a caller that awaits it."""
        return self.start(query, deadline, None)

    async def close(self) -> None:
        """Do nothing: nothing is open."""


def recorded_plan(plan: Plan) -> Plan:
    """Return ``plan`` with a source of its own for each lookup, named like the
    lookup."""
    return replace(plan, lookups=tuple(map(_with_own_source, plan.lookups)), actions=())


def _with_own_source(lookup: LookupPlan) -> LookupPlan:
    calls = tuple(replace(call, source=lookup.name) for call in lookup.calls)
    return replace(lookup, calls=calls)


def outcomes(entry: Mapping[str, Any]) -> dict[str, dict[str, Outcome]]:
    """Return the outcomes of a recorded data request's lookups, by lookup and query. An
    answer whose record was too long to be kept is left out."""
    by_lookup: dict[str, dict[str, Outcome]] = {}
    for answer in entry["answers"]:
        if not answer.get("cut"):
            outcome = Outcome(
                answer["status"], answer["record"], code=answer["code"] or ""
            )
            by_lookup.setdefault(answer["lookup"], {})[answer["request"]] = outcome
    return by_lookup


def moment(entry: Mapping[str, Any]) -> datetime:
    """Return the time that the entry's templates saw; in an entry of an earlier
    version, roughly the time of its answer."""
    return datetime.fromtimestamp(entry.get("now") or entry["at"], UTC)


def is_complete(entry: Mapping[str, Any]) -> bool:
    """Return whether the whole request is recorded and an endpoint made the answer: the
    defaults of an overloaded process show nothing of its rules."""
    made = not _NOT_MADE.intersection(entry.get("degraded", "").split("; "))
    return made and bool(entry["body_bytes"] <= MAX_BODY)


def data_request(plan: Plan, entry: Mapping[str, Any]) -> DataRequest:
    """Return the data request of ``entry`` as ``plan`` reads it."""
    request = _http_request(entry)
    sent = read_request(plan, request)
    sent = replace(sent, request_id=entry.get("request_id") or sent.request_id)
    known = {
        parameter.name.lower(): parameter.equals
        for parameter in plan.headers
        if parameter.equals is not None
    }
    agreed = [parameter for parameter in plan.inputs if parameter.equals is not None]
    if not known and not agreed:
        return sent
    headers = {name: request.headers[name] for name in request.headers} | known
    if plan.method == "GET":
        query = {
            **sent.query,
            **{parameter.wire: parameter.equals for parameter in agreed},
        }
        return replace(sent, headers=headers, query=query)
    body = dict(sent.body)
    for parameter in agreed:
        in_json = sent.body_kind == "json"
        _put(
            body,
            (in_json and parameter.body_path) or (parameter.wire,),
            parameter.equals,
        )
    return replace(sent, headers=headers, body=body)


def _put(body: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Set the value at a path; the levels above it are copied, not changed."""
    first, *rest = keys
    if rest:
        below = body.get(first)
        inner = dict(below) if isinstance(below, Mapping) else {}
        _put(inner, rest, value)
        value = inner
    body[first] = value


def is_hidden(plan: Plan, request: DataRequest) -> bool:
    """Return whether a value is missing that neither journal nor configuration has: one
    of several agreed values."""
    hidden = [parameter for parameter in plan.confidential if parameter.equals is None]
    places = (request.body, request.query, request.headers)
    return any(
        place.get(name) == SECRET
        for parameter in hidden
        for place in places
        for name in (parameter.wire, parameter.name.lower())
    )


def _http_request(entry: Mapping[str, Any]) -> HttpRequest:
    line, _, rest = entry["head"].partition(b"\n")
    words = line.strip().split(b" ")
    target, _, query = (words[1] if len(words) > 1 else b"/").partition(b"?")
    request = HttpRequest(
        words[0].decode("latin-1"),
        target,
        query,
        peer=entry["peer"],
        body=entry["body"],
    )
    for header in rest.splitlines():
        name, sign, value = header.partition(b":")
        if sign:
            request.add(name.strip(), value.strip())
    return request
