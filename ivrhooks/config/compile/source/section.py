"""The view of a source or request of the YAML that its kind sees while compiling."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError

from ivrhooks.basics.errors import Problem
from ivrhooks.basics.plain_texts import plain_texts
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import ALMOST_FILLED, Location, listed
from ivrhooks.config.reading.yaml_reader import plain, read_yaml
from ivrhooks.config.schema.explained import explained, nested, with_meant_keys
from ivrhooks.config.schema.measures import read_duration
from ivrhooks.config.schema.problems import report_messages
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.filters import TemplateContext
from ivrhooks.config.templates.names import Names
from ivrhooks.sources.kind import Evaluate, YamlRefused

_SECRETS = frozenset(
    (
        "app_key",
        "app_secret",
        "api_key",
        "password",
        "secret",
        "access_token",
        "token",
        "bearer",
        "client_secret",
        "value",
    )
)
_SECRET_NAME = re.compile(
    r"(?:^|[_-])(?:api[_-]?key|key|token|secret|password|passwd|pwd|authorization)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What all sources share of the root file.

    ``outbound`` holds the hosts that the root lists, or None where it lists none.
    """

    folder: Path
    region: str | None = None
    timezone: str = "UTC"
    template_context: TemplateContext = field(default_factory=TemplateContext)
    outbound: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _ParamScope:
    """The scope of a source's own templates: the given names and no others."""

    values: Mapping[str, Any]

    def note(self, text: str) -> None:
        """Ignore the note: templates of a source have no trace."""


@dataclass(frozen=True, slots=True)
class SourceSection:
    """Implements ``sources.kind.Section`` for ``entry``, a source or a mapping of the
    file."""

    name: str
    location: Location
    source_context: SourceContext
    entry: Any = None
    mapping: Mapping[str, Any] = field(default_factory=dict)

    @property
    def region(self) -> str | None:
        """``region`` of the root file."""
        return self.source_context.region

    @property
    def timezone(self) -> str:
        """``timezone`` of the root file."""
        return self.source_context.timezone

    @property
    def folder(self) -> Path:
        """The folder of the root file."""
        return self.source_context.folder

    def get(self, key: str) -> Any:
        """Return the value under ``key``, or None where it is absent."""
        if self.entry is None:
            return self.mapping.get(key)
        value = getattr(self.entry, key)
        return value if self.location.at(key).has() else None

    def error(self, *path: str | int, message: str, key: bool = False) -> None:
        """Report an error at the section, or at ``key`` below it."""
        self.location.at(*path).error(message, key=key)

    def warning(self, *path: str | int, message: str) -> None:
        """Report a warning at the section."""
        self.location.at(*path).warning(message)

    def place(self, *path: str | int) -> str:
        """Return ``file:line`` of a key below the section."""
        return self.location.at(*path).place()

    def problem_in(
        self, file: Path, line: int, message: str, *, severity: str = "error"
    ) -> None:
        """Report a problem in another file that the section names."""
        self.location.report.add(
            Problem(message, file=str(file), line=line, column=1, severity=severity)
        )

    def load(self, schema: Schema, key: str) -> Any:
        """Load the mapping under ``key`` with ``schema``; None where it is absent or
        has errors."""
        value, location = self.get(key), self.location.at(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            location.error("write a mapping, `key: value`")
            return None
        return load_part(schema, value, location)

    @staticmethod
    def read_yaml(data: bytes) -> list[tuple[int, Any]]:
        """Return the entries of a YAML list with their lines. Raises YamlRefused."""
        root, problems = read_yaml(data)
        for problem in problems:
            raise YamlRefused(problem.message, problem.line)
        if root is None or not isinstance(root.value, list):
            raise YamlRefused("no list of rows; write - {column: value}")
        return [(entry.line, plain(entry)) for entry in root.value]

    def seconds(self, value: Any) -> float | None:
        """Return a duration in seconds; None where ``value`` is None."""
        try:
            return float(read_duration(value)) or None
        except ValueError:
            return None

    def template(
        self, value: Any, names: tuple[str, ...], *path: str | int
    ) -> Evaluate:
        """Compile ``value`` to a template that knows the given names and no others."""
        templates = Templates(
            Names(extra=names, template_context=self.source_context.template_context)
        )
        expression = templates.compile(value, self.location.at(*path))

        def evaluate(values: Mapping[str, Any]) -> Any:
            return expression.evaluate(_ParamScope(values))

        return evaluate


def load_part(schema: Schema, section: Mapping[Any, Any], location: Location) -> Any:
    """Load a mapping with ``schema``; None where it has errors, which are reported.

    Literal secrets are warned of.
    """
    warn_of_literals(section, schema, location)
    try:
        return schema.load(plain_texts(section))
    except ValidationError as error:
        strange = [str(key) for key in section if key not in _fields_of(schema)]
        cure = _cure(schema, section) if strange else ""
        if cure:
            keys = listed(strange)
            what = (
                f"unknown key {keys}" if len(strange) == 1 else f"unknown keys {keys}"
            )
            location.at(strange[0]).error(f"{what}; {cure}", key=True)
        else:
            report_messages(explained(schema, error.messages, section), location)
        return None


def _cure(schema: Schema, section: Mapping[Any, Any]) -> str:
    """Return how a section with unknown keys is written, where the others of its keys
    are not enough; else "".

    A schema that wants certain keys together says so only where it knows all keys.
    """
    mended = with_meant_keys(schema, section) or section
    known = {key: value for key, value in mended.items() if key in _fields_of(schema)}
    for key, reasons in schema.validate(plain_texts(known)).items():
        whole = [text for text in reasons if key == "_schema" or "write auth:" in text]
        if whole:
            return str(whole[0]).removeprefix("is missing; ")
    return ""


def _fields_of(schema: Schema) -> dict[str, Any]:
    return {field.data_key or name: field for name, field in schema.fields.items()}


def warn_of_literals(
    section: Mapping[str, Any], schema: Schema, location: Location
) -> None:
    """Warn of each secret that is written in plain text."""
    _warn(_literal_secrets(section, schema, ()), location)


def warn_of_literals_in(section: Any, location: Location) -> None:
    """Warn of plain text under key names that usually hold secrets."""
    if isinstance(section, Mapping):
        _warn(_literals_in(section, ()), location)


def _warn(paths: Iterator[tuple[str, ...]], location: Location) -> None:
    for path in paths:
        location.at(*path).plain_secret()


def _literal_secrets(
    section: Mapping[str, Any], schema: Schema, path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    known = _fields_of(schema)
    for key, value in section.items():
        below = nested(known.get(key))
        if isinstance(value, Mapping) and below is not None:
            yield from _literal_secrets(value, below, (*path, str(key)))
        elif isinstance(value, Mapping) and key in known:
            yield from _literals_in(value, (*path, str(key)))
        elif key in known and key in _SECRETS and _is_literal(value):
            yield (*path, str(key))


def _literals_in(
    section: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Yield the paths of such keys in a mapping whose names the integrator chooses."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from _literals_in(value, (*path, str(key)))
        elif _SECRET_NAME.search(str(key)) and _is_literal(value):
            yield (*path, str(key))


def _is_literal(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value != ""
        and not isinstance(value, Interpolated)
        and ("{{" not in value or ALMOST_FILLED.fullmatch(value) is not None)
    )


def secret_texts(key: str, value: Any) -> Iterator[str]:
    """Yield the texts of credentials in a part of a source."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from secret_texts(str(name), item)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(key, item)
    elif isinstance(value, Interpolated) or (
        _is_literal(value) and (key in _SECRETS or _SECRET_NAME.search(key))
    ):
        yield str(value)


def basic_secrets(auth: Any) -> Iterator[str]:
    """Yield user and password as HTTP Basic encodes them; many servers echo that."""
    if not isinstance(auth, Mapping):
        return
    for part in (auth, auth.get("basic")):
        if not isinstance(part, Mapping):
            continue
        for user, password in _PAIRS:
            if user in part and password in part:
                pair = f"{part[user]}:{part[password]}"
                yield b64encode(pair.encode("utf-8", "surrogatepass")).decode()


_PAIRS = (("username", "password"), ("account", "password"), ("secret_id", "secret"))
