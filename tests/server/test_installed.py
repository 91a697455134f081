"""`gunicorn -c python:ivrhooks.gunicorn_conf ivrhooks.wsgi:app`, outside a checkout."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

FILES = {
    "ivrhooks.yaml": "version: 1\n",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
outputs: {word: {type: string, value: good, default: ""}}
""",
}
COMMAND = [sys.executable, "-m", "gunicorn", "-c", "python:ivrhooks.gunicorn_conf"]
APP = "ivrhooks.wsgi:app"


def environment(folder: Path, home: Path) -> dict[str, str]:
    data = str(home / "data")
    return {**os.environ, "IVRHOOKS_CONFIG": str(folder), "IVRHOOKS_DATA": data}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_it_answers_and_ends_cleanly(
    tmp_path: Path, free_port: Any, until: Any
) -> None:
    folder, port = write(tmp_path / "configs", FILES), free_port()
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "--bind", f"127.0.0.1:{port}", APP],
            cwd=tmp_path,
            env=environment(folder, tmp_path),
            stdout=stream,
            stderr=stream,
        )
    try:
        until(lambda: answered(port) == b'{"word":"good"}', "it answers")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
        assert "wsgi_worker.WsgiWorker" in log.read_text()
        assert "Traceback" not in log.read_text()
    finally:
        process.kill()
        process.wait()


def answered(port: int) -> bytes:
    with contextlib.suppress(OSError):
        url = f"http://127.0.0.1:{port}/desk"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    return b""


def test_a_refused_configuration_starts_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "configs", {"ivrhooks.yaml": "vrsion: 1\n"})
    done = subprocess.run(
        [*COMMAND, "--bind", "127.0.0.1:0", APP],
        cwd=tmp_path,
        env=environment(folder, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 4
    assert "did you mean `version`?" in done.stderr
    assert "Traceback" not in done.stderr
