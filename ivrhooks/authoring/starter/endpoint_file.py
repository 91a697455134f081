"""The file of a new endpoint, out of its data request or a system's answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.authoring.caller_request import SOBOTS_OWN
from ivrhooks.authoring.starter.curl import CurlRequest
from ivrhooks.authoring.starter.yaml_text import scalar, section

MODELINE = "# yaml-language-server: $schema=../.schema/endpoint.json"
PHONE = re.compile(
    r"(?i)(^|[_.-])(tel|telephone|phone|mobile|ani|msisdn|caller|callerid|from)"
    r"($|[_.-]|number|id)"
)
_OF_A_CALLER = frozenset({"number", "phone_number", "phonenumber", "address"})
"""Keys that hold a telephone number where they stand below one like ``caller``."""
Path = tuple[str, ...]
_MEANT = re.compile(r"[.\[\]]+")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_NOT_DECLARED = frozenset(
    {"content-type", "content-length", "accept", "user-agent", "host", "connection"}
    | {"accept-encoding", "x-request-id", "expect", "cache-control"}
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")


@dataclass(slots=True)
class NewEndpoint:
    """What a new endpoint's file says; each mapping as the YAML has it."""

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
        """The whole file."""
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
    """An endpoint to begin with: the caller's number in, one output out."""
    return NewEndpoint(
        name,
        f"/api/{name}",
        "form",
        inputs={"tel": {"type": "string", "format": "phone", "required": True}},
        outputs={"queue": {"type": "string", "value": "general", "default": "general"}},
        tests=[
            {
                "name": "Everybody goes to the general queue",
                "inputs": {"tel": "13800000001"},
                "expect": {"queue": "general"},
            }
        ],
        remark="Add lookups, and templates over them in the outputs: docs/rules.md",
    )


def endpoint_from_curl(name: str, request: CurlRequest) -> NewEndpoint:
    """An endpoint that answers that very request."""
    own = {field_name for field_name, _ in SOBOTS_OWN}
    given = {
        path: value for path, value in _leaves(request.fields) if path[0] not in own
    }
    names = _names(list(given))
    inputs = {
        names[path]: _input(path, value, request.json) | _wire(path, names[path])
        for path, value in given.items()
    }
    values = {names[path]: value for path, value in given.items()}
    test = {
        "name": "The request that this was made from",
        "inputs": values,
        "expect": {"answered": 1},
    }
    return NewEndpoint(
        name,
        request.path,
        request.format,
        inputs=inputs,
        headers=dict(_headers(request.headers)),
        outputs={"answered": {"type": "int", "value": 1, "default": 0}},
        tests=[_without_people(test, inputs)],
        remark="Made from a curl line. Put the outputs that the flow needs in place of "
        "`answered`.",
    )


def _names(paths: list[Path]) -> dict[Path, str]:
    """An input's name for each path: its last key, or all where two end alike; without
    dots and brackets, which mean something in templates."""
    last = Counter(path[-1] for path in paths)
    return {
        path: _plain(path[-1] if last[path[-1]] == 1 else "_".join(path))
        for path in paths
    }


def _plain(name: str) -> str:
    return _MEANT.sub("_", name).strip("_") if _MEANT.search(name) else name


def _leaves(
    value: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The plain values of nested mappings, by their path; lists have none."""
    for name, below in value.items():
        if isinstance(below, Mapping):
            yield from _leaves(below, (*above, name))
        elif not isinstance(below, list):
            yield (*above, name), below


def _wire(path: Path, name: str) -> dict[str, str]:
    """What an input is called in the request, where that is not its name."""
    return {"name": path[0]} if len(path) == 1 and name != path[0] else {}


def _input(path: tuple[str, ...], value: Any, as_json: bool) -> dict[str, Any]:
    name = path[-1]
    entry: dict[str, Any] = {"type": _type(value, as_json)}
    above = ".".join(path[:-1])
    if PHONE.search(name) or (name.lower() in _OF_A_CALLER and PHONE.search(above)):
        entry = {"type": "string", "format": "phone"}
    if len(path) > 1:
        entry["path"] = ".".join(map(_step, path))
    return entry


def _step(name: str) -> str:
    """A key as JMESPath writes it."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
    return name if plain else '"' + name.replace('"', '\\"') + '"'


def _type(value: Any, as_json: bool) -> str:
    if isinstance(value, (bool, int)):
        return "int"
    text = not as_json and isinstance(value, str) and _INTEGER.fullmatch(value)
    return "int" if text else "string"


def _headers(headers: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The declared ones; a name that no web server takes, with hyphens."""
    for name in headers:
        if name.lower() not in _NOT_DECLARED:
            plain = re.sub(r"[^!#$%&'*+.^`|~0-9A-Za-z-]+", "-", name).strip("-")
            if _HEADER_NAME.fullmatch(plain):
                yield plain, {"type": "string"}


def _without_people(
    test: dict[str, Any], inputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The test with a made-up number in place of a caller's own."""
    values = {
        name: "13800000001" if inputs[name].get("format") == "phone" else value
        for name, value in test["inputs"].items()
        if value not in (None, "")
    }
    typed = {
        name: int(value)
        if inputs[name].get("type") == "int" and isinstance(value, str)
        else value
        for name, value in values.items()
    }
    return {**test, "inputs": typed}


# ------------------------------------------------------------------- from an answer


def outputs_of(lookup: str, sample: Any) -> dict[str, dict[str, Any]]:
    """An output for each plain field of a customer system's answer."""
    listed = isinstance(sample, list) and bool(sample)
    first = sample[0] if listed else sample
    root = f"{lookup}[0]" if listed else lookup
    if not isinstance(first, Mapping):
        return {}
    return {
        "_".join(path): {
            "type": "int" if isinstance(value, (bool, int)) else "string",
            "value": "{{ " + read_path(root, path) + " }}",
            "default": 0 if isinstance(value, (bool, int)) else "",
        }
        for path, value in _leaves(first)
        if path[-1] != "error" or len(path) > 1
    }


def endpoint_from_sample(
    name: str, source: str, sample: Any, lookup: str = "customer"
) -> NewEndpoint:
    """An endpoint whose outputs are the plain fields of a customer system's answer."""
    asked: dict[str, Any] = {
        "source": source,
        "request": {"path": "/", "query": {"tel": "{{ inputs.tel }}"}},
    }
    outputs = outputs_of(lookup, sample)
    return NewEndpoint(
        name,
        f"/api/{name}",
        "form",
        inputs={"tel": {"type": "string", "format": "phone", "required": True}},
        lookups={lookup: asked},
        outputs=outputs,
        tests=[_sample_test(lookup, sample, outputs)],
        remark="Made from a customer system's answer. Write the path and the query by "
        "which it is asked.",
    )


def read_path(lookup: str, path: Sequence[str]) -> str:
    """The expression that reads a field of a lookup's result."""
    steps = [
        f".{step}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", step) else f"['{step}']"
        for step in path
    ]
    return lookup + "".join(steps)


def _sample_test(
    lookup: str, sample: Any, outputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """A test over an answer of the same shape, its values made up."""
    first = sample[0] if isinstance(sample, list) and sample else sample
    record = _made_up(first)
    leaves = dict(_leaves(record)) if isinstance(record, Mapping) else {}
    expected = {"_".join(path): value for path, value in leaves.items()}
    return {
        "name": "Each field has its output",
        "inputs": {"tel": "13800000001"},
        "sources": {lookup: [record] if isinstance(sample, list) else record},
        "expect": {name: expected[name] for name in outputs},
    }


def _made_up(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _made_up(below) for name, below in value.items()}
    if isinstance(value, (bool, int)):
        return 1
    return "a text" if not isinstance(value, list) else []
