"""Runs verbs of the command line in this process.

A process of their own would take most of a second to start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrhooks.cli.main import main


def run_verb(*words: str, env: Mapping[str, str], folder: Path | None = None) -> Result:
    """Run ``ivrhooks`` with these words in ``folder``; return its output and status.

    Variables IVRHOOKS_… of this process are not seen by the verb.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("IVRHOOKS_"):
                patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        if folder is not None:
            patch.chdir(folder)
        return CliRunner().invoke(main, list(words))
