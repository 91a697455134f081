"""Reports what a configuration leaves open to other machines.

These are not mistakes in the files. ``check`` warns of them, ``check --strict`` refuses
them, and a server that listens on an address other than loopback prints them at its
start.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from ivrhooks.config.compile.access.security import host_of
from ivrhooks.config.compile.endpoint import SharedConfig
from ivrhooks.config.compile.source.sources import CompiledSource
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan, Security
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.sources.transport.outbound import address_of, is_allowed, is_internal


def check_exposure(
    entry: RootEntry,
    shared_config: SharedConfig,
    plans: Sequence[tuple[Plan, Location]],
    location: Location,
) -> None:
    """Report everything that the configuration leaves open."""
    if entry.console.allow_remote:
        location.at("console", "allow_remote").exposure(
            "the console is open to other machines, to whoever has its token; write "
            "false, and reach it by an SSH tunnel"
        )
    _check_networks(shared_config.security, location.at("security"))
    for name, compiled_source in shared_config.compiled_sources.items():
        at = location.at("sources", name)
        written = entry.security.outbound or ()
        _check_credentials(compiled_source, at)
        _check_internal(compiled_source, written, at)
    for plan, at in plans:
        _check_endpoint(plan, shared_config.security, at)


# ------------------------------------------------------------------- who may ask


def _check_endpoint(plan: Plan, above: Security, location: Location) -> None:
    security = plan.security
    if security.allow_ips != above.allow_ips:
        _check_networks(security, location.at("security"))
    open_to_all = not security.allow_ips or _is_everybody(security.allow_ips)
    if (
        open_to_all
        and not security.schemes
        and not any(map(_protects, (*plan.headers, *plan.inputs)))
    ):
        name = location.at("endpoint")
        # The System API has no name and no parameters of its own.
        ways = ", a header or input with `secret` and `equals`," if name.has() else ""
        (name if name.has() else location).exposure(
            "nothing protects this endpoint, whoever reaches it is answered; write "
            f"security.hmac{ways} or security.allow_ips"
        )
    if len(security.schemes) > 1:
        location.at("security").exposure(
            "a data request needs both signatures here, `hmac` and `twilio`, which no "
            "caller makes; write null for one of them"
        )
    hmac = security.hmac
    covered = hmac is None or "query" in hmac.of or "body" in hmac.of
    if hmac is not None and plan.method == "GET":
        covered = "query" in hmac.of
    if not covered:
        location.at("security", "hmac").exposure(
            "the signature covers no input of this endpoint, so that anybody can "
            "change them; write `of` with {{ query }} or {{ body }}"
        )


def _protects(parameter: Parameter) -> bool:
    """Return whether nobody is answered without knowing what a parameter must be.

    A list of values or a pattern out of ``${…}`` protects nothing where the parameter
    may be left out.
    """
    return (
        parameter.secret
        or "equals" in parameter.hidden
        or (parameter.required and bool(parameter.hidden))
    )


def _check_networks(security: Security, location: Location) -> None:
    for key in ("allow_ips", "trusted_proxies"):
        networks: tuple[str, ...] = getattr(security, key)
        if not _is_everybody(networks):
            continue
        what = "are everybody" if key == "allow_ips" else "are trusted, everybody,"
        end = "" if key == "allow_ips" else " to say whose address they pass on"
        location.at(key).exposure(
            f"these addresses {what}{end}; write the networks of those who call"
        )


def _is_everybody(networks: Iterable[str]) -> bool:
    """Return whether the networks cover all IPv4 or all IPv6 addresses."""
    parsed = [ipaddress.ip_network(text, strict=False) for text in networks]
    for version in (ipaddress.IPv4Network, ipaddress.IPv6Network):
        own = [network for network in parsed if isinstance(network, version)]
        whole = list(ipaddress.collapse_addresses(own))  # type: ignore[type-var]
        if any(network.prefixlen == 0 for network in whole):
            return True
    return False


# --------------------------------------------------------------- what is called


_USER = re.compile(r"[^/]*//[^/?#]*@")
"""Matches an address that holds a user."""


def _check_credentials(compiled_source: CompiledSource, location: Location) -> None:
    """Report credentials that would cross the network unencrypted, over plain http."""
    settings = compiled_source.settings
    in_address = _USER.match(settings.base_url) is not None
    if (settings.auth is None and not in_address) or compiled_source.sandbox:
        return
    if _is_plain(settings.base_url):
        location.at("base_url").exposure(
            "the credentials of this source go over plain http, and whoever is on the "
            "way reads them; write https://"
        )
    token_url = getattr(settings.auth, "token_url", None) or getattr(
        getattr(settings.auth, "oauth2", None), "token_url", None
    )
    if isinstance(token_url, str) and _is_plain(token_url):
        location.at("auth").exposure(
            "the credentials of this source go to token_url over plain http; write "
            "https://"
        )


def _is_plain(url: str) -> bool:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return False  # not a URL, which is reported elsewhere
    return scheme == "http" and not is_loopback(host_of(url))


def _check_internal(
    compiled_source: CompiledSource, outbound: Iterable[str], location: Location
) -> None:
    """Report a source at a link-local or metadata address.

    Cloud machines read their own credentials there. It is an error unless
    ``security.outbound`` lists the address.
    """
    for key, host in compiled_source.hosts:
        if compiled_source.sandbox or not is_internal(host):
            continue
        if is_allowed(host, [text.strip().lower() for text in outbound]):
            location.at(key).exposure(
                "this is a link-local or metadata address, at which a cloud tells its "
                "machines their credentials; take it out of security.outbound unless "
                "a customer system is there"
            )
        else:
            location.at(key).error(
                "this is a link-local or metadata address; write the address of the "
                "customer system, or list this one under security.outbound in "
                "ivrhooks.yaml"
            )


def is_loopback(host: str) -> bool:
    """Return whether a host name or address means this machine itself."""
    if host.rstrip(".") == "localhost" or host.endswith(".localhost"):
        return True
    address = address_of(host)
    return address is not None and address.is_loopback
