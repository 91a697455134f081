"""Declares the keys of a source, below ``sources:`` of the root file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.config.plan import RateLimit
from ivrhooks.config.reading.report import choice
from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import Absent, section, setting
from ivrhooks.config.schema.fields import (
    Any_,
    Integer,
    Nested,
    OneOf,
    Text,
    Texts,
    Values,
    duration,
    needs,
    rate,
    size,
)
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import CacheSettings


@section("`cache:` of a source or a lookup", slips.CACHE)
@dataclass(frozen=True, slots=True)
class CacheEntry:
    """``cache:`` as written; an absent ``stale`` equals ``fresh``."""

    fresh: float = setting(
        duration(**needs("fresh: 30s")),
        0.0,
        "How long a result is used without asking again.",
    )
    stale: float | None = setting(
        duration(),
        None,
        "How long it may be used if the source fails, counted from the same moment.",
        usual="as `fresh`",
    )

    def compiled(self) -> CacheSettings:
        """Return the settings with ``stale`` filled in."""
        return CacheSettings(self.fresh, max(self.fresh, self.stale or self.fresh))


@section("`breaker:` of a source", slips.BREAKER)
@dataclass(frozen=True, slots=True)
class BreakerEntry:
    """``breaker:`` as written."""

    failures: int = setting(
        Integer(1), 5, "The number of failures in a row after which it opens."
    )
    reset: float = setting(
        duration(), 10.0, "How long the source is not asked; then one request tries it."
    )


@section("`tls:` of a source", slips.TLS)
@dataclass(frozen=True, slots=True)
class TlsEntry:
    """``tls:`` of a source as written; files are relative to the root file."""

    ca: str = setting(
        Text(blank=False),
        "",
        "A PEM file with the trusted authorities, in place of the system's; relative "
        "to the root file.",
        usual="the system's",
    )
    cert: str = setting(
        Text(blank=False), "", "The client certificate, for a server that asks for one."
    )
    key: str = setting(
        Text(blank=False),
        "",
        "Its private key, without a passphrase.",
        usual="as `cert`",
    )


@section("A source, under `sources:`", slips.SOURCE)
@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source as written. ``auth`` is still the plain mapping of the file."""

    kind: str = setting(
        Text(
            blank=False,
            **needs(f"kind: {choice(KINDS)}"),
        ),
        "",
        "The software of the system. See [the operations](operations.md).",
    )
    base_url: str = setting(
        Text(blank=False),
        "",
        "The URL of its API. The word `sandbox` means the sandbox.",
        usual="needed",
    )
    auth: Any = setting(Any_(), Absent, "The credentials. See below.", usual="by kind")
    paths: Mapping[str, str] = setting(
        Values(),
        dict,
        "Paths of operations, if those of your account differ from the built-in ones.",
        usual="built in",
    )
    timeout: float | None = setting(
        duration(),
        None,
        "The time limit of one try, for the whole exchange.",
        usual="what is left of the deadline",
    )
    retries: int = setting(
        Integer(0, 10),
        0,
        "How often a failed request is repeated: reads only, only if nothing was "
        "received, and only while the deadline leaves time.",
    )
    cache: CacheEntry | None = setting(
        Nested(CacheEntry),
        None,
        "How long results are cached.",
        usual="nothing is kept",
    )
    breaker: BreakerEntry = setting(
        Nested(BreakerEntry),
        BreakerEntry(),
        "When the circuit breaker stops requests to the source.",
        usual="see below",
    )
    max_concurrent: int | None = setting(
        Integer(1, 100_000),
        None,
        "Requests at the same time, in each worker process.",
        usual="64; kind sql: 8",
    )
    max_response: int = setting(
        size(), 1024 * 1024, "The largest body of an answer; a larger one is an error."
    )
    rate_limit: RateLimit | None = setting(
        rate(),
        None,
        "Requests to it, `20/s` or `1000/m`, for each process, or for all together "
        "with `shared_cache`. A lookup waits up to 50 ms for its turn, then it is "
        "`busy`.",
    )
    tls: TlsEntry | None = setting(
        Nested(TlsEntry),
        None,
        "A CA and a client certificate of its own. Verification cannot "
        "be switched off.",
        usual="the system's authorities",
    )
    proxy: str = setting(
        Text(blank=False),
        "",
        "An HTTP proxy, `http://proxy.example.com:3128` (CONNECT for https); "
        "`environment` uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
        repr=False,
    )
    request_id: str | None = setting(
        OneOf("none"),
        None,
        "`none` leaves out the header X-Request-Id, which names the data request.",
        usual="sent",
    )
    phone: str | None = setting(
        OneOf("e164", "national", "digits"),
        None,
        "The form (`e164`, `national` or `digits`) in which `{{ inputs.tel }}` "
        "without a filter is sent to this source. A number that has no such form is "
        "sent as its digits.",
        usual="digits",
    )
    empty: tuple[str, ...] | None = setting(
        Texts(),
        None,
        'Words that mean "no value" in this source.',
        usual='`[""]`; bangwo8 also `0000-00-00`',
    )
    headers: Any = setting(
        Any_(),
        None,
        "Kind http. Headers of every request; those of a request override them.",
    )
    query: Any = setting(
        Any_(),
        None,
        "Kind http. Query parameters of every request; those of a request override "
        "them.",
    )
    sign: Any = setting(
        Any_(),
        None,
        "Kind http. A signature made anew for each try. See [Any HTTP "
        "API](../systems/http.md#signatures).",
    )
    answer: Any = setting(
        Any_(),
        None,
        "Kind http. The type of its answers: json, xml or text.",
        usual="json",
    )
    not_found: Any = setting(
        Any_(),
        None,
        'Kind http. A template that is true for an answer that means "not found"; '
        "evaluated first.",
    )
    success: Any = setting(
        Any_(),
        None,
        "Kind http. A template that is true for a good answer: "
        "`response.status`, `.headers`, `.text`, `.json`, `.xml`.",
        usual="2xx",
    )
    pii: Mapping[str, Any] = setting(
        Values(),
        dict,
        "What each field of the results is, `{mobile: phone, nick: "
        "name}`: phone, name, email, id, text or none. So it is shown "
        "in logs and on pages.",
        usual="free text",
    )
    result: Any = setting(
        Any_(),
        None,
        "Kind http. JMESPath of the part of the answer that templates see.",
        usual="the whole answer",
    )
    pick: Any = setting(
        Any_(),
        None,
        "Kind http. `first`: the first entry of a list.",
        usual="the whole list",
    )
    file: Any = setting(
        Any_(),
        None,
        "Kind table. The file with the rows, relative to `ivrhooks.yaml`.",
        usual="needed",
    )
    url: Any = setting(
        Any_(),
        None,
        "Kind sql. A SQLAlchemy URL; a SQLite file is relative to `ivrhooks.yaml`.",
        usual="needed",
    )
    queries: Any = setting(
        Any_(),
        None,
        "Kind sql. The reading queries, by name; their `:names` are their parameters.",
        usual="needed",
    )
    key: Any = setting(
        Any_(),
        None,
        "Kind table. The columns that can be searched, and how: `{phone: phone, code:"
        " text, prefix: prefix}`.",
        usual="needed",
    )
