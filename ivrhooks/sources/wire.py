"""One connection to a source: aiohttp's protocol, with bounds on what it takes in.

aiohttp parses whatever comes, in the loop, for as long as it comes. Here an exchange
is parsed in small pieces, of which the first cost nothing to wait for; one that goes
on waits for its turn like all heavy work. What no honest server sends (a head without
an end, a frame around nothing) ends the exchange, and bytes that nobody has asked for
end the connection.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from aiohttp import TCPConnector  # noqa: TID251
from aiohttp.client_proto import ResponseHandler  # noqa: TID251 - beside transport.py
from aiohttp.streams import StreamReader  # noqa: TID251

from ivrhooks.basics.errors import SourceMalformed
from ivrhooks.resilience.cpu_budget import TURN, CpuBudget

PIECE = 1024  # bytes parsed in one go: a millisecond, at the worst
PLAIN_PIECE = 32 * 1024  # of a body without chunks, in which there is nothing to parse
LARGER_PIECE = 8 * 1024  # of a body in chunks, while they cost little
LITTLE = 0.0001  # seconds
LARGE = 64 * 1024  # bytes read in one go: who sends so many waits for turns at once
HEAD = 64 * 1024  # bytes of an answer's head, of all that came before it too
INTERIM = 16  # answers of the kind of `100 Continue` before the real one
FRAMING = 64 * 1024  # bytes around a body, beside as many as the body itself
PLAIN_ADDRESS = 2  # host and port: IPv4
AT_ONCE = 0.0005  # seconds of parsing that an exchange has before it waits for turns


class Wire(ResponseHandler):
    """Knows whether anything was heard since the request left, and is never reused
    after bytes that nobody had asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cpu_budget: CpuBudget) -> None:
        super().__init__(loop)
        self.heard = False
        self._cpu_budget = cpu_budget
        self._asked = False
        self._answer: StreamReader | None = None
        self._piece = PIECE
        self._interim = 0
        self._head = self._body = 0
        self._spent = 0.0
        self._held = b""  # read and not parsed; reading is paused meanwhile
        self._queued = False

    # --------------------------------------------------------------- an exchange

    def set_response_params(self, **params: Any) -> None:
        """The begin of an exchange."""
        self.heard = False
        self._asked = True
        self._answer = None
        self._piece = PIECE
        self._interim = 0
        self._head = self._body = 0
        self._spent = 0.0
        super().set_response_params(**params)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """An answer whose head is complete, from the parser."""
        message, payload = data
        if 100 <= message.code < 200 and message.code != 101:
            self._interim += 1
        elif self._answer is None:
            self._answer = payload
            self._piece = PIECE if message.chunked else PLAIN_PIECE
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        self.heard = True
        if not data:
            super().data_received(data)  # the parser goes on with what it has
        elif self._is_over():
            self._drop()
        elif self._held or self._spent > AT_ONCE or len(data) > LARGE:
            self._hold(self._held + data)
        else:
            self._parse(data, AT_ONCE)

    def resume_reading(self, resume_parser: bool = True) -> None:
        super().resume_reading(resume_parser)
        if self._held:
            self._hold(self._held)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        exc.heard = self.heard  # type: ignore[attr-defined]
        for problem in (exc, *cause):
            problem.__traceback__ = None  # whose frames hold this connection
        super().set_exception(exc, *cause)

    # -------------------------------------------------------------------- its end

    def is_connected(self) -> bool:
        return super().is_connected() and not self.should_close

    def connection_lost(self, exc: BaseException | None) -> None:
        held, self._held = self._held, b""
        if held and self._asked:  # it said this before it left
            self._parse(held, None)
        super().connection_lost(exc)
        self._answer = None  # that knows its connection: a circle

    def close(self) -> None:
        self.abort()  # close() would first wait for what is unsent, or for TLS

    def abort(self) -> None:
        self._held = b""
        super().abort()

    # -------------------------------------------------------------------- parsing

    def _parse(self, data: bytes, seconds: float | None) -> None:
        """Parses piece by piece, holding back what is left after ``seconds`` of this
        exchange's time, or where the reader of the body is behind."""
        clock = self._cpu_budget.clock
        at = 0
        while at < len(data) and not self._is_gone():
            if at and self._is_over():
                self._drop()
                return
            if at and seconds is not None and self._waits(seconds):
                self._hold(data[at:])
                return
            piece = (
                data[at : at + self._piece] if at or len(data) > self._piece else data
            )
            at += len(piece)
            began = clock()
            super().data_received(piece)
            self._spend(clock() - began)
            self._check(len(piece))

    def _spend(self, seconds: float) -> None:
        """Counts what a piece has cost; chunks that cost little come in larger ones."""
        self._spent += seconds
        if self._piece < PLAIN_PIECE:
            larger = min(2 * self._piece, LARGER_PIECE)
            cheap = seconds < LITTLE and self._answer is not None
            self._piece = larger if cheap else PIECE

    def _waits(self, seconds: float) -> bool:
        return self._spent > seconds or self._reading_paused

    def _hold(self, data: bytes) -> None:
        """Keeps ``data`` for the next turn, and lets no more come."""
        self._held = data
        self._pause_transport_reading()
        if not self._queued and not self._reading_paused:
            self._queued = True
            self._cpu_budget.later(self._go_on)

    def _go_on(self) -> None:
        self._queued = False
        data, self._held = self._held, b""
        if data:
            self._parse(data, self._spent + TURN)
        if not self._held and not self._reading_paused:
            self._resume_transport_reading()

    def _is_gone(self) -> bool:
        """Whether nobody reads any more. Who has sent all may be closing already (TLS
        tells before its last bytes are parsed)."""
        return self.transport is None or self._exception is not None

    def _is_over(self) -> bool:
        """Whether nothing more is to come: not asked, or answered to the end."""
        if not self._asked:
            return True
        return self._answer is not None and self._answer.is_eof()

    def _check(self, size: int) -> None:
        """Ends an exchange that takes more than any honest one."""
        if self._answer is None:
            self._head += size
            if self._head > HEAD or self._interim > INTERIM:
                self._refuse("the answer has no end of its head", code="too_large")
            return
        self._body += size
        body = self._answer.total_bytes
        if self._body - body > FRAMING + body:
            self._refuse("the answer is nearly all frame and no body")

    def _refuse(self, why: str, code: str = "malformed") -> None:
        problem = SourceMalformed(why, code=code)
        if self._answer is not None:
            self._answer.set_exception(problem)
        self.set_exception(problem)
        self._drop()

    def _drop(self) -> None:
        """Ends the connection at once; who reads is told by what has been set."""
        self._asked = False
        self._held = b""
        if self.transport is not None:
            self.transport.abort()


class Connector(TCPConnector):
    """Makes connections that are Wires."""

    def __init__(self, cpu_budget: CpuBudget, **how: Any) -> None:
        super().__init__(**how)
        self._factory = cast(Any, partial(Wire, loop=self._loop, cpu_budget=cpu_budget))

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: Any, **how: Any
    ) -> Any:
        """Where there is one address there are none to choose from (Happy Eyeballs,
        RFC 8305), which costs a quarter of a lookup."""
        if len(addr_infos) == 1 and len(addr_infos[0][4]) == PLAIN_ADDRESS:
            host, port = addr_infos[0][4]
            return await self._wrap_existing_connection(
                *args, host=host, port=port, **how
            )
        return await super()._wrap_create_connection(
            *args, addr_infos=addr_infos, **how
        )
