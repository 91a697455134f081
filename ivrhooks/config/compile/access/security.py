"""Compiles ``security:``: who may ask, how often, and which hosts sources may call."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from ivrhooks.config.compile.access.signatures import compile_hmac, compile_twilio
from ivrhooks.config.plan import Security
from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.security import SecurityEntry

Entry = TypeVar("Entry")
Made = TypeVar("Made")

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*", re.ASCII)


def compile_security(
    entry: SecurityEntry, location: Location, above: Security | None = None
) -> Security:
    """Merge this ``security:`` with the one above it; the keys of this one win."""
    base = above or Security()
    if above is not None:
        _refuse_roots_own(entry, location)
    return Security(
        allow_ips=_networks(entry.allow_ips, location.at("allow_ips"), base.allow_ips),
        trusted_proxies=_networks(
            entry.trusted_proxies, location.at("trusted_proxies"), base.trusted_proxies
        ),
        hmac=_switched(
            entry.hmac, base.hmac, partial(compile_hmac, location=location.at("hmac"))
        ),
        twilio=_switched(
            entry.twilio,
            base.twilio,
            partial(compile_twilio, location=location.at("twilio")),
        ),
        max_body=base.max_body if entry.max_body is None else entry.max_body,
        rate_limit=entry.rate_limit or base.rate_limit,
        outbound=_hosts(entry.outbound, location.at("outbound"), base.outbound),
    )


def _switched(
    entry: Entry | Literal[False] | None,
    above: Made | None,
    make: Callable[[Entry], Made | None],
) -> Made | None:
    """Return what ``make`` builds from ``entry``.

    Return None where the key is switched off with null, and ``above`` where it is
    absent.
    """
    if entry is None:
        return above
    return None if entry is False else make(entry)


def _refuse_roots_own(entry: SecurityEntry, location: Location) -> None:
    for key in ("trusted_proxies", "outbound"):
        if getattr(entry, key) is not None:
            location.at(key).error(
                f"`{key}` holds for the whole server; write it under `security` in "
                "ivrhooks.yaml",
                key=True,
            )


def _networks(
    texts: tuple[str, ...] | None, location: Location, above: tuple[str, ...]
) -> tuple[str, ...]:
    if texts is None:
        return above
    networks = []
    for index, text in enumerate(texts):
        try:
            networks.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            location.at(index).error(
                f"{as_written(text)!r} is no address or network; write 10.0.0.0/8 or "
                "192.0.2.7"
            )
    return tuple(networks)


def _hosts(
    texts: tuple[str, ...] | None, location: Location, above: tuple[str, ...]
) -> tuple[str, ...]:
    if texts is None:
        return above
    hosts = []
    for index, text in enumerate(texts):
        host = text.strip().lower()
        if _is_host(host):
            hosts.append(host)
        else:
            location.at(index).error(
                f"{as_written(text)!r} is no host; write crm.example.com or "
                '"*.example.com", without scheme, port and path'
            )
    return tuple(hosts)


def _is_host(host: str) -> bool:
    inside = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ipaddress.ip_address(inside)
    except ValueError:
        return bool(_HOST.fullmatch(host))
    return True


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, or "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
