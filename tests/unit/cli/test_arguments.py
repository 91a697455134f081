"""``name=value`` arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from ivrhooks.cli.arguments import (
    read_headers,
    refuse_unknown_endpoint,
    warn_of_undeclared,
)
from ivrhooks.cli.folder import load_plan
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Plan

Run = Callable[..., Result]


@pytest.fixture
def plan(folder: Path) -> Plan:
    return load_plan(str(folder), "vip-routing")[1]


def test_an_input_that_is_not_declared_is_reported_with_the_nearest(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_of_undeclared(plan, [("tell", "138"), ("xyz", "1"), ("token", "t")])
    assert capsys.readouterr().err.splitlines() == [
        "'tell' is no input of vip-routing and is ignored. Did you mean 'tel'?",
        "'xyz' is no input of vip-routing and is ignored.",
    ]


@pytest.mark.parametrize("wrong", ["tel", "=138", "  =138"])
def test_a_text_without_equals_sign_is_refused_with_an_example(
    run: Run, folder: Path, wrong: str
) -> None:
    done = run("explain", "vip-routing", wrong, "--config", folder)
    assert done.exit_code == 2
    assert "is not name=value, for example tel=13800000001" in done.stderr


@pytest.mark.parametrize(
    "written", ["X-Shop=a=b: c", "X-Shop: a=b: c", "X-Shop:a=b: c"]
)
def test_a_header_is_taken_as_curl_has_it_too(written: str) -> None:
    command = click.Command("any")
    pairs = read_headers(click.Context(command), click.Option(["-H"]), [written])
    assert pairs == [("X-Shop", "a=b: c")]


def test_an_unknown_endpoint_gets_the_closest_name(folder: Path) -> None:
    configuration = load(folder, environ={})
    refuse_unknown_endpoint(configuration, "")
    refuse_unknown_endpoint(configuration, "vip-routing")
    with pytest.raises(click.UsageError, match="Did you mean 'vip-routing'"):
        refuse_unknown_endpoint(configuration, "vip-routng")
