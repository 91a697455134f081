"""What is copied runs as it stands, or a real shell refuses it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ivrhooks.authoring.shell import Blanks


def run(line: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f"printf '%s|' {line}"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environ,
        check=False,
    )


@pytest.mark.parametrize("around", ["", "x", "it's ", '{"tel": "', "$a `b` \\"])
def test_a_placeholder_is_refused(tmp_path: Path, around: str) -> None:
    blanks = Blanks()
    text = f"{around}{blanks.placeholder('the number')}{around[::-1]}"
    line = blanks.join(["curl", text, "more"])
    assert "<the-number>" in line
    refused = run(line, tmp_path)
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("around", ["", "x", "it's ", '{"tel": "', "$a `b` \\", "9"])
def test_a_variable_is_filled_in(tmp_path: Path, around: str) -> None:
    blanks = Blanks()
    line = blanks.join([f"{around}{blanks.variable('KEY')}{around[::-1]}"])
    printed = run(line, tmp_path, KEY='k "1" $x').stdout
    assert printed == f'{around}k "1" $x{around[::-1]}|'


def test_words_without_blanks_are_not_quoted(tmp_path: Path) -> None:
    blanks = Blanks()
    assert not blanks
    assert blanks.join(["curl", "a b", "c"]) == "curl 'a b' c"


def test_a_header_reads_well() -> None:
    blanks = Blanks()
    header = f"X-Api-Key: {blanks.variable('DESK_KEY')}"
    assert blanks.quote(header) == '"X-Api-Key: $DESK_KEY"'
    assert blanks.quote(f"tel={blanks.placeholder('number')}") == "tel=<number>"
