"""Lays out one side of a comparison from git: ``HEAD~1:configs``."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class NoSuchSide(Exception):
    """Neither a folder nor a revision; the message says what to write."""


@contextmanager
def side_folder(text: str) -> Iterator[Path]:
    """Yield the folder of a side.

    It is an existing folder, or ``REVISION:FOLDER`` of the git repository around the
    working directory, laid out in a temporary folder. Raises NoSuchSide.
    """
    if Path(text).is_dir():
        yield Path(text)
        return
    if ":" not in text:
        raise NoSuchSide(
            f"there is no folder {text}; write a folder, or a git revision with one: "
            "HEAD~1:configs"
        )
    with TemporaryDirectory(prefix="ivrhooks-") as name:
        with tarfile.open(fileobj=io.BytesIO(_archive(text))) as archive:
            archive.extractall(name, filter="data")
        yield Path(name)


def _archive(text: str) -> bytes:
    """Return the tree as a tar file. ``--end-of-options``: the text is never an
    option."""
    command = ["git", "archive", "--format=tar", "--end-of-options", text]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and git is asked for a tree
            command, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise NoSuchSide(f"git is not installed, so {text} cannot be read") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1].removeprefix("fatal: ") if lines else "git refused it"
        raise NoSuchSide(
            f"{text} cannot be read ({why}); write a git revision and a folder in it: "
            "HEAD~1:configs"
        )
    return done.stdout
