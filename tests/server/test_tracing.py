"""OpenTelemetry: spans to a real collector, the context to real sources."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

FILES = {
    "ivrhooks.yaml": """\
version: 1
sources:
  crm: {kind: http, base_url: "${CRM_URL}"}
  gone: {kind: http, base_url: "http://127.0.0.1:9"}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: form
inputs: {tel: {format: phone, required: true}}
lookups:
  customer: {source: crm, request: {path: "/find/{{ inputs.tel }}"}}
  order: {source: gone, request: {path: "/{{ inputs.tel }}"}}
outputs:
  word: {type: string, value: "{{ customer.word }}", default: none}
  order: {type: string, value: "{{ order.no }}", default: none}
""",
}
TEL = "13800000001"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Receiver(BaseHTTPRequestHandler):
    """A customer system and a collector."""

    traceparents: list[str | None]
    spans: list[Any]

    def do_GET(self) -> None:
        self.traceparents.append(self.headers.get("traceparent"))
        body = json.dumps({"word": "good"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        export = ExportTraceServiceRequest.FromString(data)
        for resource in export.resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.traceparents, Receiver.spans = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {
        attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value"))
        for attribute in span.attributes
    }


def test_a_span_for_the_data_request_and_each_lookup(
    serving: Any, server_kind: str, receiver: str, until: Any
) -> None:
    env = {
        "CRM_URL": receiver,
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with serving(server_kind, FILES, "--workers", "1", env=env) as server:
        header = f"00-{TRACE}-{PARENT}-01"
        answer = server.form("/desk", f"tel={TEL}", traceparent=header)
        assert answer.json == {"word": "good", "order": "none"}
        assert server.form("/desk", "", traceparent=header).status == 400
        until(lambda: len(Receiver.spans) >= 4, "all spans are told")
    by_name = {span.name: span for span in Receiver.spans if span.parent_span_id}
    answered, refused = [
        recorded for recorded in Receiver.spans if recorded.name == "POST /desk"
    ]
    assert {answered.trace_id.hex(), refused.trace_id.hex()} == {TRACE}
    assert {answered.parent_span_id.hex(), refused.parent_span_id.hex()} == {PARENT}
    values = attributes(answered)
    assert values["http.route"] == "/desk"
    assert values["http.response.status_code"] == 200
    assert values["ivrhooks.degraded"] == "order=error"
    assert attributes(refused)["http.response.status_code"] == 400
    customer, order = by_name["customer crm.request"], by_name["order gone.request"]
    for lookup in (customer, order):
        assert lookup.parent_span_id == answered.span_id
        assert answered.start_time_unix_nano <= lookup.start_time_unix_nano
        assert lookup.end_time_unix_nano <= answered.end_time_unix_nano
    assert attributes(order)["error.type"] == "error"
    assert Receiver.traceparents == [f"00-{TRACE}-{customer.span_id.hex()}-01"]
    assert TEL not in str(Receiver.spans)


def test_an_untraced_request_is_sampled_by_the_otel_variables(
    serving: Any, server_kind: str, receiver: str, until: Any
) -> None:
    env = {
        "CRM_URL": receiver,
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
        "OTEL_TRACES_SAMPLER": "always_off",
    }
    with serving(server_kind, FILES, "--workers", "1", env=env) as server:
        server.form("/desk", f"tel={TEL}")
    assert Receiver.spans == []
    assert [header and header[-3:] for header in Receiver.traceparents] == ["-00"]


def test_off_nothing_is_sent_on(serving: Any, server_kind: str, receiver: str) -> None:
    with serving(
        server_kind, FILES, "--workers", "1", env={"CRM_URL": receiver}
    ) as server:
        server.form("/desk", f"tel={TEL}", traceparent=f"00-{TRACE}-{PARENT}-01")
    assert Receiver.traceparents == [None]
    assert Receiver.spans == []


def test_a_collector_that_is_gone_costs_nothing(
    serving: Any, server_kind: str, receiver: str
) -> None:
    env = {"CRM_URL": receiver, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with serving(server_kind, FILES, "--workers", "1", env=env) as server:
        for _ in range(3):
            assert server.form("/desk", f"tel={TEL}").json["word"] == "good"
