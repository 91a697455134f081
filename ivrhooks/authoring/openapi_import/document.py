"""Reads an OpenAPI file: follows its references and lists its operations.

It reads OpenAPI 3.0 to 3.2 and Swagger 2.0, in YAML or JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

MAX_BYTES = 16 * 1024 * 1024
_OURS = frozenset({"accept", "content-type", "authorization", "x-request-id"})
"""Headers that the file may name, and that a source sends by itself."""

_COMBINED = ("allOf", "anyOf", "oneOf")
_METHODS = ("get", "put", "post", "delete", "patch", "head")
_DEEPEST = 20


class CannotImport(Exception):
    """The file cannot be used; the message says why, and what to write."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation. ``place``: path, query or header."""

    name: str
    place: str
    type: str  # int | string
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``answer``: the schema of its success, {} where there is none."""

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenApiDocument:
    """A whole file, as it was read."""

    raw: Mapping[str, Any]

    def operations(self) -> Iterator[Operation]:
        """Yield every operation in the file's order."""
        for path, item in _mapping(self.raw.get("paths")).items():
            item = self.resolved(item)
            shared = item.get("parameters") or []
            for method in _METHODS:
                if isinstance(entry := item.get(method), Mapping):
                    yield self._operation(str(path), method, entry, shared)

    def resolved(self, value: Any) -> Mapping[str, Any]:
        """Return a mapping with its local reference followed; {} where it leads
        nowhere."""
        for _ in range(_DEEPEST):
            if not isinstance(value, Mapping):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        return {}

    def parts(self, value: Any, depth: int = 0) -> list[Mapping[str, Any]]:
        """Return a schema and all schemas that it is composed of."""
        schema = self.resolved(value)
        schemas = [schema]
        for word in _COMBINED if depth < _DEEPEST else ():
            combined = schema.get(word)
            for part in combined if isinstance(combined, list) else ():
                schemas += self.parts(part, depth + 1)
        return schemas

    def types(self, value: Any) -> frozenset[str]:
        """Return the types that a value of this schema may have, without null."""
        names: set[str] = set()
        for part in self.parts(value):
            kind = part.get("type")
            kinds = kind if isinstance(kind, list) else [kind]
            names.update(str(kind) for kind in kinds if kind not in (None, "null"))
            if "properties" in part:
                names.add("object")
            known = {
                type(value) for value in part.get("enum") or () if value is not None
            }
            if not kind and known:
                names.add("integer" if known == {int} else "string")
        return frozenset(names)

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return {}
        value: Any = self.raw
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def _operation(
        self, path: str, method: str, entry: Mapping[str, Any], shared: list[Any]
    ) -> Operation:
        parameters: dict[tuple[str, str], Parameter] = {}
        for raw in (*shared, *(entry.get("parameters") or [])):
            parameter = self._parameter(self.resolved(raw))
            if parameter is not None:
                parameters[parameter.place, parameter.name] = parameter
        name = str(entry.get("operationId") or f"{method}_{path}")
        return Operation(
            name,
            method.upper(),
            path,
            str(entry.get("summary") or entry.get("description") or ""),
            tuple(parameters.values()),
            self._answer(entry),
        )

    def _parameter(self, raw: Mapping[str, Any]) -> Parameter | None:
        place, name = raw.get("in"), raw.get("name")
        if place not in ("path", "query", "header") or not isinstance(name, str):
            return None
        if place == "header" and name.lower() in _OURS:
            return None
        kinds = self.types(raw.get("schema") or raw)
        required = place == "path" or raw.get("required") is True
        return Parameter(
            name, place, "int" if kinds == {"integer"} else "string", required
        )

    def _answer(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        answers = _mapping(entry.get("responses"))
        good = next((answer for answer in answers if str(answer).startswith("2")), None)
        answer = self.resolved(answers.get(good)) if good is not None else {}
        if "schema" in answer:  # Swagger 2.0
            return self.resolved(answer["schema"])
        for kind, content in _mapping(answer.get("content")).items():
            if "json" in str(kind) or kind == "*/*":
                return self.resolved(self.resolved(content).get("schema"))
        return {}


def read_document(file: Path) -> OpenApiDocument:
    """Return an OpenAPI file. Raises CannotImport."""
    data = file.read_bytes()
    if len(data) > MAX_BYTES:
        raise CannotImport(f"{file} is larger than 16 MB")
    try:
        raw = _load_yaml(data)
    except (YAMLError, ValueError, RecursionError) as error:
        raise CannotImport(f"{file}{_why(error)}") from None
    if not isinstance(raw, Mapping) or not ("openapi" in raw or "swagger" in raw):
        raise CannotImport(
            f"{file} is no OpenAPI file: it has neither `openapi` nor `swagger`"
        )
    version = str(raw.get("openapi") or raw.get("swagger"))
    if not version.startswith(("3.0", "3.1", "3.2", "2.0")):
        raise CannotImport(
            f"{file} is of version {version}; OpenAPI 3.0 to 3.2 and Swagger 2.0 are "
            "read"
        )
    if not isinstance(raw.get("paths"), Mapping):
        raise CannotImport(f"{file} has no `paths`, so there is nothing to ask")
    return OpenApiDocument(raw)


class _Texts(SafeConstructor):
    """Keeps as text what YAML 1.2 has no other type for: dates, ``=`` and ``<<``.

    ruamel.yaml makes dates of all that looks like one, and refuses a file for its
    ``0000-00-00`` or ``=``.
    """


for _type in ("timestamp", "value", "merge"):
    _Texts.add_constructor(
        f"tag:yaml.org,2002:{_type}", SafeConstructor.construct_yaml_str
    )


def _load_yaml(data: bytes) -> Any:
    """Load with the fast parser; where it refuses ``[{url: https://…}]``, with the slow
    one."""
    try:
        return _yaml(pure=False).load(data)
    except YAMLError as first:
        try:
            return _yaml(pure=True).load(data)
        except YAMLError:
            raise first from None


def _yaml(*, pure: bool) -> YAML:
    yaml = YAML(typ="safe", pure=pure)
    yaml.Constructor = _Texts
    return yaml


def _why(error: Exception) -> str:
    """Return where and why a file cannot be read."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).strip().splitlines()[0]
    place = f":{mark.line + 1}:" if mark else ""
    return f"{place} cannot be read: {reason}"


def identifier(text: str) -> str:
    """Return a name that templates can use, made from any text."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_") or "api"
    return f"_{name}" if name[0].isdigit() else name


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
