"""``ivrhooks.wsgi:app``, made when it is first asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from ivrhooks import wsgi


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(tmp_path))
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    monkeypatch.delitem(vars(wsgi), "app", raising=False)
    return tmp_path


def test_it_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ivrhooks.yaml").write_text("version: 1\n")
    app = wsgi.app
    assert isinstance(app, Flask)
    assert wsgi.app is app
    monkeypatch.delitem(vars(wsgi), "app")


def test_a_refused_configuration_ends_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ivrhooks.yaml").write_text("vrsion: 1\n")
    with pytest.raises(SystemExit):
        _ = wsgi.app
    assert "did you mean `version`?" in capsys.readouterr().err


def test_it_has_nothing_else() -> None:
    with pytest.raises(AttributeError):
        _ = wsgi.application
