"""Finds or adds the sources of a configuration that is being written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivrhooks.authoring.starter.root_file import CannotAdd, with_source
from ivrhooks.config.reading.yaml_reader import plain, read_yaml

NAME = "api"
EXAMPLE = {
    "kind": "http",
    "base_url": "https://api.example.com",
    "timeout": "800ms",
    "phone": "e164",
}


def http_source(folder: Path) -> str:
    """Return the name of the first source of kind http; add one where there is none."""
    for name, entry in _sources(folder).items():
        if isinstance(entry, Mapping) and entry.get("kind") == "http":
            return name
    return add_source(folder, NAME, EXAMPLE)


def add_source(folder: Path, name: str, entry: Mapping[str, Any]) -> str:
    """Add a source to the root file unless it is there; return its name. Raises
    CannotAdd."""
    there = _sources(folder).get(name)
    if isinstance(there, Mapping) and there.get("base_url") == entry.get("base_url"):
        return name
    file = folder / "ivrhooks.yaml"
    text = with_source(file.read_text("utf-8"), name, entry)
    file.write_text(text, "utf-8")
    return name


def _sources(folder: Path) -> Mapping[str, Any]:
    root, problems = read_yaml((folder / "ivrhooks.yaml").read_bytes())
    if root is None or problems:
        raise CannotAdd("the root file cannot be read; see ivrhooks check")
    value = plain(root)
    sources = value.get("sources") if isinstance(value, Mapping) else None
    return sources if isinstance(sources, Mapping) else {}
