from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.log.log_lines import to_bytes
from ivrhooks.basics.log.telemetry import (
    configure_logging,
    describe_request,
    log_data_request,
    logging_config,
    quick_line,
)
from ivrhooks.basics.phone import PhoneNumber, read_phone


@dataclass
class Lookup:
    name: str = "customer"
    status: str = "timeout"
    source: str = "crm"
    started: float = 1.0
    ended: float = 1.25
    message: str = ""
    age: float | None = None


@dataclass
class Request:
    endpoint: str = "vip"
    request_id: str = "r-1"
    method: str = "POST"
    path: str = "/vip"
    peer: str = "127.0.0.1"
    mode: str = "real"
    started: float = 1.0
    ended: float = 1.5
    inputs: dict[str, Any] = field(default_factory=dict)
    lookups: list[Lookup] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)
    degraded: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    error_reason: str | None = None
    error_fields: dict[str, tuple[str, ...]] = field(default_factory=dict)


@pytest.fixture
def lines():
    """Configures logging to a stream in memory; gives what was logged, parsed."""
    names = [None, "gunicorn.error", "gunicorn.access", "werkzeug", "py.warnings"]
    names += ["uvicorn", "uvicorn.error", "uvicorn.access"]
    loggers = [logging.getLogger(name) for name in names]
    before = [
        (logger.handlers[:], logger.level, logger.propagate) for logger in loggers
    ]
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_a_data_request_is_one_line_with_all_that_matters(lines):
    request = Request(
        inputs={"tel": read_phone("+8613800000001"), "token": "t0k", "city": "x"},
        lookups=[Lookup(message="no answer for 13800000001", age=2.04)],
        defaults={"isVip": "timeout"},
        degraded="customer=timeout",
        warnings=("format_mismatch",),
        notes=("outputs.x: 13800000001 is odd",),
    )
    log_data_request(request, 200)
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "event": "data_request",
        "request_id": "r-1",
        "endpoint": "vip",
        "status": 200,
        "ms": 500.0,
        "method": "POST",
        "path": "/vip",
        "peer": "127.0.0.1",
        "callers": {"tel": "861******0001"},
        "lookups": [
            {
                "name": "customer",
                "status": "timeout",
                "ms": 250.0,
                "source": "crm",
                "age_s": 2.0,
                "message": "no answer for 138****0001",
            }
        ],
        "defaults": {"isVip": "timeout"},
        "degraded": "customer=timeout",
        "warnings": ["format_mismatch"],
        "notes": ["outputs.x: 138****0001 is odd"],
    }


def test_a_healthy_data_request_has_a_short_line(lines):
    log_data_request(Request(lookups=[Lookup(status="ok")]), 200)
    log_data_request(None, 200)
    (line,) = lines()
    assert line["level"] == "info"
    assert set(line) == {
        *("time", "level", "event", "request_id", "endpoint", "status", "ms"),
        *("method", "path", "peer", "lookups"),
    }


def test_a_refusal_names_its_code_and_fields(lines):
    log_data_request(Request(error="invalid_input", error_fields={"n": ("x",)}), 400)
    (line,) = lines()
    assert (line["status"], line["error"], line["fields"]) == (
        400,
        "invalid_input",
        ["n"],
    )


@pytest.mark.parametrize(
    ("reason", "fields", "expected"),
    [
        (
            None,
            {"tel": ("is missing", "odd 13800000001")},
            "tel: is missing, odd 138****0001",
        ),
        ("the signature is too old", {}, "the signature is too old"),
    ],
)
def test_a_refusal_says_why(lines, reason, fields, expected):
    request = Request(error="unauthorized", error_reason=reason, error_fields=fields)
    log_data_request(request, 401)
    (line,) = lines()
    assert line["reason"] == expected


def test_a_request_cannot_forge_a_line(lines):
    log_data_request(Request(path='/x\n{"event": "forged"}\x9b31m\u2028\udcff'), 404)
    logging.getLogger("x").error("one\ntwo\x1b[31m\x85\u202e")
    assert len(lines()) == 2
    assert lines()[0]["path"].startswith('/x\n{"event"')


SERVERS = "gunicorn.error gunicorn.access uvicorn.error uvicorn.access werkzeug"


@pytest.mark.parametrize("name", SERVERS.split())
def test_the_servers_own_lines_are_json_and_masked(lines, name):
    logging.getLogger(name).warning("GET /system?tel=%s", "13800000001")
    (line,) = lines()
    assert (line["logger"], line["level"]) == (name.removesuffix(".error"), "warning")
    assert line["message"] == "GET /system?tel=138****0001"


def test_uvicorns_start_is_logged_at_debug_only(lines):
    logging.getLogger("uvicorn.error").info("Waiting for application startup.")
    logging.getLogger("gunicorn.error").info("Booting worker")
    assert [line["message"] for line in lines()] == ["Booting worker"]
    assert logging_config("DEBUG")["loggers"]["uvicorn.error"]["level"] == "DEBUG"


def test_an_exception_is_part_of_its_line_and_masked(lines):
    try:
        raise ValueError("caller 13800000001")
    except ValueError:
        logging.getLogger("x").exception("a mistake")
    (line,) = lines()
    assert "Traceback" in line["exception"]
    assert "138****0001" in line["exception"]
    assert "13800000001" not in line["exception"]


def test_levels_below_the_one_set_are_not_written(lines):
    logging.getLogger("x").debug("no")
    assert lines() == []


def test_the_mapping_for_gunicorn_names_every_logger_of_the_servers():
    assert set(logging_config("INFO")["loggers"]) >= set(SERVERS.split())


def caller(text: str) -> dict[str, Any]:
    return {"tel": read_phone(text), "city": "x"}


HEALTHY = {
    "plain": Request(),
    "no path": Request(path=""),
    "a mock answer": Request(mode="mock"),
    "a caller": Request(inputs=caller("+8613800000001")),
    "a withheld caller": Request(inputs=caller("anonymous")),
    "two callers": Request(inputs={"a": read_phone("1380001"), "b": read_phone("7")}),
    "no milliseconds": Request(ended=1.0),
    "few milliseconds": Request(ended=1.00001),
    "a lookup": Request(lookups=[Lookup(status="ok")]),
    "no source": Request(lookups=[Lookup(status="skipped", source="")]),
    "of the cache": Request(lookups=[Lookup(status="ok", age=0.04), Lookup(age=70.0)]),
    "defaults": Request(defaults={"isVip": "no_value", "level": "not_mapped"}),
    "a message": Request(lookups=[Lookup(message="of 13800000001")]),
}
"""Data requests whose line is written without a dictionary."""


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_line_is_the_same_however_it_is_written(kind: str) -> None:
    request = HEALTHY[kind]
    members = quick_line(request, 200)
    assert members is not None
    assert members.isascii()
    described = json.loads(to_bytes(describe_request(request, 200)))
    assert json.loads("{" + members + "}") == described
    assert list(json.loads("{" + members + "}")) == list(described)


@pytest.mark.parametrize(
    "request_",
    [
        Request(notes=("a note",)),
        Request(endpoint="客户"),
        Request(lookups=[Lookup(name="客户")]),
        Request(lookups=[Lookup(message="\u202e")]),
        Request(lookups=[Lookup(message="\x7f")]),
        Request(lookups=[Lookup(message='of "whoever"')]),
        Request(defaults={"等级": "no_value"}),
        Request(inputs={"客户": PhoneNumber("13800000001")}),
        Request(peer=""),
        Request(request_id='a"b'),
        Request(request_id="a\\b"),
    ],
)
def test_a_line_of_more_than_plain_words_is_described(request_: Request) -> None:
    assert quick_line(request_, 200) is None


def test_a_quick_line_is_written_as_every_other(tmp_path: Path, lines: Any) -> None:
    path = tmp_path / "log"
    with path.open("w") as stream:
        configure_logging("INFO", stream)
        log_data_request(HEALTHY["a caller"], 200)
        logging.getLogger().handlers[0].flush()
    line = json.loads(path.read_text())
    assert line.pop("time").endswith("+00:00")
    assert line.pop("level") == "info"
    assert line == describe_request(HEALTHY["a caller"], 200)
