"""Makes the test pack of an endpoint: sheet, curl lines, ten data requests, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ivrhooks.authoring.pack.cases import Case, cases_of
from ivrhooks.authoring.pack.expected import Expected, expected_answers
from ivrhooks.authoring.pack.pack_file import pack_data
from ivrhooks.authoring.pack.wire import WireRequest, wire_of
from ivrhooks.config.plan import Configuration, Plan

REQUESTS = 10


@dataclass(frozen=True, slots=True)
class UnsignedPack:
    """A pack, not yet signed. ``failed``: lookups whose sources gave no answer
    (``name=status``); what hangs on them is judged by its type alone."""

    data: dict[str, Any]
    requests: tuple[tuple[Case, WireRequest, Expected], ...]
    failed: tuple[str, ...]


def make_pack(
    configuration: Configuration,
    plan: Plan,
    url: str,
    sheets: Mapping[str, Sequence[str]],
    *,
    show_personal: bool = False,
) -> UnsignedPack:
    """Query the sources of the configuration and return the pack.

    ``url``: the server of the curl lines; ``sheets``: the lines of the set-up sheet, by
    language.
    """
    chosen = list(islice(_distinct(plan, url), REQUESTS))
    expected, failed = expected_answers(
        configuration, plan, [case for case, _ in chosen], show_personal=show_personal
    )
    requests = tuple(
        (case, wire, answer)
        for (case, wire), answer in zip(chosen, expected, strict=True)
    )
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    data = pack_data(plan, configuration.fingerprint, made_at, sheets, requests)
    return UnsignedPack(data, requests, tuple(failed))


def _distinct(plan: Plan, url: str) -> Iterator[tuple[Case, WireRequest]]:
    known = set()
    for case in cases_of(plan):
        wire = wire_of(plan, case, url)
        if wire is not None and wire.key not in known:
            known.add(wire.key)
            yield case, wire
