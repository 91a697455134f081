"""What a person has the server do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services import operations


@pytest.fixture
def orders(served) -> list[tuple[str, str]]:
    return []


@pytest.fixture
def context(served, orders):
    return replace(served.context, order=lambda *order: orders.append(order))


def test_the_configuration_is_read_again(served, context, orders) -> None:
    done = operations.reload(context)
    assert (done["ok"], done["problems"]) == (True, [])
    assert done["config"] == context.configuration().fingerprint
    assert orders == [("reload", "")]


def test_an_order_that_would_be_refused_is_reported(served, context, orders) -> None:
    root = served.folder / "ivrhooks.yaml"
    root.write_text(root.read_text() + "sorces: {}\n")
    done = operations.reload(context)
    assert done["ok"] is False
    assert "did you mean `sources`?" in done["problems"][0]
    assert done["config"] == context.configuration().fingerprint


def test_caches_are_emptied_one_or_all(context, orders) -> None:
    assert operations.purge_cache(context, "crm")["sources"] == ["crm"]
    assert operations.purge_cache(context)["sources"] == ["crm"]
    assert orders == [("purge", "crm"), ("purge", "")]


def test_a_breaker_is_closed(context, orders) -> None:
    assert operations.reset_breaker(context, "crm") == {"ok": True, "source": "crm"}
    assert orders == [("reset", "crm")]


@pytest.mark.parametrize("source", ["nix", "CRM", "../crm"])
def test_an_unknown_source_is_reported(context, orders, source: str) -> None:
    for what in (operations.purge_cache, operations.reset_breaker):
        with pytest.raises(ConsoleError) as refused:
            what(context, source)
        assert (refused.value.status, refused.value.code) == (400, "invalid_request")
        assert "there are: crm" in str(refused.value)
    with pytest.raises(ConsoleError):
        operations.reset_breaker(context, "")
    assert orders == []
