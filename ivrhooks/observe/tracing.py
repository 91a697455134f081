"""OpenTelemetry, where it is on: a span for each data request and each lookup.

The spans are made from the trace after the answer has been sent, and hold no people's
data. Switched off, tracing costs one check of an attribute for None.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ivrhooks import __version__
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.answering.trace_context import (
    TraceContext,
    new_span_id,
    new_trace_id,
    read_traceparent,
)
from ivrhooks.config.plan import Configuration
from ivrhooks.sources.interface import FAILED

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
EXPORTER = "OTEL_TRACES_EXPORTER"
END_SECONDS = 3.0
SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
"""The version of the semantic conventions that the attribute names follow."""

METHODS = frozenset(
    {
        "CONNECT",
        "DELETE",
        "GET",
        "HEAD",
        "OPTIONS",
        "PATCH",
        "POST",
        "PUT",
        "QUERY",
        "TRACE",
    }
)
"""The methods that may name a span; clients can send any others."""

REDACTED = "REDACTED"
"""Replaces the path and query of a source's URL, which identify people."""

_logger = logging.getLogger("ivrhooks.observe.tracing")


def open_tracing(environ: Mapping[str, str]) -> Tracing | None:
    """Return the tracing that the usual ``OTEL_…`` variables ask for. Returns None
    where they ask for none, or, with a log line, where the extra `otel` is not
    installed."""
    exporter = environ.get(EXPORTER, "")
    is_switched_on = exporter or any(environ.get(name) for name in ENDPOINTS)
    disabled = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not is_switched_on or disabled or exporter == "none":
        return None
    if exporter not in ("", "otlp", "console"):
        _logger.warning("%s: write otlp, console or none; nothing is traced", EXPORTER)
        return None
    try:
        return Tracing(_exporter(exporter), environ)
    except ImportError:
        _logger.warning(
            "OTEL_… asks for traces, and OpenTelemetry is not installed: pip install "
            "ivrhooks[otel]"
        )
        return None


def _exporter(name: str) -> SpanExporter:
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


class Tracing:
    """The spans of one process, sent by a thread of its own."""

    def __init__(self, exporter: SpanExporter, environ: Mapping[str, str]) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import IdGenerator

        preset = self._preset = threading.local()

        class Preset(IdGenerator):
            """Returns the ids that a trace had while it was answered."""

            def generate_span_id(self) -> int:
                return int(preset.span)

            def generate_trace_id(self) -> int:
                return int(preset.trace)

        named = environ.get("OTEL_SERVICE_NAME") or "service.name" in environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        )
        about = {"service.version": __version__}
        if not named:
            about["service.name"] = "ivrhooks"
        resource = Resource.create(about)
        self._provider = TracerProvider(id_generator=Preset(), resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(
            "ivrhooks", __version__, schema_url=SCHEMA
        )

    def begin(self, request: DataRequest) -> TraceContext:
        """Return the position of a data request in its trace: below its
        ``traceparent``, else at the start of a new trace."""
        return self._context(request.headers.get("traceparent") or "", request.path)

    def _context(self, traceparent: str, path: str) -> TraceContext:
        context = read_traceparent(traceparent)
        if context is None:
            context = TraceContext(new_trace_id(), new_span_id())
        sampler, parent = self._provider.sampler, self._parent(context)
        judged: Any = sampler.should_sample(parent, context.trace_id, path)
        context.sampled = bool(judged.decision.is_sampled())
        return context

    def record(
        self,
        trace: Trace,
        status: int,
        configuration: Configuration,
        traceparent: str = "",
    ) -> None:
        """Make the spans of a data request that has just been answered.
        ``traceparent``: the client's, for a request refused before it began."""
        context = trace.context or self._context(traceparent, trace.path)
        if not context.sampled:
            return
        now = int(datetime.now(UTC).timestamp() * 1e9)

        def moment(seconds: float) -> int:
            return now - int((trace.ended - seconds) * 1e9)

        from opentelemetry.trace import SpanKind, set_span_in_context

        self._preset.trace, self._preset.span = context.trace_id, context.span_id
        span = self._tracer.start_span(
            f"{trace.method if trace.method in METHODS else 'HTTP'} {trace.path}",
            self._parent(context),
            SpanKind.SERVER,
            _request_attributes(trace, status),
            start_time=moment(trace.started),
        )
        below = set_span_in_context(span)
        for run in trace.lookups:
            if run.asked:
                self._preset.span = context.lookups.get(run.name) or new_span_id()
                child = self._tracer.start_span(
                    f"{run.name} {run.source}.{run.operation}",
                    below,
                    SpanKind.CLIENT if _was_sent(run) else SpanKind.INTERNAL,
                    _lookup_attributes(run, configuration),
                    start_time=moment(run.started),
                )
                _mark(child, _error(run))
                child.end(moment(run.ended))
        _mark(span, str(status) if status >= 500 else "")
        span.end(moment(trace.ended))

    def close(self) -> None:
        """Send the spans that are queued, within a short limit."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(END_SECONDS)

    def _parent(self, context: TraceContext) -> Any:
        from opentelemetry.context import Context
        from opentelemetry.trace import (
            NonRecordingSpan,
            SpanContext,
            TraceFlags,
            set_span_in_context,
        )

        if not context.parent_id:
            return Context()
        parent = SpanContext(
            context.trace_id,
            context.parent_id,
            is_remote=True,
            trace_flags=TraceFlags(int(context.sampled)),
        )
        return set_span_in_context(NonRecordingSpan(parent), Context())


def _mark(span: Any, error: str) -> None:
    if error:
        from opentelemetry.trace import Status, StatusCode

        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR))


def _error(run: LookupRun) -> str:
    """Return the ``error.type`` of a lookup: the status of an HTTP answer that is an
    error, else our own code; "" where it did not fail."""
    if run.status not in FAILED:
        return ""
    http = run.outcome.http if run.outcome is not None else None
    return str(http) if http is not None and http >= 400 else run.status


def _was_sent(run: LookupRun) -> bool:
    """Return whether a lookup may have reached its source: not if a cache, an open
    breaker or a limit answered it."""
    return run.age is None and run.status not in ("open", "busy")


def _request_attributes(trace: Trace, status: int) -> dict[str, Any]:
    """Return a request's attributes. ``url.path`` is the configured path: the received
    one may hold a number."""
    known = trace.method in METHODS
    attributes: dict[str, Any] = {
        "http.request.method": trace.method if known else "_OTHER",
        "http.request.method_original": "" if known else trace.method[:32],
        "http.route": trace.path,
        "http.response.status_code": status,
        "url.path": trace.path,
        "url.scheme": "http",
        "ivrhooks.endpoint": trace.endpoint,
        "ivrhooks.request_id": trace.request_id,
        "ivrhooks.mode": trace.mode,
        "ivrhooks.degraded": trace.degraded,
        "ivrhooks.error": trace.error,
    }
    return {name: value for name, value in attributes.items() if value != ""}


def _lookup_attributes(run: LookupRun, configuration: Configuration) -> dict[str, Any]:
    settings = configuration.sources.get(run.source)
    attributes: dict[str, Any] = {
        "ivrhooks.lookup": run.name,
        "ivrhooks.source": run.source,
        "ivrhooks.operation": run.operation,
        "ivrhooks.status": run.status,
        "ivrhooks.cached": run.age is not None,
    }
    if settings is not None and _was_sent(run):
        attributes |= _client_attributes(run, settings.base_url)
    return attributes


def _client_attributes(run: LookupRun, base_url: str) -> dict[str, Any]:
    """Return the attributes of an HTTP client. ``url.full`` has no path and no query,
    and an address has no user."""
    parts = urlsplit(base_url)
    if not parts.hostname:
        return {}
    attributes: dict[str, Any] = {
        "server.address": parts.hostname,
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "url.full": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{REDACTED}",
    }
    method = run.queries[-1][1].params.get("method") if run.queries else None
    if method in METHODS:
        attributes["http.request.method"] = method
    if run.outcome is not None and run.outcome.http is not None:
        attributes["http.response.status_code"] = run.outcome.http
    return attributes
