"""Turns the errors of a schema into messages that say what to write, one for each
slip."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from ivrhooks.config.reading.report import closest, listed
from ivrhooks.config.schema.slips import Slips

_UNKNOWN = "Unknown field."


class AtKey(str):
    """A message about a key itself, not about its value.

    ``meant`` is the key as which its value is read. ``covers`` is a key that is no
    longer reported as missing.
    """

    __slots__ = ("covers", "meant")
    meant: str
    covers: str

    def __new__(cls, text: str, meant: str = "", covers: str = "") -> AtKey:
        """Create the message."""
        made = super().__new__(cls, text)
        made.meant, made.covers = meant, covers
        return made


def meant_by(key: str, known: Collection[str], slips: Slips) -> str | None:
    """Return the key that ``key`` stands for, or None where that is unclear."""
    if key in slips.advice:
        return None
    meant = slips.meant.get(key)
    return meant if meant in known else closest(key, known)


def with_meant_keys(schema: Schema, data: Mapping[Any, Any]) -> dict[Any, Any] | None:
    """Return ``data`` with misspelt keys renamed, or None where no key is misspelt."""
    known, slips = _keys(schema), _slips(schema)
    meant = {
        key: name
        for key in data
        if key not in known
        and (name := meant_by(str(key), known, slips))
        and name not in data
    }
    if not meant or len(set(meant.values())) < len(meant):
        return None
    return {meant.get(key, key): value for key, value in data.items()}


def explained(schema: Schema, messages: Any, data: Any = None) -> dict[Any, Any]:
    """Return marshmallow's messages about ``data``, rewritten to say what to write.

    Messages about keys come in the file's order. A missing key is left out where an
    unknown key explains it, and is mentioned at an unknown key that nothing explains.
    """
    if not isinstance(messages, dict):
        return {"": messages}
    known, slips = _keys(schema), _slips(schema)
    result: dict[Any, Any] = {}
    if messages.get("_schema", [_UNKNOWN]) != [_UNKNOWN]:
        result[""] = plainer(messages["_schema"])
    strange = _strange(messages, known, data)
    covered = {meant_by(key, known, slips) for key in strange}
    covered |= {slips.covers.get(key) for key in strange}
    missing = [key for key in known if _is_missing(messages.get(key))]
    left = [key for key in missing if key not in covered]
    for key, message in _of_unknown(strange, known, slips):
        if left and not message.meant and key not in slips.advice:
            verb = "is" if len(left) == 1 else "are"
            message = AtKey(f"{message}; {listed(left)} {verb} missing")
            left = []
        result[key] = [message]
    for key, reasons in messages.items():
        if key not in known or (key in missing and key not in left):
            continue
        if (below := nested(known[key])) is not None and isinstance(reasons, dict):
            inner = data.get(key) if isinstance(data, Mapping) else None
            result[key] = explained(below, reasons, inner)
        else:
            result[key] = plainer(reasons)
    return result


def _strange(
    messages: Mapping[Any, Any], known: Collection[str], data: Any
) -> list[str]:
    """Return the unknown keys in the file's order."""
    keys = list(map(str, data)) if isinstance(data, Mapping) else []
    strange = [str(key) for key in messages if key not in known and key != "_schema"]
    strange.sort(key=lambda key: keys.index(key) if key in keys else 0)
    if messages.get("_schema") == [_UNKNOWN]:
        strange.append("_schema")
    return strange


def _of_unknown(
    strange: Collection[str], known: Mapping[str, Any], slips: Slips
) -> Iterator[tuple[str, AtKey]]:
    """Yield a message for unknown keys; keys with the same remedy share one."""
    advised: set[str] = set()
    for key in strange:
        advice = slips.advice.get(key)
        if advice is not None and advice in advised:
            continue
        advised.add(advice or "")
        alike = [
            other for other in strange if advice and slips.advice.get(other) == advice
        ]
        yield key, unknown(key, known, slips, alike)


def unknown(
    key: str, known: Collection[str], slips: Slips, alike: Collection[str] = ()
) -> AtKey:
    """Return the message for an unknown key. ``alike``: the keys with the same
    remedy."""
    advice = slips.advice.get(key)
    if advice is not None:
        several = len(alike) > 1
        named = f"unknown keys {listed(alike)}" if several else f"unknown key `{key}`"
        return AtKey(f"{named}; {advice}", covers=slips.covers.get(key, ""))
    meant = meant_by(key, known, slips)
    if key in slips.meant and meant:
        return AtKey(f"unknown key `{key}`; write `{meant}`", meant=meant)
    hint = f"did you mean `{meant}`?" if meant else f"known here: {listed(known)}"
    return AtKey(f"unknown key `{key}`; {hint}", meant=meant or "")


def nested(field: object) -> Schema | None:
    """Return the schema of a field that is a section, else None."""
    if not isinstance(field, fields.Nested):
        return None
    schema = field.schema
    return schema if isinstance(schema, Schema) else None


def _keys(schema: Schema) -> dict[str, Any]:
    return {field.data_key or name: field for name, field in schema.fields.items()}


def _slips(schema: Schema) -> Slips:
    slips = getattr(schema, "slips", None)
    return slips if isinstance(slips, Slips) else Slips()


def _is_missing(message: Any) -> bool:
    """Return whether the only problem with a key is that it is missing."""
    texts = plainer(message)
    return isinstance(texts, list) and all(
        isinstance(text, str) and text.startswith("is missing") for text in texts
    )


def plainer(message: Any) -> Any:
    """Return marshmallow's own messages in plainer words."""
    if isinstance(message, list):
        return [_plain(text) if isinstance(text, str) else text for text in message]
    return message


def _plain(message: str) -> str:
    if message.startswith(_ONE_OF):
        words = message.removeprefix(_ONE_OF).rstrip(".")
        return f"this word is not known; write one of {words}"
    return _PLAINER.get(message, message)


_ONE_OF = "Must be one of: "


_PLAINER = {
    "Missing data for required field.": "is missing; write it",
    "Field may not be null.": "has no value; write one, or leave the key out",
    "Not a valid string.": "this is no text; write text, in quotes",
    "Not a valid integer.": "this is no whole number; write one",
    "Not a valid boolean.": "write true or false",
    "Not a valid mapping type.": "write a mapping, `key: value`",
    "Invalid input type.": "write a mapping, `key: value`",
    "Shorter than minimum length 1.": "this is empty; write a text",
}
