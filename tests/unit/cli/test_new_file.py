"""What is told of a new endpoint's file, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def mine(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    assert run("init", folder).exit_code == 0
    return folder


def test_open_decisions_are_reported_with_their_line(run: Run, mine: Path) -> None:
    line = "curl https://h/api/orders -H 'X-Api-Key: k1' -d 'tel=138&level=3'"
    done = run("new", "made", "--from-curl", line, "--dir", mine)
    file = mine / "endpoints" / "made.yaml"
    lines = file.read_text("utf-8").splitlines()
    notes = [text.strip() for text in done.output.splitlines() if f"{file}:" in text]
    words = ("endpoint: made", "  tel: {", "  X-Api-Key: {")
    for note, word in zip(notes, words, strict=True):
        at = next(n for n, line in enumerate(lines, 1) if line.startswith(word))
        assert note.startswith(f"{file}:{at}: ")
    assert "nothing protects this endpoint" in notes[0]
    assert "nothing reads tel, level yet" in notes[1]
    assert 'equals: "${MADE_X_API_KEY}"' in notes[2]


def test_a_decided_file_passes_the_strict_check(
    run: Run, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine / "endpoints" / "vip-routing.yaml").unlink()
    root = (mine / "ivrhooks.yaml").read_text("utf-8")
    (mine / "ivrhooks.yaml").write_text(root[: root.index("# The IVR's")], "utf-8")
    line = "curl https://h/api/orders -H 'X-Api-Key: k1' -d 'level=3'"
    assert run("new", "made", "--from-curl", line, "--dir", mine).exit_code == 0
    file = mine / "endpoints" / "made.yaml"
    text = (
        file.read_text("utf-8")
        .replace(
            "X-Api-Key: {type: string}",
            'X-Api-Key: {type: string, secret: true, equals: "${MADE_X_API_KEY}"}',
        )
        .replace("value: 1", 'value: "{{ 1 if inputs.level else 1 }}"')
    )
    file.write_text(text, "utf-8")
    monkeypatch.setenv("MADE_X_API_KEY", "k-0123456789")
    done = run("check", mine, "--strict")
    assert done.exit_code == 0, done.output
    assert run("test", mine).exit_code == 0


def test_a_path_that_another_endpoint_has_is_refused(run: Run, mine: Path) -> None:
    line = "curl https://h/api/vip-routing -d tel=1"
    done = run("new", "made", "--from-curl", line, "--dir", mine)
    assert done.exit_code == 1
    assert "/api/vip-routing belongs to the endpoint `vip-routing`" in done.output
    assert not (mine / "endpoints" / "made.yaml").exists()
