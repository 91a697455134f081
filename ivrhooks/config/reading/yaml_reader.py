"""Reads one YAML file into plain values and keeps the position of every key and value.

It uses the C parser of ruamel.yaml for YAML 1.2, event by event, so that depth, aliases
and size are bounded before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined] # untyped C
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.scalars import is_no_number, resolve
from ivrhooks.config.reading.yaml_problem import YamlProblem, explained

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_ALIASES = 100
MAX_VALUES = 100_000
_MAX_FOR_PURE = 128 * 1024

_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}
_ENVIRONMENT_TAGS = {"!env", "!env_var", "!var", "!secret"}
"""How other tools refer to the environment."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLLECTION_TAGS = {"!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_MERGE = "<<"
_INVISIBLE = re.compile(r"[\u00a0\u2000-\u200f\u202f\u2060\u3000\ufeff]")
"""Signs that look like a blank or like nothing."""
_NO_KEYS: Mapping[str, tuple[int, int]] = MappingProxyType({})


class Key(str):
    """A mapping's key, always text. ``written`` is its YAML value, such as 1 or
    true."""

    __slots__ = ("written",)
    written: Any

    def __new__(cls, text: str, written: Any = None) -> Key:
        """Create a key from its text and its YAML value."""
        key = super().__new__(cls, text)
        key.written = written
        return key


def _no_keys() -> Mapping[str, tuple[int, int]]:
    return _NO_KEYS


@dataclass(slots=True)
class Node:
    """A value and its position. ``keys`` has the position of each key of a mapping;
    ``text`` is a number as the file has it, such as ``+86138``."""

    value: Any
    line: int
    column: int
    keys: Mapping[str, tuple[int, int]] = field(default_factory=_no_keys)
    text: str = ""

    def below(self, key: str | int) -> Node | None:
        """Return the node under a key or index, or None."""
        if isinstance(self.value, dict):
            child = self.value.get(key)
            return child if isinstance(child, Node) else None
        if isinstance(self.value, list) and isinstance(key, int):
            return self.value[key] if 0 <= key < len(self.value) else None
        return None


def read_yaml(data: bytes) -> tuple[Node | None, list[YamlProblem]]:
    """Return the root node (None where the file is unreadable) and all problems."""
    try:
        text = _decode(data)
    except YamlProblem as problem:
        return None, [problem]
    builder, wrong = _built(text, pure=False)
    if wrong is not None and _may_be_newer(wrong, text):
        again, still = _built(text, pure=True)
        if still is None or (still.line, still.column) > (wrong.line, wrong.column):
            builder, wrong = again, still
    if wrong is None:
        try:
            return builder.finish(), builder.problems
        except YamlProblem as problem:
            wrong = problem
    return None, [*builder.problems, wrong]


def _built(text: str, *, pure: bool) -> tuple[_Builder, YamlProblem | None]:
    builder = _Builder()
    try:
        builder.take(_events(text, pure=pure))
    except YamlProblem as problem:
        return builder, problem
    except YAMLError as error:
        return builder, explained(error, text)
    except (ValueError, RecursionError) as error:
        return builder, YamlProblem(f"this is no YAML: {error}")
    return builder, None


def _may_be_newer(problem: YamlProblem, text: str) -> bool:
    """Return whether the C parser may have refused what YAML 1.2 allows.

    It does not know ``:`` and ``?`` inside unquoted text in flow mappings, such as
    ``{url: http://…}``. The pure parser does, but is ten times slower, so it reads only
    such files.
    """
    return problem.in_flow and len(text) <= _MAX_FOR_PURE


def plain(node: Node | None) -> Any:
    """Return the values of a tree without positions: dicts, lists, scalars."""
    if node is None:
        return None
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise YamlProblem(
            "the file is larger than 1 MB; split it into one file an endpoint"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise YamlProblem(
            "the file is not UTF-8; save it as UTF-8", line, column
        ) from None
    return text


def _events(text: str, *, pure: bool) -> Iterator[Any]:
    """The events of a document. The C parser is asked for them itself: ruamel.yaml
    would make a class for each document, and look for its plug-ins on the disk."""
    if pure:
        yield from YAML(typ="safe", pure=True).parse(text)
        return
    parser = CParser(text)
    try:
        yield from iter(parser.get_event, None)
    finally:
        parser.dispose()


class _Builder:
    """Builds the tree from events, at most MAX_DEPTH deep."""

    def __init__(self) -> None:
        self.problems: list[YamlProblem] = []
        self._documents = 0
        self._aliases = 0
        self._values = 0
        self._root: Node | None = None
        self._stack: list[Node] = []
        self._keys: list[tuple[Key, int, int] | None] = []
        self._places: list[dict[str, tuple[int, int]]] = []
        self._anchors: dict[str, Node] = {}

    def finish(self) -> Node:
        """Return the root. Raises YamlProblem for an empty file."""
        if self._root is None or (
            self._root.value is None and not isinstance(self._root.value, dict)
        ):
            raise YamlProblem("the file is empty; write at least its first key")
        return self._root

    def take(self, events: Iterator[Any]) -> None:
        """Take all events. Raises YamlProblem where reading cannot go on."""
        takes: dict[type[Any], Callable[[Any], None]] = {
            DocumentStartEvent: self._document,
            ScalarEvent: self._scalar,
            AliasEvent: self._alias,
            MappingStartEvent: self._open,
            SequenceStartEvent: self._open,
            MappingEndEvent: self._close,
            SequenceEndEvent: self._close,
        }
        for event in events:
            take = takes.get(type(event))
            if take is not None:
                take(event)

    def _document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise YamlProblem(
                "a second document begins here (---); write one document a file",
                *_place(event),
            )

    def _scalar(self, event: ScalarEvent) -> None:
        value = self._resolve(event)
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if not self._wants_key():
            node = Node(value, line, column)
            if type(value) in (int, float):
                node.text = event.value
            self._add(node, event)
            return
        if not event.style and _INVISIBLE.match(event.value):
            raise YamlProblem(
                f"U+{ord(event.value[0]):04X} stands here, which is no blank of YAML; "
                "write blanks, or delete it",
                line,
                column,
            )
        self._keys[-1] = (Key(event.value, value), line, column)
        if value is None:
            self._wrong("a key is missing before the colon; write a name", event)
        if event.value == _MERGE and not event.style:
            self._wrong(
                "merge keys (<<) are not in YAML 1.2; write the keys out", event
            )

    def _resolve(self, event: ScalarEvent) -> Any:
        value = event.value
        if "\0" in value:
            self._wrong("a text holds the control character \\0; remove it", event)
            return value.replace("\0", "")
        if event.ctag is not None:
            if event.tag in _TEXT_TAGS:
                return value
            cure = "leave it out, or put a text that begins with ! in quotes"
            if str(event.tag).lower() in _ENVIRONMENT_TAGS and _NAME.fullmatch(value):
                cure = f'write "${{{value}}}"'
            self._wrong(f"the tag {event.tag} is not known here; {cure}", event)
            return Interpolated(value, f"{event.tag} {value}")  # no text of the file
        if event.style:
            return value
        if is_no_number(value):
            self._wrong(f"{value} is no number here; put it in quotes", event)
            return value
        return resolve(value)

    def _alias(self, event: AliasEvent) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise YamlProblem(
                f"more than {MAX_ALIASES} aliases; write the values out", *_place(event)
            )
        node = self._anchors.get(event.anchor)
        if self._wants_key():
            raise YamlProblem("a key cannot be an alias; write it out", *_place(event))
        if node is None:
            raise YamlProblem(
                f"*{event.anchor} is no anchor before this place; write "
                f"&{event.anchor} where the value stands first",
                *_place(event),
            )
        if any(node is above for above in self._stack):
            raise YamlProblem(
                f"*{event.anchor} contains itself; write the values out", *_place(event)
            )
        self._count(_size(node, MAX_VALUES), event)
        if len(self._stack) + _depth(node) > MAX_DEPTH:
            self._too_deep(event)
        self._add(node, event)

    def _open(self, event: Any) -> None:
        if event.ctag is not None and event.tag not in _COLLECTION_TAGS:
            self._wrong(f"the tag {event.tag} is not known; leave it out", event)
        if self._wants_key():
            raise YamlProblem(
                "a key must be one word or text; is a {{ template }} without quotes "
                "here? put it in quotes",
                *_place(event),
            )
        if len(self._stack) >= MAX_DEPTH:
            self._too_deep(event)
        places: dict[str, tuple[int, int]] = {}
        if isinstance(event, MappingStartEvent):
            node = Node({}, *_place(event), keys=places)
        else:
            node = Node([], *_place(event))
        self._add(node, event)
        self._stack.append(node)
        self._keys.append(None)
        self._places.append(places)

    def _close(self, event: Any) -> None:
        node, places = self._stack.pop(), self._places.pop()
        self._keys.pop()
        merged = node.value.pop(_MERGE, None) if _MERGE in places else None
        if merged is not None and isinstance(merged.value, dict):
            # An error already: without its keys, others would follow.
            node.value = {**merged.value, **node.value}
            places.update({**merged.keys, **places})

    def _wants_key(self) -> bool:
        return (
            bool(self._stack)
            and self._keys[-1] is None
            and isinstance(self._stack[-1].value, dict)
        )

    def _add(self, node: Node, event: Any) -> None:
        self._count(1, event)
        if event.anchor and not isinstance(event, AliasEvent):
            self._anchors[event.anchor] = node
        if not self._stack:
            self._root = node
            return
        values = self._stack[-1].value
        if isinstance(values, list):
            values.append(node)
            return
        key, line, column = self._keys[-1] or (Key("", None), node.line, node.column)
        self._keys[-1] = None
        places = self._places[-1]
        if key in values:
            self.problems.append(
                YamlProblem(
                    f"the key `{key}` is written twice (first in line "
                    f"{places[key][0]}); keep one",
                    line,
                    column,
                )
            )
            return
        values[key] = node
        places[key] = (line, column)

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise YamlProblem(
                f"more than {MAX_VALUES} values, aliases expanded; make the file "
                "smaller",
                *_place(event),
            )

    def _too_deep(self, event: Any) -> None:
        raise YamlProblem(
            f"nested deeper than {MAX_DEPTH} levels; make it flatter", *_place(event)
        )

    def _wrong(self, message: str, event: Any) -> None:
        self.problems.append(YamlProblem(message, *_place(event)))


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _size(node: Node, limit: int) -> int:
    """Return the number of values in a tree with aliases expanded, at most
    ``limit``."""
    total, waiting = 0, [node]
    while waiting and total <= limit:
        current = waiting.pop()
        total += 1
        if isinstance(current.value, dict):
            waiting.extend(current.value.values())
        elif isinstance(current.value, list):
            waiting.extend(current.value)
    return total


def _depth(node: Node) -> int:
    """Return how deeply the collections of a tree are nested."""
    if not isinstance(node.value, (dict, list)):
        return 0
    below = node.value.values() if isinstance(node.value, dict) else node.value
    return 1 + max(map(_depth, below), default=0)
