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
"""A compiled template: takes names with their values, gives a value or None."""

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
"""Keys of a source that have no meaning for a kind without HTTP."""


class Asker(ABC):
    """Queries a source that is no HTTP API, such as a table or a database.

    It takes the place of a client and its transport, behind the same cache, breaker,
    limit and deadline.
    """

    @abstractmethod
    def key(self, query: Query) -> Hashable:
        """Return the key by which caches and requests in flight identify ``query``.

        It consists of texts, numbers and tuples of them. Raises SourceRejected where
        the query cannot be made.
        """

    @abstractmethod
    async def ask(self, query: Query, seconds: Callable[[], float]) -> Reply:
        """Return the reply.

        ``seconds()`` gives the time that is left, from any thread; it is infinite where
        the caller cancels. Cancellation ends the query at the source. Raises
        SourceError.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close what is open."""


class YamlRefused(Exception):
    """A YAML file of rows cannot be read; holds why and at which line."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Section(Protocol):
    """A source, or a lookup's request, in the YAML, while its kind compiles it.

    Problems are reported at a key below it and never raised.
    """

    @property
    def name(self) -> str:
        """The name of the source."""

    @property
    def region(self) -> str | None:
        """``region`` of the root file."""

    @property
    def timezone(self) -> str:
        """``timezone`` of the root file."""

    @property
    def folder(self) -> Path:
        """The folder of the root file."""

    def get(self, key: str) -> Any:
        """Return the value under ``key``, or None where it is absent."""

    def error(self, *path: str | int, message: str, key: bool = False) -> None:
        """Report an error at the section, or at ``key`` below it."""

    def warning(self, *path: str | int, message: str) -> None:
        """Report a warning at the section."""

    def read_yaml(self, data: bytes) -> list[tuple[int, Any]]:
        """Return the entries of a YAML list with their lines. Raises YamlRefused."""

    def load(self, schema: Schema, key: str) -> Any:
        """Load the mapping under ``key`` with ``schema``; warn of literal secrets.

        Return None where it is absent or has errors.
        """

    def seconds(self, value: Any) -> float | None:
        """Return a duration in seconds; None where ``value`` is None."""

    def template(
        self, value: Any, names: tuple[str, ...], *path: str | int
    ) -> Evaluate:
        """Compile ``value`` to a template that knows the given names and no others."""

    def place(self, *path: str | int) -> str:
        """Return ``file:line`` of a key below the section, for use in a message."""

    def problem_in(
        self, file: Path, line: int, message: str, *, severity: str = "error"
    ) -> None:
        """Report a problem in another file that the section names."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the catalogue.

    - ``operations``: what a source of this kind can be asked; the first is the default.
    - ``client`` makes queries over HTTP, ``open`` in another way. A kind has one of
      them.
    - ``auth``: the schema of ``auth:``; it loads the kind's frozen auth settings.
    - ``needs_auth``: whether ``auth:`` must be written; ``auth_help`` names its keys.
    - ``empty``: the default of ``empty:``, the words that mean "no value".
    - ``system_param``: the parameter that takes the System API's telephone number.
    - ``asks_requests``: a lookup has ``request`` in place of ``params``. The operation
      is no vendor's: it may write, and its answer is not described.
    - ``stands_in``: whether the sandbox imitates it.
    - ``max_concurrent``: the default of that key.
    - ``keys``: this kind's own keys of a source; ``compile`` turns them into
      ``SourceSettings.options``.
    - ``rule_keys``: the keys of a ``request`` that say how its answer is judged;
      ``compile_rules`` turns them and the source's options into ``Query.rules``.
    - ``describe``: returns the operations of one source from its options, where each
      source has its own.
    - ``harmless``: an operation with parameters that finds nobody, to try a source
      with.
    - ``unknown_fields``: the fields of results are not described, so ``pii:`` of the
      source gives their kinds.
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

    def operation(self, name: str) -> Operation:
        """Return the operation of that name. Raises KeyError where there is none."""
        return {operation.name: operation for operation in self.operations}[name]

    @property
    def picks(self) -> tuple[str, ...]:
        """The words that ``pick:`` may have."""
        if self.asks_requests:
            return ("first", "none")
        return ("risk_first", "first", "newest", "none")
