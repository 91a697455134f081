"""The lines that a server prints for the person who started it."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ivrhooks.config.plan import ConsoleSettings
from ivrhooks.server.banner import announce_console

LISTENERS = [SimpleNamespace(getsockname=lambda: ("0.0.0.0", 8080))]


@pytest.fixture
def switched_on(make_configuration):
    return replace(make_configuration(), console=ConsoleSettings(enabled=True))


def test_the_link_has_the_generated_token(switched_on, data_folder, capsys) -> None:
    announce_console(switched_on, LISTENERS, {})
    token = (data_folder / "console_token").read_text().strip()
    link = f"http://127.0.0.1:8080/_console/?token={token}"
    assert capsys.readouterr().out == f"Console: {link}\n"


def test_a_token_of_the_environment_is_not_printed(
    make_configuration, data_folder, capsys
) -> None:
    announce_console(
        make_configuration(), LISTENERS, {"IVRHOOKS_CONSOLE_TOKEN": "from-outside"}
    )
    short, link = capsys.readouterr().out.splitlines()
    assert "fewer than 16 characters" in short
    assert link == "Console: http://127.0.0.1:8080/_console/"
    assert not (data_folder / "console_token").exists()


def test_a_token_that_is_long_enough_gets_no_warning(
    make_configuration, capsys
) -> None:
    announce_console(
        make_configuration(), LISTENERS, {"IVRHOOKS_CONSOLE_TOKEN": "t" * 16}
    )
    assert capsys.readouterr().out == "Console: http://127.0.0.1:8080/_console/\n"


def test_a_terminal_shows_how_to_switch_the_console_on(
    make_configuration, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    announce_console(make_configuration(), LISTENERS, {})
    output = capsys.readouterr().out
    assert output.startswith("Console: off; write console: {enabled: true}")
    assert "IVRHOOKS_CONSOLE_TOKEN" in output


def test_no_link_is_printed_without_a_usable_console(
    make_configuration, switched_on, tmp_path, monkeypatch, capsys
) -> None:
    announce_console(make_configuration(), LISTENERS, {})
    with socket.socket(socket.AF_UNIX) as in_a_file:
        in_a_file.bind(str(tmp_path / "s"))
        announce_console(switched_on, [in_a_file], {})
    (tmp_path / "file").touch()
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "file" / "x"))
    announce_console(switched_on, LISTENERS, {})
    assert capsys.readouterr().out == ""
