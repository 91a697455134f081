from __future__ import annotations

import asyncio
import json
import logging
import os

import pytest

from ivrhooks.basics.log.log_lines import (
    MAX_WAITING,
    JsonFormatter,
    NonBlockingHandler,
    send_before_lines,
    to_line,
)
from ivrhooks.basics.write_batch import WriteBatch
from support.memory_connection import MemoryTransport


def test_lines_show_no_raw_control_characters():
    text = to_line({"a": "\n\x1b\x7f\x85\x9b\u2028\u202e", "b": "\ud800", "c": {1, 2}})
    assert text.isprintable()
    assert len(text.splitlines()) == 1


def test_arguments_that_do_not_fit_lose_no_line():
    args = ("many",)
    record = logging.LogRecord("x", logging.INFO, "", 0, "%d calls", args, None)
    assert "many" in json.loads(JsonFormatter().format(record))["message"]


class Pipe:
    """A real pipe whose reader takes nothing until told."""

    def __init__(self):
        self.reader, self.writer = os.pipe()

    def fileno(self):
        return self.writer

    def read(self):
        os.set_blocking(self.reader, False)
        written = b""
        while True:
            try:
                piece = os.read(self.reader, 65536)
            except BlockingIOError:
                return written
            written += piece


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    os.close(pipe.reader)
    os.close(pipe.writer)


def test_a_blocked_reader_delays_no_writer(pipe):
    handler = NonBlockingHandler(pipe)
    record = logging.LogRecord("x", logging.INFO, "", 0, "y" * 500, None, None)
    for _ in range(MAX_WAITING + 1000):
        handler.handle(record)
    assert handler.dropped > 0
    written = pipe.read()
    while (more := handler.flush() or pipe.read()) != b"":
        written += more
    handler.handle(record)
    written += pipe.read()
    lines = written.decode().splitlines()
    assert json.loads(lines[-2])["event"] == "log_lines_dropped"
    assert MAX_WAITING <= len(lines) <= MAX_WAITING + 1000
    assert handler.dropped == 0


def test_a_long_line_is_complete_and_a_closed_reader_harmless(pipe):
    handler = NonBlockingHandler(pipe)
    long = logging.LogRecord("x", logging.INFO, "", 0, "é" * 20000, None, None)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.handle(long)
    assert pipe.read().decode() == "é" * 20000 + "\n"
    reader, pipe.reader = pipe.reader, os.open(os.devnull, os.O_RDONLY)
    os.close(reader)
    handler.handle(long)
    handler.flush()


def test_lines_for_a_closed_stream_reach_no_other_file(tmp_path):
    others = tmp_path / "customers.db"

    async def story(stream, other):
        handler.write_fields("info", {"told": "in the iteration of the close"})
        number = stream.fileno()
        stream.close()
        return os.dup2(other.fileno(), number)  # as the next connection would get it

    with open(tmp_path / "log", "w") as stream, others.open("wb") as other:
        handler = NonBlockingHandler(stream)
        number = asyncio.run(story(stream, other))
        handler.write_fields("info", {"told": "too late"})
        handler.handle(logging.makeLogRecord({"msg": "too late"}))
        handler.flush()
        os.close(number)
    assert others.read_bytes() == b""


def test_a_stream_that_does_not_block_loses_no_part_of_a_line(pipe):
    os.set_blocking(pipe.writer, False)
    handler = NonBlockingHandler(pipe)
    handler.setFormatter(logging.Formatter("%(message)s"))
    record = logging.LogRecord("x", logging.INFO, "", 0, "y" * 3000, None, None)
    for _ in range(100):
        handler.handle(record)
    written = b""
    while more := pipe.read():
        written += more
        handler.flush()
    assert written.decode() == ("y" * 3000 + "\n") * 100


def test_the_lines_of_one_turn_of_the_loop_leave_in_one_write(pipe, monkeypatch):
    writes = []
    write = os.write
    monkeypatch.setattr(
        "ivrhooks.basics.log.log_lines.os.write",
        lambda to, data: writes.append(data) or write(to, data),
    )
    handler = NonBlockingHandler(pipe)

    async def story():
        for number in range(5):
            handler.write_fields("info", {"number": number})
        assert writes == []
        await asyncio.sleep(0)
        assert len(writes) == 1
        handler.write_fields("info", {"number": 5})
        for number in range(6, 100):  # more than a pipe takes without waiting
            handler.write_fields("info", {"number": number, "text": "x" * 100})
        await asyncio.sleep(0)

    asyncio.run(story())
    assert all(data.endswith(b"\n") and len(data) <= 4096 for data in writes)
    lines = pipe.read().decode().splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(100))
    assert len(writes) < 10


def test_lines_of_a_loop_that_has_ended_are_not_lost(pipe):
    handler = NonBlockingHandler(pipe)

    async def story():
        handler.write_fields("info", {"number": 1})
        asyncio.get_running_loop().stop()

    for _ in range(2):
        loop = asyncio.new_event_loop()
        task = loop.create_task(story())
        loop.run_forever()
        loop.close()
        del task
    handler.write_fields("info", {"number": 2})
    handler.flush()
    assert len(pipe.read().splitlines()) == 3


def test_answers_leave_before_the_lines_about_them(pipe, monkeypatch):
    transport = MemoryTransport()
    sent_before_line = []
    monkeypatch.setattr(
        "ivrhooks.basics.log.log_lines.os.write",
        lambda to, data: sent_before_line.append(transport.written) or len(data),
    )
    handler = NonBlockingHandler(pipe)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])

    async def story():
        batch = WriteBatch(asyncio.get_running_loop())
        send_before_lines(batch.flush)
        handler.write_fields("info", {"event": "data_request"})
        batch.write(transport, b"answer")
        await asyncio.sleep(0)

    asyncio.run(story())
    assert sent_before_line == [b"answer"]
