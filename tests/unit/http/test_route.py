"""A route knows of its plan what a server asks for each request."""

from __future__ import annotations

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.http.access_policy import build_policies
from ivrhooks.http.route import route_of
from support.plan_builder import Build


@pytest.mark.parametrize(("mode", "sources"), [("real", {"crm"}), ("mock", set())])
def test_a_route_names_the_sources_that_are_asked(mode: str, sources: set[str]) -> None:
    build = Build()
    plan = build.plan(lookups=(build.lookup("customer"),), mode=mode)
    configuration = build.configuration(plan)
    engine = Engine(configuration, {})
    policy = build_policies(configuration, lambda: 0.0, None)[plan.path]
    route = route_of(plan, policy, engine)
    assert (route.plan, route.policy) == (plan, policy)
    assert route.sources == sources
    assert not route.recalls
