"""Decides which hosts and addresses a source may connect to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceRejected

if TYPE_CHECKING:
    from ivrhooks.sources.transport.dns import Address

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    {
        "metadata.google.internal",
        "metadata.goog",
        "instance-data.ec2.internal",
        "100.100.100.200",  # Alibaba Cloud
        "192.0.0.192",  # Oracle Cloud
        "168.63.129.16",  # Azure
        "fd00:ec2::254",  # Amazon, by IPv6
        "fd20:ce::254",  # Google, by IPv6
    }
)
"""Where clouds serve credentials to their machines, beside link-local addresses."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """``security.outbound`` for the connections of a source.

    ``hosts``: the listed hosts. None where there is no list; then only internal
    addresses are refused.
    """

    hosts: tuple[str, ...] | None = None

    def check(self, host: str) -> None:
        """Raise SourceRejected where ``host`` may not be called."""
        if self.hosts is not None and not is_allowed(host.lower(), self.hosts):
            raise SourceRejected(
                f"the host {host} is not under security.outbound",
                code="outbound",
                received=False,
            )

    def allowed(self, host: str, addresses: Sequence[Address]) -> Sequence[Address]:
        """Return the addresses of ``host`` that may be connected to.

        Raises SourceRejected where none is left, as for a name that resolves to the
        address at which a cloud serves credentials.
        """
        left = [address for address in addresses if self._may(host, address[1])]
        if left or not addresses:
            return left
        raise SourceRejected(
            f"{host} is at {addresses[0][1]}, a link-local or metadata address; where "
            "a customer system is there, list the host under security.outbound",
            code="outbound",
            received=False,
        )

    def _may(self, host: str, address: str) -> bool:
        if not is_internal(address):
            return True
        hosts = self.hosts or ()
        return is_allowed(host.lower(), hosts) or is_allowed(address, hosts)


def is_allowed(host: str, outbound: Iterable[str]) -> bool:
    """Return whether an outbound list has a host, by name or by a ``*.`` entry."""
    for allowed in outbound:
        if host == allowed.strip("[]"):
            return True
        if allowed.startswith("*.") and host.endswith(allowed[1:]):
            return True
    return False


def is_internal(host: str) -> bool:
    """Return whether a host is a link-local or metadata address."""
    if host.rstrip(".") in METADATA:
        return True
    address = address_of(host)
    if address is None:
        return False
    return address.is_link_local or str(address) in METADATA


def address_of(host: str) -> IpAddress | None:
    """Return the address that a host stands for without a name service, or None.

    It knows every notation that resolvers accept (``2852039166``, ``0xa9fea9fe``).
    """
    text = host.strip("[]").partition("%")[0]
    try:
        address: IpAddress = ipaddress.ip_address(text)
    except ValueError:
        try:
            address = ipaddress.IPv4Address(socket.inet_aton(text))
        except (OSError, ValueError, UnicodeError):
            return None
    return getattr(address, "ipv4_mapped", None) or address
