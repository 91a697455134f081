"""A route: one endpoint as a server uses it."""

from __future__ import annotations

from dataclasses import dataclass

from ivrhooks.answering.engine import Engine
from ivrhooks.config.plan import Plan
from ivrhooks.http.access_policy import AccessPolicy


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: its plan, its access policy and the names of its sources.

    ``recalls``: whether an answer may be kept for the bytes of a query string, which
    holds all parameters.
    """

    plan: Plan
    policy: AccessPolicy
    sources: frozenset[str]
    recalls: bool


def route_of(plan: Plan, policy: AccessPolicy, engine: Engine) -> Route:
    """Return the route of ``plan``, which ``engine`` answers."""
    sources = frozenset[str]() if plan.mode == "mock" else plan.sources
    recalls = engine.recalls(plan) and not (plan.headers or plan.segments)
    return Route(plan, policy, sources, recalls)
