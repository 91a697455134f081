"""The command line: its verbs, and what all of them share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

import ivrhooks
from ivrhooks.cli.main import VERBS, main

Run = Callable[..., Result]


def test_help_names_every_verb_with_its_first_line(run: Run) -> None:
    done = run("--help")
    assert done.exit_code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in done.output


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verbs_first_line_is_its_own(verb: str) -> None:
    command = main.get_command(click.Context(main), verb)
    assert command is not None and VERBS[verb] == command.get_short_help_str(88)


def test_the_help_of_all_loads_no_verb() -> None:
    code = (
        "import sys; from ivrhooks.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith('ivrhooks.config')])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_has_help_and_short_help(run: Run, verb: str) -> None:
    done = run(verb, "-h")
    assert done.exit_code == 0
    assert f"Usage: main {verb}" in done.output


def test_the_version_is_reported(run: Run) -> None:
    assert run("--version").output == f"ivrhooks, version {ivrhooks.__version__}\n"


def test_a_wrong_verb_gets_the_nearest(run: Run) -> None:
    done = run("chek")
    assert done.exit_code == 2
    assert "There is no command 'chek'. Did you mean 'check'?" in done.stderr


def test_a_verb_like_no_other_is_simply_unknown(run: Run) -> None:
    done = run("xyzzy")
    assert done.exit_code == 2
    assert "There is no command 'xyzzy'.\n" in done.stderr


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "ivrhooks", "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == f"ivrhooks, version {ivrhooks.__version__}\n"


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("", True)])
def test_no_color_is_minded(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    done = run("check", folder, color=True)
    assert ("\x1b[" in done.stdout) is coloured


def test_the_shell_can_complete(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    environ = {
        "_IVRHOOKS_COMPLETE": "bash_complete",
        "COMP_WORDS": "ivrhooks ch",
        "COMP_CWORD": "1",
    }
    done = run(env=environ, prog_name="ivrhooks")
    assert done.stdout == "plain,check\n"
