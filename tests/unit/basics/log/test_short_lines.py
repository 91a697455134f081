"""Log lines that a tired person reads at a terminal."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
from datetime import timedelta, timezone

import pytest

from ivrhooks.basics.log.log_lines import NonBlockingHandler
from ivrhooks.basics.log.short_lines import ShortFormatter, short_line
from ivrhooks.basics.log.telemetry import (
    FORM_VARIABLE,
    configure_logging,
    show_times_in,
)

FIELDS = {
    "time": "2026-11-30T16:52:17.000+00:00",
    "level": "info",
    "event": "data_request",
    "endpoint": "vip-routing",
    "status": 200,
    "ms": 12.31,
    "callers": {"tel": "138****0001"},
}
CLOCK = r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"


def test_a_data_request_is_one_short_line() -> None:
    line = short_line(FIELDS)
    wanted = rf"{CLOCK} vip-routing +138\*\*\*\*0001 +200 +12 ms"
    assert re.fullmatch(wanted, line), line


def test_defaults_are_listed_with_their_reason() -> None:
    defaults = {"isVip": "timeout", "desk": "timeout", "city": "no_value"}
    line = short_line({**FIELDS, "degraded": "customer=timeout", "defaults": defaults})
    assert line.endswith(
        "degraded: customer=timeout  default: isVip, desk (timeout)  "
        "default: city (no value)"
    )


def test_a_refusal_says_why_and_of_what() -> None:
    line = short_line(
        {**FIELDS, "status": 400, "error": "invalid_input", "fields": ["tel"]}
    )
    assert line.endswith("refused: invalid_input: tel")
    refusal = {"error": "unauthorized", "reason": "the signature is too old"}
    line = short_line({**FIELDS, "status": 401, **refusal})
    assert line.endswith("refused: unauthorized: the signature is too old")


def test_the_time_is_that_of_the_configuration_s_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(FORM_VARIABLE, "short")
    stream = io.StringIO()
    configure_logging("INFO", stream)
    offsets = []
    for zone in (timezone(timedelta(hours=0)), timezone(timedelta(hours=9))):
        show_times_in(zone)
        configure_logging("INFO", stream)  # as gunicorn does once more
        (handler,) = logging.getLogger().handlers
        assert isinstance(handler, NonBlockingHandler)
        handler.write_fields("info", FIELDS)
        logging.getLogger("x").warning("hello")
        first, second = stream.getvalue().splitlines()[-2:]
        offsets.append((int(first[:2]), int(second[:2])))
    (utc, utc_too), (tokyo, tokyo_too) = offsets
    assert (tokyo - utc) % 24 in (9, 10)  # the hour may have ended in between
    assert (tokyo_too - utc_too) % 24 in (9, 10)


def test_a_request_without_endpoint_shows_its_path() -> None:
    fields = {**FIELDS, "endpoint": "", "method": "GET", "path": "/nix", "callers": {}}
    assert " GET /nix " in short_line(fields)


@pytest.mark.parametrize("letter", ["\n", "\r", "\x1b", "\u202e", "\x7f", "\x00"])
def test_a_request_cannot_forge_a_line(letter: str) -> None:
    line = short_line({**FIELDS, "endpoint": f"a{letter}b"})
    assert line.isprintable()


def test_other_lines_say_their_level_where_it_matters() -> None:
    def line(level: int, text: str, *args: object) -> str:
        record = logging.LogRecord("x", level, "", 0, text, args, None)
        return ShortFormatter().format(record)

    assert re.fullmatch(f"{CLOCK} answering at 8080", line(20, "answering at %d", 8080))
    assert line(30, "Redis is gone").endswith(" warning: Redis is gone")
    assert "13800000001" not in line(40, "called from 13800000001")


def test_an_exception_follows_its_line() -> None:
    try:
        raise ValueError("odd")
    except ValueError as problem:
        info = (ValueError, problem, problem.__traceback__)
    record = logging.LogRecord("x", 40, "", 0, "a mistake", (), info)
    lines = ShortFormatter().format(record).splitlines()
    assert lines[0].endswith("error: a mistake")
    assert lines[-1] == "ValueError: odd"


@pytest.mark.parametrize(
    ("form", "terminal", "short"),
    [
        ("", True, True),
        ("", False, False),
        ("json", True, False),
        ("short", False, True),
        ("auto", False, False),
    ],
)
def test_the_form_of_lines_fits_the_stream(
    monkeypatch: pytest.MonkeyPatch, form: str, terminal: bool, short: bool
) -> None:
    if form:
        monkeypatch.setenv(FORM_VARIABLE, form)
    else:
        monkeypatch.delenv(FORM_VARIABLE, raising=False)
    reader, writer = pty.openpty() if terminal else os.pipe()
    try:
        with open(writer, "w", closefd=False) as stream:
            configure_logging("INFO", stream)
            logging.getLogger("x").warning("hello")
            for handler in logging.getLogger().handlers:
                handler.flush()
        output = os.read(reader, 4096).decode()
    finally:
        os.close(reader)
        os.close(writer)
    assert output.startswith("{") is not short
    assert "hello" in output
