"""gunicorn's own log lines among all others."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from ivrhooks.server.log import ServerLog


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = before
    for name in ("gunicorn.error", "gunicorn.access", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def test_lines_are_json_and_a_request_has_no_second_one(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = ServerLog(Config())
    log.info("Booting worker with pid: %s", 7)
    log.access(None, None, None, None)
    lines = capfd.readouterr().err.splitlines()
    assert [json.loads(line)["message"] for line in lines] == [
        "Booting worker with pid: 7"
    ]
