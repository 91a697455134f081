"""Each command in README and docs is run in a fresh folder, and prints what it says."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from support.console_blocks import Step, pages, steps
from support.page_runner import Reader, Unlike

pytestmark = pytest.mark.long

PAGES = pages(Path(__file__).parents[2])
WITH_COMMANDS = [
    name
    for name, page_steps in PAGES.items()
    if any(step.command for step in page_steps)
]


def followed(page: list[Step]) -> list[Step]:
    return [step for step in page if step.file or not step.not_run]


@pytest.mark.timeout(600)  # twenty commands in a row, on a machine that may be busy
@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_each_command_prints_the_output_of_its_page(name: str, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        for step in followed(PAGES[name]):
            reader.follow(step)


def test_a_page_that_says_something_else_is_found(tmp_path: Path) -> None:
    wrong = [
        "$ echo one\ntwo",
        "$ echo one",
        "$ true\none",
        "$ printf 'one\\ntwo\\n'\none",
        "$ false",
        "$ true   # ends with 1",
        "$ printf 'one\\ntwo\\n'\none\n…\nthree",
    ]
    right = [
        "$ echo one\no…e",
        "$ printf 'one\\ntwo\\nthree\\n'\none\n…\nthree",
        "$ printf 'one\\n'\none\n…",
        "$ false   # ends with 1",
        "$ echo \\\n  one\none",
    ]
    page = tmp_path / "page.md"
    with Reader(tmp_path) as reader:
        for text in wrong:
            page.write_text(f"```console\n{text}\n```\n", "utf-8")
            (step,) = steps(page)
            with pytest.raises(Unlike):
                reader.follow(step)
        for text in right:
            page.write_text(f"```console\n{text}\n```\n", "utf-8")
            (step,) = steps(page)
            reader.follow(step)


def test_a_page_is_followed_without_a_way_out(tmp_path: Path) -> None:
    """127.0.0.1 is its own, where the kernel grants that: nothing of ours is there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        look = f"</dev/tcp/127.0.0.1/{port}"
        with Reader(tmp_path) as reader:
            command = f"readlink /proc/self/ns/net >ns; {look} && : >met || :"
            reader.follow(Step(1, command, ("…",)))
            ours = os.readlink("/proc/self/ns/net")
            own = (tmp_path / "ns").read_text().strip() != ours
            assert (tmp_path / "met").exists() is not own
