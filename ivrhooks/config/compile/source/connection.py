"""Compiles how a source is reached: certificates, proxy, rate limit, allowed hosts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from ivrhooks.config.compile.access.security import host_of
from ivrhooks.config.compile.source.section import SourceContext
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.sources import SourceEntry, TlsEntry
from ivrhooks.sources.connection_settings import ConnectionSettings, TlsSettings
from ivrhooks.sources.transport.proxy import ENVIRONMENT, read_proxy
from ivrhooks.sources.transport.tls import TlsProblem, tls_context


def compile_connection(
    entry: SourceEntry,
    url: str,
    sandbox: bool,
    source_context: SourceContext,
    location: Location,
) -> ConnectionSettings:
    """Return the connection settings.

    The host of the sandbox is never listed as allowed: whoever starts the server
    chooses it.
    """
    rate = entry.rate_limit
    return ConnectionSettings(
        tls=_tls(entry.tls, url, source_context.folder, location.at("tls")),
        proxy=_proxy(entry.proxy, location.at("proxy")),
        rate_limit=rate.count / rate.seconds if rate else None,
        request_id=entry.request_id is None,
        outbound=(host_of(url),) if sandbox else source_context.outbound,
    )


def _tls(
    entry: TlsEntry | None, url: str, folder: Path, location: Location
) -> TlsSettings | None:
    """Read the certificate files once, so that an unreadable one is reported at
    load."""
    if entry is None:
        return None
    files = (entry.ca, entry.cert, entry.key)
    settings = TlsSettings(*(str(folder / file) if file else "" for file in files))
    if not any(files):
        if location.value() in ({}, None):  # anything else is already reported
            location.error("this is empty; write tls: {ca: ca.pem}, or leave it out")
        return None
    if url.lower().startswith("http://"):
        location.warning(
            "base_url begins with http://, so nothing is encrypted and no certificate "
            "is asked for; write https://"
        )
    try:
        tls_context(settings)
    except TlsProblem as problem:
        location.at(problem.key).error(str(problem))
        return None
    return settings


def _proxy(text: str, location: Location) -> str:
    url = text.strip()
    if not url or url == ENVIRONMENT:
        return url
    try:
        if url.isalpha():  # a misspelt `environment`, more likely than a host
            raise ValueError("this is no address of a proxy")
        proxy = read_proxy(url)
    except ValueError as problem:
        location.error(
            f"{problem}; write http://proxy.example.com:3128, or the word environment"
        )
        return ""
    if proxy.authorization and not isinstance(text, Interpolated):
        location.plain_secret()
    return url


def address_secrets(text: str) -> tuple[str, ...]:
    """Return the password in an address, decoded and as written."""
    try:
        password = urlsplit(text).password
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()
