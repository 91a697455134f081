"""``ivrhooks sheet`` prints what is typed into the call centre's settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_it_prints_every_name_and_no_secret(run: Run, folder: Path) -> None:
    printed = run("sheet", "vip-routing", "--config", folder)
    assert printed.exit_code == 0
    for text in ("https://YOUR-SERVER/api/vip-routing", "X-Api-Key", "CLI_KEY"):
        assert text in printed.output
    assert "application/x-www-form-urlencoded" in printed.output
    assert "k-7" not in printed.output


def test_an_endpoint_is_also_found_by_its_path(run: Run, folder: Path) -> None:
    arguments = ("--config", folder, "--url", "https://ivr.example.com")
    printed = run("sheet", "/api/system/customer", *arguments)
    assert "https://ivr.example.com/api/system/customer" in printed.output
    assert "YOUR-SERVER" not in printed.output


@pytest.mark.parametrize(
    ("language", "word"), [("zh", "接口地址"), ("vi", "Phương thức"), ("en", "URL")]
)
def test_three_languages(run: Run, folder: Path, language: str, word: str) -> None:
    arguments = ("--config", folder, "--lang", language)
    assert word in run("sheet", "callback", *arguments).output
    data = json.loads(run("sheet", "callback", "--json", *arguments).output)
    assert data["language"] == language
    assert {"title", "notes", "sections"} <= set(data)


def test_unknown_names_are_reported(run: Run, folder: Path) -> None:
    missing = run("sheet", "vip-rooting", "--config", folder)
    assert missing.exit_code == 2
    assert "vip-routing" in missing.output
    assert run("sheet", "callback", "--config", folder, "--lang", "fr").exit_code == 2
