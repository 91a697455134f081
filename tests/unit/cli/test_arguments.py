"""``name=value`` arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from ivrhooks.cli.arguments import (
    all_headers,
    read_headers,
    shown_headers,
    typed_inputs,
    warn_of_undeclared,
)
from ivrhooks.cli.folder import load_plan
from ivrhooks.config.plan import Plan

Run = Callable[..., Result]


@pytest.fixture
def plan(folder: Path) -> Plan:
    return load_plan(str(folder), "vip-routing")[1]


def test_a_declared_int_becomes_a_number_all_else_stays_text(plan: Plan) -> None:
    pairs = [("order_no", "7"), ("tel", "013"), ("other", "8")]
    assert typed_inputs(plan, pairs) == {"order_no": 7, "tel": "013", "other": "8"}


def test_a_wrong_int_is_sent_as_it_is(plan: Plan) -> None:
    assert typed_inputs(plan, [("order_no", "7x")]) == {"order_no": "7x"}


def test_a_secret_header_is_filled_in(plan: Plan) -> None:
    assert all_headers(plan, []) == {"X-Api-Key": "k-7"}


def test_a_header_given_by_hand_wins_in_any_case(plan: Plan) -> None:
    assert all_headers(plan, [("x-api-key", "mine")]) == {"x-api-key": "mine"}


def test_a_secret_is_never_shown(plan: Plan) -> None:
    shown = shown_headers(plan, {"x-api-key": "mine", "X-Shop": "north"})
    assert shown == {"x-api-key": "***", "X-Shop": "north"}


def test_an_input_that_is_not_declared_is_told_with_the_nearest(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_of_undeclared(plan, [("tell", "138"), ("xyz", "1"), ("token", "t")])
    assert capsys.readouterr().err.splitlines() == [
        "'tell' is no input of vip-routing and is ignored. Did you mean 'tel'?",
        "'xyz' is no input of vip-routing and is ignored.",
    ]


@pytest.mark.parametrize("wrong", ["tel", "=138", "  =138"])
def test_what_is_no_pair_is_refused_with_an_example(
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
