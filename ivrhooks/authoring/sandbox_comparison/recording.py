"""Turns real answers into sandbox data: masked, in the format of ``--data``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from ivrhooks.authoring.pseudonyms import Pseudonyms
from ivrhooks.authoring.sandbox_comparison.reads import Read
from ivrhooks.basics.people.personal import FieldKinds
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import kinds_of

_HEAD = (
    "# Recorded from a real system by `ivrhooks sandbox --verify-against`. Names,\n"
    "# numbers, addresses and ids are made up in place of the real ones.\n"
)


def masked_data(
    kind: str, records: Iterable[tuple[Read, Any]], pseudonyms: Pseudonyms
) -> dict[str, list[dict[str, Any]]]:
    """Return the documents in ``records`` without real people and duplicates."""
    collections: dict[str, dict[str, dict[str, Any]]] = {}
    for read, record in records:
        hidden = pseudonyms.record(record, _kinds(kind, read))
        for collection, documents in read.keep(hidden).items():
            entries = collections.setdefault(collection, {})
            for document in documents:
                entries.setdefault(str(document), dict(document))
    return {name: _distinct(entries.values()) for name, entries in collections.items()}


def _kinds(kind: str, read: Read) -> FieldKinds:
    return kinds_of(KINDS[kind].operation(read.operation))


_KEYS = ("id", "_id", "uId", "sip", "call_uuid", "number")


def _distinct(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop the second of two documents with one key: a data file refuses both."""
    known: set[str] = set()
    return [document for document in documents if _is_new(document, known)]


def _is_new(entry: Mapping[str, Any], known: set[str]) -> bool:
    key = next((f"{name}={entry[name]}" for name in _KEYS if entry.get(name)), None)
    if key is None or key in known:
        return key is None
    known.add(key)
    return True


def data_file(systems: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text of a data file."""
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 200
    out = StringIO()
    yaml.dump({name: dict(system) for name, system in systems.items()}, out)
    return _HEAD + str(out.getvalue())
