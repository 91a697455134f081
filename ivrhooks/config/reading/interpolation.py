"""Replaces ``${NAME}``, ``${NAME:-default}`` and ``${file:/path}`` in string values.

Each reference is replaced once, when the file is loaded. Messages never show the
content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.placeholder_environ import PlaceholderEnviron
from ivrhooks.config.reading.report import Location
from ivrhooks.config.reading.yaml_reader import Node

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)(?P<end>\}?)")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(:-(?P<default>.*))?", re.DOTALL)
_ALMOST = re.compile(
    r"\s*(?:env[.:]\s*)?+(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*"
    r"(?:(?::=|:-|:|-|=)(?P<default>[^:=-].*)?)?",
    re.IGNORECASE | re.DOTALL,
)
"""How other tools write a reference: ``${env:NAME}``, ``${NAME-default}``."""
_PATH = re.compile(r"\s*[A-Za-z_]\w*(?:\.\w+)+\s*")
_MAX_FILE = 64 * 1024
_HOW = "write ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a literal ${"


def fill(
    node: Node, location: Location, environ: Mapping[str, str], folder: Path
) -> None:
    """Replace the references in every string value of a tree, in place."""
    seen: set[int] = set()
    waiting: list[tuple[Node, tuple[str | int, ...]]] = [(node, ())]
    while waiting:
        current, path = waiting.pop()
        value = current.value
        if not isinstance(value, (str, dict, list)) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(value, dict):
            waiting += [(child, (*path, key)) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [(child, (*path, index)) for index, child in enumerate(value)]
        elif "${" in value:
            current.value = _filled(value, location.at(*path), environ, folder)


def _filled(
    text: str, location: Location, environ: Mapping[str, str], folder: Path
) -> str:
    filled: list[str] = []

    def filled_in_match(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        if not match["end"]:
            location.suppress(f"the reference is not closed; {_HOW}")
            return ""
        if match["inside"].startswith("file:"):
            filled.append(_from_file(match["inside"][5:], location, folder))
        else:
            filled.append(_from_environment(match["inside"], location, environ))
        return filled[-1]

    result = _REFERENCE.sub(filled_in_match, text)
    if not filled:
        return result
    written = tuple(part for part in filled if part not in text)
    return Interpolated(result, text, written)


def _from_environment(
    inside: str, location: Location, environ: Mapping[str, str]
) -> str:
    match = _NAME.fullmatch(inside)
    if match is None:
        location.suppress(f"${{{inside}}} cannot be read; {_how(inside)}")
        return ""
    name, default = match["name"], match["default"]
    if default is not None and "${" in default:
        location.suppress(f"a default cannot hold another reference; {_HOW}")
        return ""
    value = environ.get(name)
    if value is None and default is None and isinstance(environ, PlaceholderEnviron):
        return environ.placeholder(name, location.path[-1] if location.path else "")
    if value is None and default is None:
        location.suppress(
            f"the environment variable {name} is not set; set it, or write "
            f"${{{name}:-default}}"
        )
        return ""
    if default is not None and not value:
        return default
    return value or ""


def _how(inside: str) -> str:
    """Return what to write in place of a reference that cannot be read."""
    almost = _ALMOST.fullmatch(inside)
    if almost is not None:
        default = f":-{almost['default']}" if almost["default"] else ""
        return f"write ${{{almost['name']}{default}}}"
    if _PATH.fullmatch(inside):
        return (
            f"write {{{{ {inside.strip()} }}}} for a value of the call, ${{NAME}} for "
            "a variable of the environment"
        )
    return _HOW


def _from_file(name: str, location: Location, folder: Path) -> str:
    try:
        with (folder / name.strip()).open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise ValueError("it is larger than 64 KB")
        return data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except OSError as error:
        why = error.strerror or "it cannot be opened"
    except ValueError as error:
        why = str(error)
    location.suppress(
        f"the file {name} cannot be read ({why}); write the path of a readable file"
    )
    return ""
