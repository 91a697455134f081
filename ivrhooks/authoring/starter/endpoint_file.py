"""The file of a new endpoint: a first one, or one made from a system's answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.authoring.starter.yaml_text import scalar, section
from ivrhooks.basics.values import SAFE_INT

MODELINE = "# yaml-language-server: $schema=../.schema/endpoint.json"
PHONE = re.compile(
    r"(?i)(^|[ _.-])(tel|telephone|phone|mobile|ani|msisdn|caller|callerid|from)"
    r"($|[_.-]|number|id)|手机|电话"
)
MADE_UP_NUMBER = "13800000001"
Path = tuple[str, ...]
FIRST = "[0]"
"""The step to a list's first entry."""


@dataclass(slots=True)
class NewEndpoint:
    """The content of a new endpoint's file; each mapping as the YAML has it."""

    name: str
    path: str
    format: str
    inputs: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    lookups: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    tests: list[dict[str, Any]] = field(default_factory=list)
    remark: str = ""

    def text(self) -> str:
        """Return the whole file."""
        lines = [MODELINE]
        lines += [f"# {line}" for line in self.remark.splitlines()]
        lines += [
            f"endpoint: {scalar(self.name)}",
            f"path: {scalar(self.path)}",
            f"format: {self.format}",
            "",
        ]
        for key in ("headers", "inputs", "lookups", "outputs"):
            entries: Mapping[str, Any] = getattr(self, key)
            lines += section(key, entries)
            lines += [""] if entries else []
        if self.tests:
            lines.append("tests:")
            lines += [f"  - {scalar(test)}" for test in self.tests]
        return "\n".join(lines).rstrip("\n") + "\n"


def plain_endpoint(name: str) -> NewEndpoint:
    """Return a first endpoint: the caller's number in, one output out."""
    return NewEndpoint(
        name,
        f"/api/{name}",
        "form",
        inputs={"tel": {"type": "string", "format": "phone", "required": True}},
        outputs={"queue": {"type": "string", "value": "general", "default": "general"}},
        tests=[
            {
                "name": "Everybody goes to the general queue",
                "inputs": {"tel": MADE_UP_NUMBER},
                "expect": {"queue": "general"},
            }
        ],
        remark="Add lookups, and templates over them in the outputs: docs/rules.md",
    )


def outputs_of(lookup: str, sample: Any) -> dict[str, dict[str, Any]]:
    """Return an output for each plain field of a customer system's answer."""
    return {
        name: {
            "type": "int" if _is_int(value) else "string",
            "value": "{{ " + read_path(lookup, path) + " }}",
            "default": 0 if _is_int(value) else "",
        }
        for path, value in _fields(sample)
        if (name := _name_of(path)) != "error" and not _is_hidden(path)
    }


def _name_of(path: Path) -> str:
    return "_".join(step for step in path if step != FIRST)


def _is_hidden(path: Path) -> bool:
    """Return whether no template can read what is there, or its name is empty."""
    return any(step.startswith("__") or not step.strip() for step in path)


def _fields(value: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the plain values of an answer; of a list of mappings those of the first."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            if isinstance(below, (Mapping, list)):
                yield from _fields(below, (*above, name))
            else:
                yield (*above, name), below
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield from _fields(value[0], (*above, FIRST))


def _is_int(value: Any) -> bool:
    """Return whether an int output accepts a value; a longer number becomes text."""
    return isinstance(value, int) and abs(value) <= SAFE_INT


def endpoint_from_sample(name: str, source: str, sample: Any) -> NewEndpoint:
    """Return an endpoint with the plain fields of a system's answer as outputs."""
    entry: dict[str, Any] = {
        "source": source,
        "request": {"path": "/", "query": {"tel": "{{ inputs.tel }}"}},
    }
    lookup = "customer"
    outputs = outputs_of(lookup, sample)
    return NewEndpoint(
        name,
        f"/api/{name}",
        "form",
        inputs={"tel": {"type": "string", "format": "phone", "required": True}},
        lookups={lookup: entry},
        outputs=outputs,
        tests=[_sample_test(lookup, sample, outputs)],
        remark="Made from a customer system's answer. Write the path and the query by "
        "which it is asked.",
    )


def read_path(lookup: str, path: Sequence[str]) -> str:
    """Return the expression that reads a field of a lookup's result."""
    return lookup + "".join(map(_step, path))


def _step(name: str) -> str:
    if name == FIRST:
        return FIRST
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f".{name}"
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{quoted}']"


def _sample_test(
    lookup: str, sample: Any, outputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a test over an answer of the same shape, with made-up values."""
    record = _made_up(sample)
    expected = {_name_of(path): value for path, value in _fields(record)}
    return {
        "name": "Each field has its output",
        "inputs": {"tel": MADE_UP_NUMBER},
        "sources": {lookup: record},
        "expect": {name: expected[name] for name in outputs},
    }


def _made_up(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _made_up(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_made_up(entry) for entry in value[:1] if isinstance(entry, Mapping)]
    return 1 if _is_int(value) else "a text"


def leaves(
    value: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the plain values of nested mappings with their path; lists have none."""
    for name, below in value.items():
        if isinstance(below, Mapping):
            yield from leaves(below, (*above, name))
        elif not isinstance(below, list):
            yield (*above, name), below
