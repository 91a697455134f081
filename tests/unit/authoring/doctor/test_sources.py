"""What the doctor makes of a source's answer; live systems are asked in the verb's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivrhooks.authoring.doctor.findings import Finding
from ivrhooks.authoring.doctor.sources import (
    clock_findings,
    finding_for,
    harmless_query,
    slowest,
)
from ivrhooks.sources.interface import Outcome, SourceSettings

HTTP = SourceSettings("shop", "http", "https://shop.example.com", timeout=0.8)
CRM = SourceSettings("crm", "sobot", "https://crm.example.com")
SANDBOX = SourceSettings("crm", "sobot", "http://127.0.0.1:8090/sobot")
NOW = datetime(2026, 3, 3, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "deadline", "level", "message"),
    [
        (0.4, 2.0, "green", "answered after 400 ms"),
        (0.401, 2.0, "yellow", "answered after 401 ms, more than half of its timeout"),
        (0.5, 0.5, "yellow", "answered after 500 ms, more than half of its timeout"),
        (0.501, 0.5, "red", "answered after 501 ms, later than a deadline of 0.5 s"),
        (0.3, None, "green", "answered after 300 ms"),
    ],
)
@pytest.mark.parametrize("status", ["ok", "not_found", "stale"])
def test_an_answer_is_judged_by_its_time(
    status: str, seconds: float, deadline: float | None, level: str, message: str
) -> None:
    finding = finding_for(HTTP, Outcome(status), seconds, deadline)
    assert (finding.level, finding.subject) == (level, "sources.shop")
    assert finding.message.startswith(message)
    assert bool(finding.do) is (level != "green")
    without = finding_for(CRM, Outcome(status), 60.0, None)
    assert (without.level, without.subject) == ("green", "sources.crm")


REFUSED = "the connection is Refused"
WRONG = [
    (HTTP, Outcome("timeout"), "red", "no answer within 0.8 s", "ask its operators"),
    (CRM, Outcome("timeout"), "red", "no answer within 10 s", "ask its operators why"),
    (CRM, Outcome("busy"), "red", "busy", "see whether its lookups work"),
    (CRM, Outcome("error", message=REFUSED), "red", REFUSED, "nothing listens there"),
    (SANDBOX, Outcome("error", message=REFUSED), "red", REFUSED,
     "the sandbox is not running: ivrhooks sandbox"),
    (CRM, Outcome("error", code="no_token", message="HTTP 403"), "red",
     "log-in or credentials are refused: HTTP 403", "check auth: of the source crm"),
    (CRM, Outcome("error", code="no_token", message="no JSON"), "red", "no JSON",
     "check base_url, and token_url where there is one: what answers there is not"),
    (HTTP, Outcome("error", http=401, message="no JSON"), "red",
     "log-in or credentials are refused: no JSON", "check auth: of the source shop"),
    (HTTP, Outcome("error", http=404, message="HTTP 404"), "green",
     "it answers HTTP 404 to a GET of its base_url", "see whether its lookups work"),
    (HTTP, Outcome("error", http=500, message="HTTP 500: no JSON"), "yellow",
     "it answers HTTP 500 to a GET of its base_url: no JSON", "see whether"),
    (HTTP, Outcome("error", http=500, message="HTTP 500"), "yellow",
     "it answers HTTP 500 to a GET of its base_url", "see whether"),
    (HTTP, Outcome("error", http=503, message="HTTP 503"), "red", "HTTP 503",
     "it is down or overloaded"),
    (HTTP, Outcome("error", http=300, message="HTTP 300"), "yellow",
     "it answers HTTP 300", "write where it leads"),
    (HTTP, Outcome("error", http=400, message="HTTP 400"), "yellow",
     "it answers HTTP 400", "see whether"),
    (CRM, Outcome("error", http=404, message="no JSON"), "red", "no JSON",
     "check base_url: what answers there is not the system's API"),
    (CRM, Outcome("error", http=429, message="HTTP 429"), "red", "HTTP 429",
     "it takes no more requests now: write rate_limit: at the source crm"),
    (CRM, Outcome("error", http=500, message="100001"), "red", "100001", "see whether"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "outcome", "level", "message", "do"), WRONG)
def test_a_problem_is_reported_with_its_remedy(
    source: SourceSettings, outcome: Outcome, level: str, message: str, do: str
) -> None:
    finding = finding_for(source, outcome, 0.1, 2.0)
    assert (finding.level, finding.subject) == (level, f"sources.{source.name}")
    assert finding.message.startswith(message)
    assert finding.do.startswith(do)


@pytest.mark.parametrize(
    ("message", "do"),
    [
        ("larger than max_response", "ask it for less, or raise max_response: of"),
        ("no connection to the proxy a port 9", "check proxy: of the source shop, and"),
        ("our client certificate has expired", "renew or replace tls: cert and key of"),
        ("it asked for a client certificate", "write tls: cert and key of the source"),
        ("its certificate has expired", "its operators have to renew it"),
        ("its certificate is not yet valid", "its operators have to renew it"),
        ("secure connection: too old", "its operators have to switch on TLS 1.2"),
        (
            "its certificate is self-signed",
            "write the certificate of whoever signed it",
        ),
        ("certificate: unknown issuer", "write the certificate of whoever signed it"),
        ("certificate: hostname mismatch", "write the host that the certificate names"),
        ("no secure connection: it speaks no TLS", "write http:// in base_url"),
        ("its certificate is odd", "check tls: of the source (ca, cert, key)"),
        ("it speaks TLS", "write https:// in base_url"),
        ("it hung up; is it https://?", "write https:// in base_url"),
        ("what came is no HTTP", "check the port in base_url: something else"),
        ("something else", "see whether its lookups work: ivrhooks explain"),
    ],
)
def test_a_failed_connection_has_its_remedy(message: str, do: str) -> None:
    finding = finding_for(HTTP, Outcome("error", message=message), 0.1, 2.0)
    assert (finding.level, finding.message) == ("red", message)
    assert finding.do.startswith(do)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Tue, 03 Mar 2026 09:00:00 GMT", None),
        ("Tue, 03 Mar 2026 09:00:30 GMT", None),
        ("Tue, 03 Mar 2026 08:59:29 GMT", 31),
        ("Tue, 03 Mar 2026 10:00:00 +0100", None),
        ("Tue, 03 Mar 2026 09:02:00 -0000", 120),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_clock_may_be_half_a_minute_off(
    date: str | None, seconds: int | None
) -> None:
    headers = {} if date is None else {"date": date}
    findings = clock_findings(headers, NOW, "sources.shop")
    if seconds is None:
        assert findings == []
        return
    assert findings == [
        Finding(
            "yellow",
            "sources.shop",
            f"its clock and this machine's differ by {seconds} s",
            "set both by NTP; signatures and tokens are refused by a clock that is off",
        )
    ]


def test_the_shortest_deadline_of_the_endpoints_that_ask_it_counts(
    authored: Any, vip_text: str
) -> None:
    other = vip_text.replace("endpoint: vip", "endpoint: b\ndeadline: 1500ms")
    loaded = authored.load({"vip": vip_text, "b": other.replace("/api/vip", "/b")})
    assert (slowest(loaded, "shop"), slowest(loaded, "crm")) == (1.5, 1.5)
    assert slowest(loaded, "nobody") is None


def test_the_probe_matches_no_customer_and_changes_nothing() -> None:
    for kind in ("sobot", "omicrm", "bangwo8", "meiqia", "http"):
        query = harmless_query(SourceSettings("a", kind, "https://a.example.com"))
        assert query is not None and not query.operation.write
        assert (query.pick == "none") is bool(query.operation.entries)
    assert harmless_query(SourceSettings("a", "table", "")) is None
