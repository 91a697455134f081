"""``ivrhooks ask``: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from support.stub_system import ReceivedRequest, stub_system

Run = Callable[..., Result]


def answered(seen: ReceivedRequest) -> Any:
    if seen.path == "/none":
        return 404, {}, b""
    if seen.path == "/broken":
        return 500, {}, b"down"
    return 200, {"X-Ok": "1"}, b'{"state": "paid"}'


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with stub_system(answered) as system:
        (tmp_path / "ivrhooks.yaml").write_text(
            f"version: 1\nsources: {{shop: {{kind: http, base_url: '{system.url}'}}}}\n"
        )
        yield tmp_path


@pytest.mark.parametrize(
    ("path", "status"), [("/orders/7", 0), ("/none", 3), ("/broken", 1)]
)
def test_how_it_ends(run: Run, folder: Path, path: str, status: int) -> None:
    result = run("ask", "shop", "--path", path, "--config", str(folder))
    assert result.exit_code == status, result.output


def test_the_output_for_people(run: Run, folder: Path) -> None:
    result = run(
        "ask", "shop", "--path", "/a", "--query", "b=c", "--config", str(folder)
    )
    assert "shop request: ok" in result.stdout
    assert "> GET http://127.0.0.1" in result.stdout and "/a?b=c" in result.stdout
    assert "< HTTP 200" in result.stdout and '"state": "paid"' in result.stdout
    assert "FIRST BYTE" in result.stdout


def test_its_json(run: Run, folder: Path) -> None:
    result = run("ask", "shop", "--path", "/a", "--json", "--config", str(folder))
    report = json.loads(result.stdout)
    assert list(report) == [
        "ok",
        "source",
        "operation",
        "request",
        "response",
        "record",
        "error",
    ]
    assert report["record"] == {"state": "paid"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("shopp", "--path", "/a"), "Did you mean 'shop'?"),
        (("shop",), "--path"),
        (("shop", "find"), "no operation find"),
        (("shop", "request", "tel"), "is not name=value"),
    ],
)
def test_wrong_words_end_with_2(
    run: Run, folder: Path, words: tuple[str, ...], message: str
) -> None:
    result = run("ask", *words, "--config", str(folder))
    assert result.exit_code == 2 and message in result.output
