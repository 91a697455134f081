"""Spans out of a trace: made after the answer, with the ids that it had."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv.attributes import (
    error_attributes,
    http_attributes,
    server_attributes,
    url_attributes,
)
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import SpanKind, StatusCode

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.observe.tracing import Tracing, open_tracing
from ivrhooks.sources.interface import Outcome

CONFIGURATION = Configuration("", "7f3a2c", "sobot", {}, {}, ConsoleSettings())
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "zipkin"},
    ],
)
def test_it_is_off_unless_it_is_asked_for(environ: dict[str, str]) -> None:
    assert open_tracing(environ) is None


def test_off_it_is_not_even_loaded() -> None:
    code = (
        "import sys, ivrhooks.server.gunicorn_app;"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_spans_have_the_ids_and_times_of_the_trace() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, {})
    request = DataRequest("POST", "/desk", "r-1", {"traceparent": PARENT})
    context = tracing.begin(request)
    sent = context.of_lookup("customer")
    runs = [
        LookupRun("customer", "timeout", None, "crm", "find", 1.0, 3.0, asked=True),
        LookupRun("order", "skipped"),
    ]
    trace = Trace("desk", "r-1", started=0.5, ended=4.0, lookups=runs)
    trace.context = context
    trace.method, trace.path = "POST", "/desk"
    tracing.record(trace, 200, CONFIGURATION)
    tracing.close()
    lookup, whole = exporter.get_finished_spans()
    assert (lookup.name, whole.name) == ("customer crm.find", "POST /desk")
    assert f"{lookup.context.span_id:016x}" in sent
    assert lookup.parent is not None
    assert lookup.parent.span_id == whole.context.span_id == context.span_id
    assert whole.parent is not None
    assert f"{whole.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert whole.end_time - whole.start_time == pytest.approx(3.5e9, rel=1e-6)
    assert lookup.end_time - lookup.start_time == pytest.approx(2e9, rel=1e-6)
    assert lookup.status.status_code is StatusCode.ERROR
    assert lookup.attributes["error.type"] == "timeout"


def spans_of(
    *runs: LookupRun, configuration: Configuration = CONFIGURATION, **request: str
) -> list[Any]:
    """The spans of a data request, the lookups' first."""
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, {})
    trace = Trace("desk", "r-1", started=0.5, ended=4.0, lookups=runs)
    trace.method, trace.path = request.get("method", "GET"), "/find/{tel}"
    tracing.record(trace, 200, configuration)
    tracing.close()
    return list(exporter.get_finished_spans())


def lookup_run(
    status: str, http: int | None = None, age: float | None = None
) -> LookupRun:
    run = LookupRun("customer", status, None, "crm", "request", 1.0, 2.0, asked=True)
    run.outcome = Outcome(status, http=http, age=age)
    run.queries = [(Mock(), Mock(params={"method": "POST", "path": "/c/13800000001"}))]
    return run


SOURCES = {"crm": Mock(base_url="https://me:secret@crm.example:8443/api")}
WITH_SOURCE = replace(CONFIGURATION, sources=SOURCES)


def test_attributes_are_those_of_the_semantic_conventions() -> None:
    lookup, whole = spans_of(lookup_run("ok", http=200), configuration=WITH_SOURCE)
    modules = (error_attributes, http_attributes, server_attributes, url_attributes)
    known = {
        vars(module)[name]
        for module in modules
        for name in dir(module)
        if name.isupper()
    }
    for span in (lookup, whole):
        names = {name for name in span.attributes if not name.startswith("ivrhooks.")}
        assert names and names <= known
        assert span.instrumentation_scope.schema_url == Schemas.V1_44_0.value
    assert (whole.kind, lookup.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    assert whole.attributes["url.path"] == "/find/{tel}"
    assert lookup.attributes["url.full"] == "https://crm.example:8443/REDACTED"
    assert lookup.attributes["server.port"] == 8443
    assert lookup.attributes["http.request.method"] == "POST"
    assert lookup.attributes["http.response.status_code"] == 200
    assert "13800000001" not in lookup.to_json() and "secret" not in lookup.to_json()


def test_an_unknown_method_names_no_span() -> None:
    (span,) = spans_of(method="BREW")
    assert span.name == "HTTP /find/{tel}"
    assert span.attributes["http.request.method"] == "_OTHER"
    assert span.attributes["http.request.method_original"] == "BREW"


@pytest.mark.parametrize(
    ("run", "kind", "error"),
    [
        (lookup_run("error", http=502), SpanKind.CLIENT, "502"),
        (lookup_run("error", http=200), SpanKind.CLIENT, "error"),
        (lookup_run("not_found", http=404), SpanKind.CLIENT, None),
        (lookup_run("timeout"), SpanKind.CLIENT, "timeout"),
        (lookup_run("open"), SpanKind.INTERNAL, "open"),
        (lookup_run("busy"), SpanKind.INTERNAL, "busy"),
        (lookup_run("ok", age=1.5), SpanKind.INTERNAL, None),
    ],
)
def test_a_lookups_span_has_its_source_and_failure(
    run: LookupRun, kind: SpanKind, error: str | None
) -> None:
    span = spans_of(run, configuration=WITH_SOURCE)[0]
    assert (span.kind, span.attributes.get("error.type")) == (kind, error)
    assert ("url.full" in span.attributes) is (kind is SpanKind.CLIENT)


def test_unsampled_requests_are_not_exported() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, {})
    headers = {"traceparent": PARENT[:-1] + "0"}
    context = tracing.begin(DataRequest("GET", "/desk", "r-1", headers))
    trace = Trace("desk", "r-1")
    trace.context = context
    tracing.record(trace, 200, CONFIGURATION)
    tracing.close()
    assert exporter.get_finished_spans() == ()


def test_a_refusal_has_a_span_too() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter, {})
    trace = Trace("desk", "r-1", method="POST", path="/desk")
    trace.error = "forbidden"
    tracing.record(trace, 403, CONFIGURATION, PARENT)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" in PARENT
    assert span.attributes["ivrhooks.error"] == "forbidden"
