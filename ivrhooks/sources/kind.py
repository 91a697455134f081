"""A kind of source: what the catalogue knows of one vendor's software."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from marshmallow import Schema

from ivrhooks.sources.interface import (
    Client,
    Operation,
    Query,
    Reply,
    SourceSettings,
)

Evaluate = Callable[[Mapping[str, Any]], Any]
"""A compiled template: names and their values -> its value, None for no value."""

HTTP_KEYS = (
    "base_url",
    "auth",
    "paths",
    "retries",
    "max_response",
    "rate_limit",
    "tls",
    "proxy",
    "request_id",
)
"""Keys of a source that mean nothing where it is not asked over HTTP."""


class Asker(ABC):
    """Asks a source that is no HTTP API (a table, a database). It stands where a client
    and its transport stand, behind the same cache, breaker, limit and deadline."""

    @abstractmethod
    def key(self, query: Query) -> Hashable:
        """What a cache and a request under way know ``query`` by: texts, numbers and
        tuples of them. Raises SourceRejected where it cannot be asked."""

    @abstractmethod
    async def ask(self, query: Query, seconds: Callable[[], float]) -> Reply:
        """The answer. ``seconds``: what is left at this moment, from any thread
        (infinite: whoever waits cancels it). Ends its own work when it is cancelled.
        Raises SourceError."""

    @abstractmethod
    async def close(self) -> None:
        """Lets go of what is open."""


class YamlRefused(Exception):
    """A YAML file of rows cannot be read: why, and at which line."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Section(Protocol):
    """A part of the YAML while a kind compiles it: a source, or a lookup's request.
    Problems are reported at a place below it, and never raised."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def region(self) -> str | None:
        """The root's ``region``."""

    @property
    def timezone(self) -> str:
        """The root's ``timezone``."""

    @property
    def folder(self) -> Path:
        """The folder of the root file."""

    def get(self, key: str) -> Any:
        """What the file says under ``key``; None where it says nothing."""

    def error(self, *path: str | int, message: str, key: bool = False) -> None:
        """Reports an error below the section."""

    def warning(self, *path: str | int, message: str) -> None:
        """Reports what is probably not meant."""

    def read_yaml(self, data: bytes) -> list[tuple[int, Any]]:
        """The entries of a YAML list with their lines. Raises YamlRefused."""

    def load(self, schema: Schema, key: str) -> Any:
        """What ``schema`` makes of the mapping under ``key``, secrets in plain text
        warned of; None where it has errors or is not there."""

    def seconds(self, value: Any) -> float | None:
        """A duration in seconds; None where ``value`` is none."""

    def template(
        self, value: Any, names: tuple[str, ...], *path: str | int
    ) -> Evaluate:
        """``value`` compiled, of which templates know ``names`` and no others."""

    def place(self, *path: str | int) -> str:
        """``file:line`` of a key below the section, to be named in a message."""

    def problem_in(
        self, file: Path, line: int, message: str, *, severity: str = "error"
    ) -> None:
        """Reports a problem of another file that the section names."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the catalogue.

    - ``operations``: what each source of the kind can be asked, the default first;
    - ``client`` asks over HTTP; ``open`` makes what asks in another way: one of them;
    - ``auth``: the schema of ``auth:`` in the YAML, whose load gives the kind's frozen
      auth settings; ``needs_auth``: it must be written; ``auth_help`` names its keys;
    - ``empty``: the default words that are "no value";
    - ``system_param``: the parameter that takes the System API's number;
    - ``asks_requests``: a lookup says ``request`` and not ``params``, and the kind's
      operation is no vendor's: it may write, and answers what it likes;
    - ``stands_in``: the sandbox imitates it;
    - ``max_concurrent``: the default of that key;
    - ``keys``: the keys of a source that are this kind's own; ``compile`` makes of them
      ``SourceSettings.options``;
    - ``rule_keys``: keys of a ``request`` that say how its answer is read;
      ``compile_rules`` makes of them ``Query.rules``, over the source's options;
    - ``describe``: the operations of one source, out of its options, where they are the
      source's own;
    - ``harmless``: the operation and the parameters of a read that finds nobody, by
      which a source can be tried;
    - ``unknown_fields``: what its results hold is not described here, so ``pii:`` says
      of which kind a field is.
    """

    name: str
    operations: tuple[Operation, ...]
    client: type[Client] | None = None
    open: Callable[[SourceSettings], Asker] | None = None
    auth: type[Schema] | None = None
    needs_auth: bool = True
    auth_help: str = "none"
    empty: tuple[str, ...] = ("",)
    system_param: str | None = None
    unknown_fields: bool = False
    asks_requests: bool = False
    stands_in: bool = True
    max_concurrent: int = 64
    keys: tuple[str, ...] = ()
    compile: Callable[[Section], Any] | None = None
    rule_keys: tuple[str, ...] = ()
    compile_rules: Callable[[Section, Any], Any] | None = None
    describe: Callable[[Any], tuple[Operation, ...]] | None = None

    harmless: tuple[str, Mapping[str, Any]] | None = None

    @property
    def picks(self) -> tuple[str, ...]:
        """The words that ``pick:`` may have."""
        if self.asks_requests:
            return ("first", "none")
        return ("risk_first", "first", "newest", "none")
