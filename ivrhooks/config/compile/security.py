"""``security:`` -> who may ask, how much, and which hosts sources may call."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ivrhooks.config.plan import HmacSettings, Security
from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.settings import HmacEntry, SecurityEntry

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")


def compile_security(
    entry: SecurityEntry, location: Location, above: Security | None = None
) -> Security:
    """What is written here over what is written above."""
    base = above or Security()
    return Security(
        allow_ips=_networks(entry.allow_ips, location.at("allow_ips"), base.allow_ips),
        trusted_proxies=_networks(
            entry.trusted_proxies, location.at("trusted_proxies"), base.trusted_proxies
        ),
        hmac=_hmac(entry.hmac, location.at("hmac")) or base.hmac,
        max_body=base.max_body if entry.max_body is None else entry.max_body,
        rate_limit=entry.rate_limit or base.rate_limit,
        outbound=_hosts(entry.outbound, location.at("outbound"), base.outbound),
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


def _hmac(entry: HmacEntry | None, location: Location) -> HmacSettings | None:
    if entry is None or not entry.header or not entry.secret:
        return None
    if not _TOKEN.fullmatch(entry.header):
        location.at("header").error(
            f"`{entry.header}` is no header name (a `_` is dropped by web servers); "
            "write X-Signature"
        )
    if not isinstance(entry.secret, Interpolated):
        location.at("secret").warning(
            'a secret is written here in plain text; write "${NAME}" and set it in '
            "the environment"
        )
    return HmacSettings(entry.header, str(entry.secret), entry.tolerance)


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
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return bool(_HOST.fullmatch(host))
    return True


def host_of(url: str) -> str:
    """The host of a URL, lower case; "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def is_allowed(host: str, outbound: Iterable[str]) -> bool:
    """Whether a host stands in an outbound list: itself, or by ``*.`` and its end."""
    for allowed in outbound:
        if host == allowed.strip("[]"):
            return True
        if allowed.startswith("*.") and host.endswith(allowed[1:]):
            return True
    return False
