"""Which configuration a command means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from ivrhooks.cli.folder import find_folder, load_plan, shipped_folder

Run = Callable[..., Result]


def test_the_option_precedes_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRHOOKS_CONFIG", "elsewhere")
    Path("configs").mkdir()
    assert find_folder("given") == "given"


def test_then_comes_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRHOOKS_CONFIG", "elsewhere")
    Path("configs").mkdir()
    assert find_folder(None) == "elsewhere"


def test_then_the_folder_configs() -> None:
    Path("configs").mkdir()
    assert find_folder(None) == "configs"


@pytest.mark.parametrize("verb", ["check", "test", "routes", "openapi", "new x"])
def test_where_there_is_none_it_says_how_to_write_one(run: Run, verb: str) -> None:
    done = run(*verb.split())
    assert done.exit_code == 4
    assert done.stderr.endswith("Write one: ivrhooks init configs\n")


def test_the_shipped_configuration_is_there() -> None:
    assert (Path(shipped_folder()) / "ivrhooks.yaml").is_file()
    assert list((Path(shipped_folder()) / "endpoints").glob("*.yaml"))


def test_an_endpoint_is_found_by_name_and_by_path(folder: Path) -> None:
    by_name = load_plan(str(folder), "vip-routing")[1]
    by_path = load_plan(str(folder), "/api/vip-routing")[1]
    assert by_name.endpoint == by_path.endpoint == "vip-routing"


def test_the_system_api_is_named_system(folder: Path) -> None:
    assert load_plan(str(folder), "system")[1].path == "/api/system/customer"


def test_a_wrong_name_gets_the_nearest(folder: Path) -> None:
    with pytest.raises(click.UsageError, match="Did you mean 'vip-routing'"):
        load_plan(str(folder), "vip-rooting")


def test_a_name_like_no_other_gets_the_list(folder: Path) -> None:
    with pytest.raises(
        click.UsageError, match="There are: callback, system, vip-routing"
    ):
        load_plan(str(folder), "xyz")


@pytest.mark.parametrize("verb", ["check", "routes"])
def test_dir_can_be_given_in_three_ways(run: Run, folder: Path, verb: str) -> None:
    as_argument = run(verb, folder)
    as_option = run(verb, "--config", folder)
    as_variable = run(verb, env={"IVRHOOKS_CONFIG": str(folder)})
    assert as_argument.exit_code == 0
    assert as_argument.output == as_option.output == as_variable.output


def test_the_argument_wins_over_the_option(run: Run, folder: Path) -> None:
    assert run("check", folder, "--config", "nowhere").exit_code == 0
