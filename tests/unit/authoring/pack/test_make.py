"""Ten data requests, all of them different, and nothing told that must not be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ivrhooks.authoring.pack.make import make_pack
from ivrhooks.config.plan import Configuration, Plan


@pytest.mark.parametrize("name", ["desk", "failing", "bare"])
def test_ten_different_requests(
    configuration: Configuration, plan_of: Callable[[str], Plan], name: str
) -> None:
    made = make_pack(configuration, plan_of(name), "http://x", {})
    assert len({wire.key for _, wire, _ in made.requests}) == 10
    assert {expected.status for _, _, expected in made.requests} >= {200, 405} or (
        name == "desk"
    )


def test_a_pack_holds_no_secret_and_no_person(
    configuration: Configuration, plan_of: Callable[[str], Plan]
) -> None:
    made = make_pack(configuration, plan_of("desk"), "http://x", {})
    text = json.dumps(made.data)
    assert "sesame" not in text and "Wang" not in text
    assert '"endpoint": "desk"' in text
    assert made.failed == ()
