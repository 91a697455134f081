"""A side of a comparison out of git: real repositories, made for the test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ivrhooks.authoring.diff.revisions import NoSuchSide, side_folder


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits of one file; the work tree holds a third state."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    for text in ("first", "second", "third"):
        (tmp_path / "configs").mkdir(exist_ok=True)
        (tmp_path / "configs" / "ivrhooks.yaml").write_text(text, "utf-8")
        if text != "third":
            git("add", ".")
            git("commit", "--quiet", "-m", text)
    return tmp_path


def git(*words: str) -> None:
    person = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *person, *words], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "content"),
    [("HEAD~1:configs", "first"), ("main:configs", "second"), ("configs", "third")],
)
def test_a_folder_of_a_revision_is_laid_out(
    repository: Path, text: str, content: str
) -> None:
    with side_folder(text) as folder:
        assert (folder / "ivrhooks.yaml").read_text("utf-8") == content


def test_nothing_stays_behind(repository: Path) -> None:
    with side_folder("HEAD:configs") as folder:
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.parametrize(
    "text", ["HEAD:nothing", "no-such:configs", "--help:x", "gone"]
)
def test_an_unknown_revision_gets_a_correction(repository: Path, text: str) -> None:
    with pytest.raises(NoSuchSide, match="HEAD~1:configs"), side_folder(text):
        pass


def test_outside_a_repository_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    refused = pytest.raises(NoSuchSide, match="not a git repository")
    with refused, side_folder("HEAD:configs"):
        pass
