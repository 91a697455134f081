"""Compiles ``sources:`` to the settings of each source, ready for its client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ivrhooks.basics.people.personal import KINDS as PII_KINDS
from ivrhooks.config.compile.access.security import host_of
from ivrhooks.config.compile.source.connection import (
    address_secrets,
    compile_connection,
)
from ivrhooks.config.compile.source.section import (
    SourceContext,
    SourceSection,
    basic_secrets,
    load_part,
    secret_texts,
    warn_of_literals_in,
)
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location, listed, nearest
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.sources import SourceEntry
from ivrhooks.config.templates.compile import is_template
from ivrhooks.sources.interface import BreakerSettings, Operation, SourceSettings
from ivrhooks.sources.kind import HTTP_KEYS, Kind

SANDBOX_VARIABLE = "IVRHOOKS_SANDBOX_URL"
SANDBOX_URL = "http://127.0.0.1:8090"
_TWINS = {
    "url": "base_url",
    "base_url": "url",
    "query": "queries",
    "queries": "query",
    "paths": "file",
}
"""Keys of one kind that are easily mistaken for a key of another kind."""
_MEANT_KINDS = {
    **dict.fromkeys(("rest", "api", "https", "web", "webhook", "soap", "xml"), "http"),
    **dict.fromkeys(("csv", "file", "yaml", "json", "excel", "lookup_table"), "table"),
    **dict.fromkeys(("mysql", "mariadb", "postgresql", "postgres"), "sql"),
    **dict.fromkeys(("sqlite", "database", "db", "mssql", "oracle"), "sql"),
}
"""Words for what a kind is, with its name."""


@dataclass(frozen=True, slots=True)
class CompiledSource:
    """A compiled source, its kind, and the hosts that it calls.

    ``sandbox``: its address is that of the sandbox, which whoever starts the server
    chooses. ``phone``: the form in which it takes telephone numbers.
    """

    settings: SourceSettings
    kind: Kind
    hosts: tuple[tuple[str, str], ...]  # (key in the file, host)
    source_context: SourceContext
    sandbox: bool = False
    phone: str | None = None

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations of the source; the first is the default."""
        return self.settings.operations or self.kind.operations


def compile_source(
    name: str,
    entry: SourceEntry,
    location: Location,
    kinds: Mapping[str, Kind],
    environ: Mapping[str, str],
    source_context: SourceContext,
) -> CompiledSource | None:
    """Compile one source; None where its kind is unknown."""
    _check_name(name, location)
    kind = kinds.get(entry.kind)
    if kind is None:
        _refuse_kind(entry.kind, kinds, location.at("kind"))
        return None
    if not _check_keys(entry, kind, kinds, location):
        return None
    section = SourceSection(name, location, source_context, entry=entry)
    url, sandbox = _base_url(entry.base_url, kind, environ, location.at("base_url"))
    cache = entry.cache
    options = kind.compile(section) if kind.compile is not None else None
    if kind.compile is not None and options is None:
        return None  # already reported
    settings = SourceSettings(
        name=name,
        kind=kind.name,
        base_url=url,
        auth=_auth(entry, kind, location.at("auth")),
        paths=_paths(entry, kind, location.at("paths")),
        timeout=entry.timeout,
        retries=entry.retries,
        cache=cache.compiled() if cache and cache.fresh else None,
        breaker=BreakerSettings(entry.breaker.failures, entry.breaker.reset),
        max_concurrent=entry.max_concurrent or kind.max_concurrent,
        max_response=entry.max_response,
        empty=kind.empty if entry.empty is None else ("", *entry.empty),
        pii=_pii(entry, kind, location.at("pii")),
        options=options,
        operations=kind.describe(options) if kind.describe and options else (),
        secrets=tuple(dict.fromkeys(_secret_texts(entry))),
        connection=compile_connection(entry, url, sandbox, source_context, location),
    )
    check_cache(entry, location)
    called = tuple(_called_hosts(url, entry))
    phone = _phone(entry, location)
    return CompiledSource(settings, kind, called, source_context, sandbox, phone)


def _refuse_kind(word: str, kinds: Mapping[str, Kind], location: Location) -> None:
    """Report a kind that is none; a missing one is reported already."""
    if not word:
        return
    meant = _MEANT_KINDS.get(word.lower(), "")
    hint = f" (did you mean `{meant}`?)" if meant in kinds else nearest(word, kinds)
    location.error(f"no kind `{word}`{hint}; write one of {listed(kinds)}")


def _phone(entry: SourceEntry, location: Location) -> str | None:
    """Return the form of telephone numbers. An unknown form is reported."""
    unread = entry.phone is None and location.at("phone").has()
    return "digits" if unread else entry.phone


def _check_keys(
    entry: SourceEntry, kind: Kind, kinds: Mapping[str, Kind], location: Location
) -> bool:
    """Report keys of other kinds, warn of literal secrets, and return whether to go
    on."""
    owners: dict[str, list[str]] = {}
    for other_kind in kinds.values():
        own = (*other_kind.keys, *(HTTP_KEYS if other_kind.client is not None else ()))
        for key in own:
            owners.setdefault(key, []).append(other_kind.name)
    foreign = [key for key, names in owners.items() if kind.name not in names]
    written = [key for key in foreign if location.at(key).has()]
    mine = {key for key, names in owners.items() if kind.name in names}
    swapped = [
        key
        for key in written
        if _TWINS.get(key) in mine and not location.at(_TWINS[key]).has()
    ]
    if not swapped and kind.client is not None and not location.at("base_url").has():
        location.at("base_url").error(
            "is missing; write base_url: https://host/path, or the word sandbox"
        )
    for key in ("headers", "query"):
        warn_of_literals_in(getattr(entry, key), location.at(key))
    for key in written:
        cure = f"write `{_TWINS[key]}`" if key in swapped else "remove it"
        location.at(key).misplaced(
            f"`{key}` is not for kind {kind.name} but for {', '.join(owners[key])}; "
            f"{cure}"
        )
    return not swapped


def check_cache(entry: Any, location: Location) -> None:
    """Report a ``stale`` that is shorter than ``fresh``."""
    cache = entry.cache
    if cache is not None and cache.stale is not None and cache.stale < cache.fresh:
        location.at("cache", "stale").error(
            "stale is shorter than fresh, and both count from the same moment; write "
            "a longer stale, or leave it out"
        )


def _check_name(name: str, location: Location) -> None:
    if not name.strip() or any(sign.isspace() for sign in name):
        location.error(
            f"the name {name!r} of a source has blanks; write one word", key=True
        )


def _base_url(
    text: str, kind: Kind, environ: Mapping[str, str], location: Location
) -> tuple[str, bool]:
    url = text.strip()
    if url == "sandbox":
        base = environ.get(SANDBOX_VARIABLE) or SANDBOX_URL
        return f"{base.rstrip('/')}/{kind.name}", True
    if not url:
        return "", False
    problem = _url_problem(url)
    if problem:
        advice = "" if "; write" in problem else f"; write {_better_url(text)}"
        location.error(f"{problem}{advice}, or the word sandbox")
    elif address_secrets(url) and not isinstance(text, Interpolated):
        location.plain_secret()
    return url.rstrip("/"), False


def _better_url(text: str) -> str:
    """Suggest an address with the part that it lacks, where that is clear."""
    host = re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?", text.strip())
    plain = host is not None and not isinstance(text, Interpolated)
    return f"https://{text.strip()}" if plain else "https://host/path"


def _url_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return "this is no address"
    if url.startswith("$"):
        return f"`{url}` is not filled in; write ${{{url[1:]}}}"
    if parts.scheme not in ("http", "https"):
        return "this address does not begin with http:// or https://"
    if parts.query or parts.fragment or is_template(url):
        return "a base address has no query, fragment or template"
    if not parts.hostname or not port_ok or any(sign.isspace() for sign in url):
        return "this is no address"
    return ""


def _called_hosts(url: str, entry: SourceEntry) -> Iterator[tuple[str, str]]:
    yield "base_url", host_of(url)
    auth = entry.auth if isinstance(entry.auth, Mapping) else {}
    oauth = auth.get("oauth2")
    for part in (auth, oauth if isinstance(oauth, Mapping) else {}):
        if isinstance(part.get("token_url"), str):
            yield "auth", host_of(part["token_url"])


def _auth(entry: SourceEntry, kind: Kind, location: Location) -> Any:
    absent = entry.auth is Absent or entry.auth is None
    if kind.auth is None or (absent and not kind.needs_auth):
        return None
    if absent:
        missing = kind.auth().validate({})
        shown = ", ".join(f"{key}: …" for key in missing)
        choice = missing.get("_schema", [f"write auth: {{{shown}}}"])
        location.error(f"is missing; {choice[0]}", key=True)
        return None
    auth = entry.auth
    if not isinstance(auth, Mapping):
        location.error("write a mapping of credentials: {api_key: …}")
        return None
    _check_token_url(auth, location)
    if isinstance(auth.get("oauth2"), Mapping):
        _check_token_url(auth["oauth2"], location.at("oauth2"))
    return load_part(kind.auth(), auth, location)


def _check_token_url(section: Mapping[str, Any], location: Location) -> None:
    """Report a ``token_url`` that begins like a URL but is none; the schema reports the
    other mistakes."""
    url = section.get("token_url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return
    problem = _url_problem(url.partition("?")[0])
    if not problem and "@" in urlsplit(url).netloc:
        problem = "credentials do not belong in this address"
    if problem:
        location.at("token_url").error(f"{problem}; write https://host/path")


def _secret_texts(entry: SourceEntry) -> Iterator[str]:
    """Yield the texts of a source's credentials: filled-in values and values of secret
    keys."""
    for part in (entry.auth, entry.sign, entry.headers, entry.query, entry.url):
        yield from secret_texts("", part)
    yield from basic_secrets(entry.auth)
    yield from address_secrets(entry.base_url)
    yield from basic_secrets(_user_of(entry.base_url))
    yield from address_secrets(entry.proxy)


def _user_of(url: str) -> Mapping[str, str]:
    """Return the user and password that the client sends from an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return {}
    if not parts.password:
        return {}
    user = unquote(parts.username or "")
    return {"username": user, "password": unquote(parts.password)}


def _paths(entry: SourceEntry, kind: Kind, location: Location) -> Mapping[str, str]:
    known = {operation.name: operation for operation in kind.operations}
    paths: dict[str, str] = {}
    for name, path in entry.paths.items():
        at = location.at(name)
        if name not in known or not known[name].path:
            at.error(
                f"kind {kind.name} has no operation `{name}` with a path"
                f"{nearest(name, known)}; operations: {listed(known)}",
                key=True,
            )
        elif not isinstance(path, str) or not path.startswith("/") or "?" in path:
            at.error("a path begins with / and has no query; write /crm/query")
        else:
            paths[str(name)] = str(path)
    return paths


def _pii(entry: SourceEntry, kind: Kind, location: Location) -> Mapping[str, str]:
    """Return the personal-data kinds of fields that no operation describes."""
    if entry.pii and not kind.unknown_fields:
        location.error(
            f"`pii` is for sources whose fields are not known; those of kind "
            f"{kind.name} have their kinds already; remove it",
            key=True,
        )
        return {}
    kinds: dict[str, str] = {}
    for name, pii in entry.pii.items():
        if pii in PII_KINDS:
            kinds[str(name)] = str(pii)
        else:
            location.at(name).error(
                f"no kind `{pii}` of a field{nearest(str(pii), PII_KINDS)}; write one "
                f"of {listed(PII_KINDS)}"
            )
    return kinds
