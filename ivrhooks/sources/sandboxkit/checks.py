"""Strictly checks what a sandbox receives against the description of its operation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ivrhooks.basics.strict_json import read_json
from ivrhooks.sources.interface import Param

INT64 = range(-(2**63), 2**63)
_INTEGER = re.compile(r"-?[0-9]{1,19}")


def read_body(data: bytes) -> Any:
    """Return the JSON of a body. Raises ValueError where it is none or cannot be
    stored."""
    body = read_json(data)
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    return body


def find_problem(params: Sequence[Param], values: Any, place: str = "") -> str | None:
    """Return what is wrong with ``values``, in words, or None.

    null means "not given", true is no integer, and unknown names are ignored.
    """
    if not isinstance(values, Mapping):
        return f"{place or 'the body'} must be an object"
    for param in params:
        name = f"{place}.{param.name}" if place else param.name
        value = values.get(param.name)
        if value is None:
            if param.required:
                return f"{name} is required"
            continue
        problem = _problem(param, value, name)
        if problem:
            return problem
    return None


def read_bearer(header: str) -> str:
    """Return the bearer token of an ``Authorization`` header, "" where it is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def read_integer(text: str) -> int | None:
    """Return the integer that a query parameter holds, or None."""
    if not _INTEGER.fullmatch(text):
        return None
    return int(text) if int(text) in INT64 else None


def _problem(param: Param, value: Any, name: str) -> str | None:
    problem = _type_problem(param.type, value, name)
    if problem is None and param.values and value not in param.values:
        problem = f"{name} must be one of {', '.join(param.values)}"
    if problem is None and param.type == "list":
        problem = _list_problem(param, value, name)
    return problem


def _type_problem(type_name: str, value: Any, name: str) -> str | None:
    if type_name == "int":
        good = type(value) is int and value in INT64
        return None if good else f"{name} must be an integer"
    types = {"string": str, "bool": bool, "list": list, "object": Mapping}
    if type_name in types and not isinstance(value, types[type_name]):
        return f"{name} must be of type {type_name}"
    return None


def _list_problem(param: Param, values: list[Any], name: str) -> str | None:
    for number, value in enumerate(values):
        place = f"{name}[{number}]"
        if param.items:
            problem = find_problem(param.items, value, place)
        else:
            problem = _type_problem(param.of or "any", value, place)
        if problem:
            return problem
    return None
