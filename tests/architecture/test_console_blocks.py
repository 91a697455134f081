"""Each command on a page stands in a ``console`` block, which a test can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.console_blocks import pages, strays

NOT_RUN = 8
"""How many commands are shown and not run, each with its reason on the page."""

EXAMPLES = ("docs/reference/cli.md", "CONTRIBUTING.md")
"""The help of commands; and steps that test_contributing.py follows."""


def test_commands_that_are_not_run_are_few_and_say_why(checkout: Path) -> None:
    reasons = [
        f"{name}:{step.line}: {step.not_run}"
        for name, steps in pages(checkout).items()
        for step in steps
        if step.not_run
    ]
    assert len(reasons) == NOT_RUN, "\n".join(reasons)
    assert not [reason for reason in reasons if len(reason.split()) < 4]


def test_no_command_stands_outside_a_console_block(checkout: Path) -> None:
    strays_by_page = {
        name: lines
        for name in pages(checkout)
        if name not in EXAMPLES
        and (lines := strays((checkout / name).read_text("utf-8")))
    }
    assert not strays_by_page, "see CONTRIBUTING.md, Docs"


@pytest.mark.parametrize(
    "text",
    ["Do this:\n\n    ivrhooks check\n", "```sh\nivrhooks check\n```\n"],
    ids=["indented", "another fence"],
)
def test_a_command_elsewhere_is_found(text: str) -> None:
    assert strays(text)
