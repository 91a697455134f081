"""Verbs of the command line, run in this process as on a server's machine: a process of
their own takes most of a second to start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrhooks.cli.main import main


def run_verb(*words: str, env: Mapping[str, str], folder: Path | None = None) -> Result:
    """What ``ivrhooks`` with these words prints and ends with, in ``folder``; of our
    own environment no setting of ivrhooks counts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("IVRHOOKS_"):
                patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        if folder is not None:
            patch.chdir(folder)
        return CliRunner().invoke(main, list(words))
