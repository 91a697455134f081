"""Values of PostgreSQL that psycopg would refuse, pad or send too small.

Dates and times that Python has no value for stay text: ``infinity``, years before
Christ and ``24:00`` are common in tables of validity and of opening hours. By itself
psycopg raises an error for them, and the whole row is lost.

A small int is sent as an integer. By itself psycopg sends a smallint, and ``:a * :b``
of 200 and 200 is an error of the database, though 100 and 100 is none.

The blanks that fill up a ``char(n)`` are no part of its value, neither in SQL nor in
MySQL's answers. With them a ``map`` of an output would match nothing.
"""

from __future__ import annotations

from typing import Any

from psycopg import DataError, postgres
from psycopg.abc import AdaptContext, Buffer
from psycopg.abc import Loader as LoaderProtocol
from psycopg.adapt import AdaptersMap, Dumper, Loader, PyFormat
from psycopg.pq import Format
from psycopg.types.numeric import Int2, Int4, Int4Dumper, IntDumper

MOMENTS = ("date", "time", "timetz", "timestamp", "timestamptz")


def mend_values(adapters: AdaptersMap) -> None:
    """Make the connection of ``adapters`` return such values as text, unpadded, and
    send ints of 32 bits."""
    for name in MOMENTS:
        _wrap(adapters, name, _OrText)
    _wrap(adapters, "bpchar", _Unpadded)
    adapters.register_dumper(int, _AtLeastInteger)


def _wrap(adapters: AdaptersMap, name: str, wrapper: type[_Wrapper]) -> None:
    oid = postgres.types[name].oid
    own = adapters.get_loader(oid, Format.TEXT)
    if own is not None:
        made = type(wrapper.__name__, (wrapper,), {"wrapped": own})
        adapters.register_loader(oid, made)


class _Wrapper(Loader):
    """Loads by the driver's own loader. ``wrapped``: that loader."""

    wrapped: type[LoaderProtocol]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self.own = self.wrapped(oid, context)


class _OrText(_Wrapper):
    def load(self, data: Buffer) -> Any:
        """Return a moment, or the database's text where Python has none."""
        try:
            return self.own.load(data)
        except DataError:
            return bytes(data).decode("utf-8", "replace")


class _Unpadded(_Wrapper):
    def load(self, data: Buffer) -> Any:
        """Return a text without the blanks at its end."""
        text = self.own.load(data)
        return text.rstrip(" ") if isinstance(text, str) else text


class _AtLeastInteger(IntDumper):
    def upgrade(self, obj: int, format: PyFormat) -> Dumper:
        """Return the dumper of an int's size, of 32 bits where 16 would do."""
        dumper = super().upgrade(obj, format)
        return Int4Dumper(Int4) if dumper.cls is Int2 else dumper
