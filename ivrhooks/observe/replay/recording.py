"""A recorded data request, made ready to be answered once more.

The request is put together from its bytes; agreed values, which no journal keeps, are
those of the configuration that answers now. Each lookup is answered from the recording.
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
from ivrhooks.journal.entry import MOST_BODY
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query, query_identity

NO_RECORDING = "no_recording"
"""The code of an outcome that nobody recorded."""

_NOT_MADE = frozenset({"answer=overload", "answer=error"})
"""Marks of an answer that is nothing but defaults, whatever was asked."""

_MISSING = Outcome("error", code=NO_RECORDING, message="there is no recording of it")


class RecordedSource:
    """Stands for the sources of one lookup: answers what was recorded for a question.
    ``missing``: whether a question came that nobody had recorded."""

    def __init__(self) -> None:
        self.missing = False
        self._answers: Mapping[str, Outcome] = {}

    def play(self, answers: Mapping[str, Outcome]) -> None:
        """Takes the recording of the next data request: outcomes by question."""
        self._answers, self.missing = answers, False

    def start(self, query: Query, deadline: Deadline, heard: Any) -> Outcome:
        """The recorded outcome, at once."""
        found = self._answers.get(query_identity(query))
        if found is None:
            self.missing = True
            return _MISSING
        return found

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """The same for whoever waits."""
        return self.start(query, deadline, None)

    async def close(self) -> None:
        """Nothing is open."""


def recorded_plan(plan: Plan) -> Plan:
    """``plan`` with a source of its own for each lookup, named like it."""
    return replace(plan, lookups=tuple(map(_alone, plan.lookups)), actions=())


def _alone(lookup: LookupPlan) -> LookupPlan:
    links = tuple(replace(link, source=lookup.name) for link in lookup.links)
    return replace(lookup, links=links)


def outcomes(entry: Mapping[str, Any]) -> dict[str, dict[str, Outcome]]:
    """What the lookups of a recorded data request gave: outcomes by question, by
    lookup. One whose record was too long to be kept is left out."""
    found: dict[str, dict[str, Outcome]] = {}
    for one in entry["answers"]:
        if not one.get("cut"):
            outcome = Outcome(one["status"], one["record"], code=one["code"] or "")
            found.setdefault(one["lookup"], {})[one["request"]] = outcome
    return found


def moment(entry: Mapping[str, Any]) -> datetime:
    """The moment that its templates saw; in an entry of an earlier version about when
    it was answered."""
    return datetime.fromtimestamp(entry.get("now") or entry["at"], UTC)


def is_whole(entry: Mapping[str, Any]) -> bool:
    """Whether all that was sent is there, and an endpoint made the answer: the defaults
    of an overloaded process say nothing of its rules."""
    made = not _NOT_MADE.intersection(entry.get("degraded", "").split("; "))
    return made and bool(entry["body_bytes"] <= MOST_BODY)


def data_request(plan: Plan, entry: Mapping[str, Any]) -> DataRequest:
    """The data request of ``entry`` as ``plan`` reads it."""
    request = _http_request(entry)
    asked = read_request(plan, request)
    asked = replace(asked, request_id=entry.get("request_id") or asked.request_id)
    known = {
        parameter.name.lower(): parameter.equals
        for parameter in plan.headers
        if parameter.equals is not None
    }
    agreed = [parameter for parameter in plan.inputs if parameter.equals is not None]
    if not known and not agreed:
        return asked
    headers = {name: request.headers[name] for name in request.headers} | known
    if plan.method == "GET":
        query = {
            **asked.query,
            **{parameter.wire: parameter.equals for parameter in agreed},
        }
        return replace(asked, headers=headers, query=query)
    body = dict(asked.body)
    for parameter in agreed:
        in_json = asked.body_kind == "json"
        _put(
            body,
            (in_json and parameter.body_path) or (parameter.wire,),
            parameter.equals,
        )
    return replace(asked, headers=headers, body=body)


def _put(body: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Sets the value at a path; what is above it is copied, not changed."""
    first, *rest = keys
    if rest:
        below = body.get(first)
        inner = dict(below) if isinstance(below, Mapping) else {}
        _put(inner, rest, value)
        value = inner
    body[first] = value


def is_hidden(plan: Plan, asked: DataRequest) -> bool:
    """Whether a value is missing that no journal keeps and no configuration knows: one
    of several agreed values."""
    hidden = [parameter for parameter in plan.confidential if parameter.equals is None]
    places = (asked.body, asked.query, asked.headers)
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
