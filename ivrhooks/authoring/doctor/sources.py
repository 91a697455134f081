"""Sends each source one harmless query and explains its failure.

The query reads a number that nobody has, with the source's own credentials. At an HTTP
API it is a GET of its ``base_url``.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from ivrhooks.authoring.doctor.findings import GREEN, RED, YELLOW, Finding
from ivrhooks.basics.errors import SourceError
from ivrhooks.config.plan import Configuration
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import (
    Outcome,
    Query,
    Request,
    SourceSettings,
)
from ivrhooks.sources.transport.sync import SyncTransport

MAX_WAIT = 10.0
"""Seconds in which a source has to answer the doctor."""

SKEW = 30.0
"""Seconds by which two clocks may differ."""

_CREDENTIALS = frozenset({401, 403})


async def ask_sources(
    configuration: Configuration, done: Callable[[str], None]
) -> list[Finding]:
    """Return the findings of all sources, queried side by side. ``done`` gets each
    name."""
    sources = build_sources(
        configuration.sources, shared_cache=configuration.shared_cache
    )

    async def findings_of(name: str) -> list[Finding]:
        settings = configuration.sources[name]
        findings = await _ask(settings, sources[name], slowest(configuration, name))
        done(name)
        return findings

    try:
        by_source = await asyncio.gather(*map(findings_of, configuration.sources))
    finally:
        for source in sources.values():
            await source.close()
    return [finding for findings in by_source for finding in findings]


def slowest(configuration: Configuration, source: str) -> float | None:
    """The shortest deadline of the endpoints that ask a source, in seconds."""
    deadlines = [
        plan.deadline for plan in configuration.plans.values() if source in plan.sources
    ]
    return min(deadlines, default=None)


async def _ask(
    settings: SourceSettings, source: Any, deadline: float | None
) -> list[Finding]:
    if settings.base_url and not settings.connection.proxy:  # which finds the name
        unknown = await _unknown_name(settings)
        if unknown is not None:
            return [unknown]
    query = harmless_query(settings)
    if query is None:
        return []
    started = time.monotonic()
    outcome = await source.ask(query, Deadline.after(MAX_WAIT, time.monotonic))
    seconds = time.monotonic() - started
    findings = [finding_for(settings, outcome, seconds, deadline)]
    if outcome.http is not None:  # it answers, so it can be asked for its clock
        findings += await asyncio.to_thread(_clock, settings)
    return findings


def harmless_query(settings: SourceSettings) -> Query | None:
    """Return the query with which a source is tried, or None."""
    kind = KINDS[settings.kind]
    if kind.harmless is None:
        return None
    name, params = kind.harmless
    operation = kind.operation(name)
    return Query(operation, dict(params), pick="none" if operation.entries else None)


async def _unknown_name(settings: SourceSettings) -> Finding | None:
    host = urlsplit(settings.base_url).hostname or ""
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(loop.getaddrinfo(host, None), MAX_WAIT)
    except (OSError, TimeoutError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else "no answer"
        return Finding(
            RED,
            _subject(settings),
            f"the name {host} does not resolve: {reason}",
            "check the host in base_url, and the name server of this machine",
        )
    return None


def finding_for(
    settings: SourceSettings, outcome: Outcome, seconds: float, deadline: float | None
) -> Finding:
    """Return what the outcome of the harmless query says about a source."""
    if outcome.status in ("ok", "not_found", "stale"):
        return _in_time(settings, seconds, deadline)
    subject = _subject(settings)
    message = outcome.message or outcome.status
    if outcome.status == "timeout":
        return Finding(
            RED,
            subject,
            f"no answer within {min(MAX_WAIT, settings.timeout or MAX_WAIT):g} s",
            "ask its operators why it is slow; a longer timeout only helps while the "
            "deadline leaves room",
        )
    if outcome.http is None and outcome.code != "no_token":
        return Finding(RED, subject, message, _remedy(settings, message))
    if outcome.code == "no_token" or outcome.http in _CREDENTIALS:
        return _refused_log_in(settings, outcome, message)
    return _bad_answer(settings, outcome, message)


def _subject(settings: SourceSettings) -> str:
    return f"sources.{settings.name}"


def _refused_log_in(
    settings: SourceSettings, outcome: Outcome, message: str
) -> Finding:
    if outcome.code == "no_token" and _NO_API.search(message):
        where = "base_url, and token_url where there is one"
        do = f"check {where}: {_another_page}"
        return Finding(RED, _subject(settings), message, do)
    return Finding(
        RED,
        _subject(settings),
        f"log-in or credentials are refused: {message}",
        f"check auth: of the source {settings.name}, and its environment variables",
    )


def _bad_answer(settings: SourceSettings, outcome: Outcome, message: str) -> Finding:
    """Judge an answer that is no success; where any path may be asked, the root may
    have none."""
    subject, remedy = _subject(settings), _after_answer(settings, outcome, message)
    if not KINDS[settings.kind].asks_requests or outcome.http == 503:
        return Finding(RED, subject, message, remedy)
    status = f"it answers HTTP {outcome.http} to a GET of its base_url"
    if outcome.http == 404:
        return Finding(GREEN, subject, status, _see)
    why = message.removeprefix(f"HTTP {outcome.http}").lstrip(" ,:;")
    text = f"{status}: {why}" if why else status
    return Finding(YELLOW, subject, text, remedy)


def _after_answer(settings: SourceSettings, outcome: Outcome, message: str) -> str:
    """What to do about a source that answers, and not as it should."""
    if outcome.http == 503:
        return "it is down or overloaded: ask its operators"
    if outcome.http == 429:
        return (
            f"it takes no more requests now: write rate_limit: at the source "
            f"{settings.name}, or ask its operators for a higher limit"
        )
    if outcome.http is not None and 300 <= outcome.http < 400:
        return "write where it leads in base_url; it may lead to a page for people"
    if not KINDS[settings.kind].asks_requests and _NO_API.search(message):
        return f"check base_url: {_another_page}"
    return _see


_NO_API = re.compile(r"no JSON|HTTP (?:status )?3\d\d|neither an envelope|no object")
"""What the message says where something else than the system's API has answered."""

_another_page = "what answers there is not the system's API"
_see = "see whether its lookups work: ivrhooks explain ENDPOINT name=value"


def _in_time(
    settings: SourceSettings, seconds: float, deadline: float | None
) -> Finding:
    subject = _subject(settings)
    took = f"answered after {seconds * 1000:.0f} ms"
    if deadline is not None and seconds > deadline:
        return Finding(
            RED,
            subject,
            f"{took}, later than a deadline of {deadline:g} s",
            "keep its results (cache:), or ask it from an earlier node of the flow",
        )
    if settings.timeout is not None and seconds > settings.timeout / 2:
        return Finding(
            YELLOW,
            subject,
            f"{took}, more than half of its timeout of {settings.timeout:g} s",
            "keep its results (cache:), or give it more time",
        )
    return Finding(GREEN, subject, took)


def _remedy(settings: SourceSettings, message: str) -> str:
    if "max_response" in message:
        return f"ask it for less, or raise max_response: of the source {settings.name}"
    if "the proxy" in message:
        return f"check proxy: of the source {settings.name}, and that the proxy runs"
    if "certificate" in message or "secure connection" in message:
        return _of_tls(settings, message)
    if "refused" in message.lower():
        sandbox = "127.0.0.1:8090" in settings.base_url
        if sandbox:
            return "the sandbox is not running: ivrhooks sandbox"
        return "nothing listens there: check the port in base_url, or start the system"
    if "speaks TLS" in message or "is it https://" in message:
        return "write https:// in base_url, or the port that speaks plain HTTP"
    if "no HTTP" in message:
        return "check the port in base_url: something else than HTTP listens there"
    return _see


def _of_tls(settings: SourceSettings, message: str) -> str:
    if "our client certificate" in message:
        return f"renew or replace tls: cert and key of the source {settings.name}"
    if "asked for a client certificate" in message:
        return f"write tls: cert and key of the source {settings.name}"
    if "expired" in message or "not yet valid" in message:
        return "its operators have to renew it; check this machine's date too"
    if "too old" in message:
        return "its operators have to switch on TLS 1.2 or 1.3"
    if "self-signed" in message or "issuer" in message:
        return (
            f"write the certificate of whoever signed it under tls: ca: of the source "
            f"{settings.name}"
        )
    if "mismatch" in message:
        return "write the host that the certificate names in base_url"
    if "speaks no TLS" in message:
        return "write http:// in base_url, or the port that speaks TLS"
    return "check tls: of the source (ca, cert, key), and the host's certificate"


def _clock(settings: SourceSettings) -> list[Finding]:
    """Compare this machine's clock with the source's Date header.

    Signatures, tokens and calendars depend on it.
    """
    if not settings.base_url:
        return []
    try:
        response = SyncTransport(settings.connection).send(
            Request("GET", settings.base_url), timeout=MAX_WAIT, limit=1024 * 1024
        )
    except SourceError:
        return []
    return clock_findings(response.headers, datetime.now(UTC), _subject(settings))


def clock_findings(
    headers: Mapping[str, str], now: datetime, subject: str
) -> list[Finding]:
    """Return what the ``date`` of an answer says about the clocks."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return []
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    skew = abs((theirs - now).total_seconds())
    if skew <= SKEW:
        return []
    return [
        Finding(
            YELLOW,
            subject,
            f"its clock and this machine's differ by {skew:.0f} s",
            "set both by NTP; signatures and tokens are refused by a clock that is off",
        )
    ]
