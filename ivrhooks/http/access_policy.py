"""Judges each data request before the engine gets it: callers, rate and body size.

A policy is compiled for each endpoint when a configuration is loaded.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Configuration, Plan, RateLimit
from ivrhooks.http.request import HttpRequest
from ivrhooks.languages.catalogue import because
from ivrhooks.resilience.deadline import Clock

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared

MAX_ADDRESSES = 10_000

Network = IPv4Network | IPv6Network


class Bucket:
    """What one address has left of a rate limit at the time ``at``."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left = left
        self.at = at


class RateLimiter:
    """A token bucket for each address, counted in this process only.

    At most ``size`` addresses are remembered; the one unused for longest is removed
    first.
    """

    def __init__(
        self, limit: RateLimit, clock: Clock, size: int = MAX_ADDRESSES
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str) -> float:
        """Count one request and return the seconds until one would be accepted; 0.0
        where this one is."""
        now, limit = self._clock(), self._limit
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._remember(address, now)
        refill = (now - bucket.at) * limit.count / limit.seconds
        bucket.left, bucket.at = min(limit.at_once, bucket.left + refill), now
        self._buckets.move_to_end(address)
        # Not 1.0: a sum of fractions may be slightly below it.
        if bucket.left >= 1.0 - 1e-9:
            bucket.left -= 1.0
            return 0.0
        return (1.0 - bucket.left) * limit.seconds / limit.count

    def _remember(self, address: str, now: float) -> Bucket:
        while len(self._buckets) >= self._size:
            self._buckets.popitem(last=False)
        bucket = self._buckets[address] = Bucket(self._limit.at_once, now)
        return bucket


class SharedRateLimiter:
    """Counts across all processes of all servers that share a Redis.

    Where Redis does not answer in time, each process counts for itself. ``scope``: the
    name of what is counted together.
    """

    def __init__(
        self, limit: RateLimit, shared: Shared, scope: str, own: RateLimiter
    ) -> None:
        self.own = own
        self._limit = limit
        self._shared = shared
        self._scope = scope

    async def take(self, address: str) -> float:
        """Count one request as RateLimiter does, within the time limit of a Redis
        command."""
        limit = self._limit
        who = ("rate", self._scope, limit.count, limit.seconds, address)
        per_second = limit.count / limit.seconds
        wait = await self._shared.take(*who, at_once=limit.at_once, rate=per_second)
        return self.own.take(address) if wait is None else wait


class AccessPolicy:
    """The checks of one endpoint, in the order in which they are made.

    ``is_open``: every caller may ask, without a rate limit and without a signature.
    """

    def __init__(
        self,
        plan: Plan,
        limiter: RateLimiter | SharedRateLimiter | None,
        now: Callable[[], float] = seconds_since_1970,
    ) -> None:
        self.methods = ("GET", "HEAD") if plan.method == "GET" else (plan.method,)
        self._allowed = _networks(plan.security.allow_ips)
        self._proxies = _networks(plan.security.trusted_proxies)
        self.shared = limiter if isinstance(limiter, SharedRateLimiter) else None
        self._limiter = (
            limiter.own if isinstance(limiter, SharedRateLimiter) else limiter
        )
        self.max_body = plan.security.max_body
        self._schemes = plan.security.schemes
        self._now = now
        self.is_open = not (self._allowed or limiter or self._schemes)

    def refuse_method(self, method: str) -> ContractError | None:
        """Return a 405, or None."""
        if method in self.methods:
            return None
        return ContractError(
            "method_not_allowed",
            because("method", method=method, wanted=self.methods[0]),
            headers={"Allow": ", ".join(self.methods)},
        )

    def too_large(self) -> ContractError:
        """Return a 413, for the reader of the body."""
        return ContractError("too_large", because("large_body", count=self.max_body))

    async def count(self, request: HttpRequest) -> float | None:
        """Count the request across all processes and return the seconds until one would
        be accepted; None where it is not counted so."""
        caller = self._caller_of(request)
        if self.shared is None or (
            self._allowed and not _within(caller, self._allowed)
        ):
            return None
        return await self.shared.take(caller)

    def refuse_caller(
        self, request: HttpRequest, wait: float | None = None
    ) -> ContractError | None:
        """Return a 403, else a 429, else a 401 for a signature, or None.

        Counts the request, unless ``wait`` holds the result of counting. Returns None
        always where the policy ``is_open``, so the call can be omitted then.
        """
        caller = self._caller_of(request)
        if self._allowed and not _within(caller, self._allowed):
            return ContractError("forbidden", because("address"))
        if wait is None:
            wait = 0.0 if self._limiter is None else self._limiter.take(caller)
        if wait > 0.0:
            return ContractError(
                "too_many_requests",
                because("too_many"),
                headers={"Retry-After": str(max(1, math.ceil(wait)))},
            )
        return self.refuse_signature(request)

    def refuse_signature(self, request: HttpRequest) -> ContractError | None:
        """Return a 401 where the data request, as received, lacks a required
        signature."""
        for scheme in self._schemes:
            problem = scheme.problem(request, self._now())
            if problem is not None:
                return ContractError("unauthorized", problem)
        return None

    def _caller_of(self, request: HttpRequest) -> str:
        forwarded = request.headers.get("x-forwarded-for") or ""
        return self.caller(request.peer, forwarded)

    def caller(self, peer: str, forwarded: str) -> str:
        """Return the address of the caller: the peer, or where that is a trusted proxy,
        the last address in X-Forwarded-For that is not one."""
        address = peer
        hops = forwarded.split(",") if forwarded else []
        while hops and _within(address, self._proxies):
            address = _without_port(hops.pop().strip())
        return address


def build_policies(
    configuration: Configuration, clock: Clock, shared: Shared | None = None
) -> dict[str, AccessPolicy]:
    """Return the access policies of all plans by path.

    Endpoints with the root's rate limit share one count; an endpoint with its own limit
    is counted separately. ``shared``: the Redis at which all processes count together.
    """

    def limiter_of(
        limit: RateLimit | None, scope: str
    ) -> RateLimiter | SharedRateLimiter | None:
        if limit is None:
            return None
        own = RateLimiter(limit, clock)
        return own if shared is None else SharedRateLimiter(limit, shared, scope, own)

    root = configuration.security.rate_limit
    common = limiter_of(root, "/")  # no endpoint's name has a slash
    return {
        path: AccessPolicy(
            plan,
            common
            if plan.security.rate_limit == root
            else limiter_of(plan.security.rate_limit, plan.endpoint),
        )
        for path, plan in configuration.plans.items()
    }


def _networks(texts: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)


def _without_port(address: str) -> str:
    """Return an address without the port that some proxies add: ``203.0.113.7:4711``,
    ``[2001:db8::1]:80``.

    With the port each connection would count as a separate caller.
    """
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _, port = address.partition(":")
    return host if port.isdigit() and "." in host else address


def _within(address: str, networks: Sequence[Network]) -> bool:
    """Return whether ``address`` is in one of the networks; text that is not an address
    is in none."""
    if not networks:
        return False
    try:
        place = ip_address(address.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(place, "ipv4_mapped", None)
    return any((mapped or place) in network for network in networks)
