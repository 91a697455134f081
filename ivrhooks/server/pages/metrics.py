"""Serves ``/metrics``: the counts of all workers of this server, for Prometheus.

The names are described in docs/reference/metrics.md.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.actions.interface import Summary
from ivrhooks.http.request import request_id
from ivrhooks.http.response import JSON_TYPE, refuse_bare
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.totals import BUCKETS, added_up

TYPE = "text/plain; version=0.0.4; charset=utf-8"
TOKEN_VARIABLE = "IVRHOOKS_METRICS_TOKEN"  # noqa: S105 - its name, not its value

METRICS: Mapping[str, tuple[str, str]] = {
    "ivrhooks_answers_total": ("counter", "Answers, by endpoint and status."),
    "ivrhooks_answer_seconds": (
        "histogram",
        "From the whole data request to its answer, by endpoint.",
    ),
    "ivrhooks_degraded_answers_total": (
        "counter",
        "Answers with the header X-Ivrhooks-Degraded, by endpoint.",
    ),
    "ivrhooks_defaulted_answers_total": (
        "counter",
        "Answers with status 200 in which an output is its default, by endpoint.",
    ),
    "ivrhooks_failed_answers_total": (
        "counter",
        "Answers with status 200 in which an output is a default or left out because "
        "a source failed or a value is in no map, by endpoint.",
    ),
    "ivrhooks_defaults_total": (
        "counter",
        "Outputs that were answered with their default, by endpoint, output and "
        "because of what.",
    ),
    "ivrhooks_lookups_total": ("counter", "Lookups asked, by source and status."),
    "ivrhooks_lookup_seconds": ("histogram", "How long lookups took, by source."),
    "ivrhooks_cache_hits_total": (
        "counter",
        "Lookups answered out of the cache, by source.",
    ),
    "ivrhooks_breaker_workers": (
        "gauge",
        "Workers whose circuit breaker is in this state, by source and state.",
    ),
    "ivrhooks_refused_requests_total": (
        "counter",
        "Requests refused before any endpoint saw them, by code.",
    ),
    "ivrhooks_test_runs_total": (
        "counter",
        "Test runs of the console; they count nowhere else.",
    ),
    "ivrhooks_in_flight": ("gauge", "Data requests that are being answered."),
    "ivrhooks_journal_dropped_total": (
        "counter",
        "Data requests that the journal could not take.",
    ),
    "ivrhooks_outbox_waiting": (
        "gauge",
        "Actions of this store that wait or are being delivered, by source.",
    ),
    "ivrhooks_outbox_dead": (
        "gauge",
        "Actions of this store that are given up, by source.",
    ),
    "ivrhooks_outbox_oldest_seconds": (
        "gauge",
        "Age of the oldest action that waits, by source.",
    ),
    "ivrhooks_outbox_delivered_total": (
        "counter",
        "Actions of this store that were delivered, by whomever, by source.",
    ),
    "ivrhooks_outbox_retried_total": (
        "counter",
        "Tries that failed and are repeated, by source.",
    ),
    "ivrhooks_workers": ("gauge", "Worker processes that answer."),
    "ivrhooks_shared_cache_workers": (
        "gauge",
        "Workers that share their cache by Redis now; nothing without shared_cache.",
    ),
    "ivrhooks_configuration_info": (
        "gauge",
        "Workers that answer from this configuration, by its fingerprint.",
    ),
    "ivrhooks_configuration_loaded_timestamp_seconds": (
        "gauge",
        "When the configuration was loaded, by its fingerprint.",
    ),
    "ivrhooks_configuration_refused": (
        "gauge",
        "1 while a newer configuration is refused, else 0.",
    ),
}
"""Every metric: its type and its description."""

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]


def create_blueprint(
    workers: Callable[[], Sequence[Mapping[str, Any]]],
    environ: Mapping[str, str] = os.environ,
    *,
    outbox: Callable[[], Summary | None] = lambda: None,
) -> Blueprint:
    """Return ``/metrics``, for all workers of this server and their ``outbox``.

    Where the environment has a token, a client must send it.
    """
    blueprint = Blueprint("metrics", __name__)
    token = environ.get(TOKEN_VARIABLE, "")

    @blueprint.get("/metrics")
    def metrics() -> Response:
        authorization = request.headers.get("Authorization", "")
        if token and not is_bearer(authorization, token):
            return _unauthorized(request.headers.get("X-Request-Id", ""))
        return Response(as_text(workers(), outbox()), content_type=TYPE)

    return blueprint


def is_bearer(header: str, token: str) -> bool:
    """Return whether an Authorization header has ``token``; compares in constant
    time."""
    scheme, _, credentials = header.partition(" ")
    same = hmac.compare_digest(
        credentials.strip().encode("utf-8", "surrogatepass"), token.encode()
    )
    return same and scheme.lower() == "bearer"


def _unauthorized(authorization: str) -> Response:
    reason = because("metrics_token", name=TOKEN_VARIABLE)
    known = authorization.encode("latin-1", "replace")
    answer = refuse_bare("unauthorized", reason, request_id(known))
    headers = {**dict(answer.headers), "WWW-Authenticate": "Bearer"}
    return Response(answer.body, 401, headers, content_type=JSON_TYPE)


def as_text(
    snapshots: Sequence[Mapping[str, Any]], outbox: Summary | None = None
) -> str:
    """Return the whole page."""
    lines = []
    by_name: dict[str, list[Sample]] = {name: [] for name in METRICS}
    for name, sample in (*_all(snapshots), *_outbox(outbox)):
        by_name[name].append(sample)
    for name, samples in by_name.items():
        kind, help_text = METRICS[name]
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
        lines += [_line(*sample) for sample in samples]
    return "\n".join([*lines, ""])


def _all(snapshots: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sample]]:
    """Yield each sample with the metric it belongs to."""
    whole = added_up(snapshots)
    for key, name, labels in _COUNTED:
        for sample in _nested(name, labels, whole[key]):
            yield name, sample
    for key, name, label in _TIMED:
        for value, histogram in whole[key].items():
            for sample in _histogram(name, {label: value}, histogram):
                yield name, sample
    yield from _server(snapshots)


def _outbox(summary: Summary | None) -> Iterator[tuple[str, Sample]]:
    """Yield what all servers and workers of the store share; nothing without
    actions."""
    if summary is None:
        return
    counted: dict[str, Mapping[str, float]] = {
        "ivrhooks_outbox_waiting": summary.waiting,
        "ivrhooks_outbox_dead": summary.dead,
        "ivrhooks_outbox_oldest_seconds": summary.oldest_s,
        "ivrhooks_outbox_delivered_total": summary.delivered,
        "ivrhooks_outbox_retried_total": summary.retried,
    }
    sources = sorted({source for counts in counted.values() for source in counts})
    for name, by_source in counted.items():
        for source in sources:
            yield name, (name, {"source": source}, by_source.get(source, 0))


_COUNTED = (
    ("answers", "ivrhooks_answers_total", ("endpoint", "status")),
    ("degraded", "ivrhooks_degraded_answers_total", ("endpoint",)),
    ("defaulted", "ivrhooks_defaulted_answers_total", ("endpoint",)),
    ("failed", "ivrhooks_failed_answers_total", ("endpoint",)),
    ("defaults", "ivrhooks_defaults_total", ("endpoint", "output", "because")),
    ("lookups", "ivrhooks_lookups_total", ("source", "status")),
    ("cached", "ivrhooks_cache_hits_total", ("source",)),
    ("breakers", "ivrhooks_breaker_workers", ("source", "state")),
    ("refused", "ivrhooks_refused_requests_total", ("code",)),
    ("tests", "ivrhooks_test_runs_total", ()),
    ("in_flight", "ivrhooks_in_flight", ()),
    ("dropped", "ivrhooks_journal_dropped_total", ()),
)
_TIMED = (
    ("seconds", "ivrhooks_answer_seconds", "endpoint"),
    ("lookup_seconds", "ivrhooks_lookup_seconds", "source"),
)


def _nested(name: str, labels: Sequence[str], counts: Any) -> Iterator[Sample]:
    if not labels:
        yield name, {}, counts
        return
    for value, inner in counts.items():
        for _, more, number in _nested(name, labels[1:], inner):
            yield name, {labels[0]: str(value), **more}, number


def _histogram(
    name: str, labels: Labels, histogram: Sequence[float]
) -> Iterable[Sample]:
    total = 0.0
    for bound, count in zip((*BUCKETS, "+Inf"), histogram, strict=False):
        total += count
        yield f"{name}_bucket", {**labels, "le": str(bound)}, total
    yield f"{name}_sum", labels, histogram[-1]
    yield f"{name}_count", labels, total


def _server(snapshots: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sample]]:
    """Yield the samples of the workers and their configuration."""
    name = "ivrhooks_workers"
    yield name, (name, {}, len(snapshots))
    sharing = [
        snapshot["shares"]
        for snapshot in snapshots
        if snapshot.get("shares") is not None
    ]
    if sharing:
        name = "ivrhooks_shared_cache_workers"
        yield name, (name, {}, sum(sharing))
    fingerprints: dict[str, list[float]] = {}
    for snapshot in snapshots:
        moment = datetime.fromisoformat(snapshot["config"]["loaded_at"]).timestamp()
        fingerprints.setdefault(snapshot["config"]["fingerprint"], []).append(moment)
    for fingerprint, moments in fingerprints.items():
        labels = {"fingerprint": fingerprint}
        name = "ivrhooks_configuration_info"
        yield name, (name, labels, len(moments))
        name = "ivrhooks_configuration_loaded_timestamp_seconds"
        yield name, (name, labels, max(moments))
    name = "ivrhooks_configuration_refused"
    yield name, (name, {}, int(any(snapshot.get("problems") for snapshot in snapshots)))


def _line(name: str, labels: Labels, value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    number = str(int(value)) if float(value).is_integer() else repr(round(value, 6))
    return f"{name}{{{pairs}}} {number}" if pairs else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
