"""Reads untrusted XML: no DTD, and no entities but the five predefined ones.

It uses expat without a tree: each value is made when its element ends.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn
from xml.parsers import expat

from ivrhooks.basics.strict_json import MAX_DEPTH, decode_text

MAX_ELEMENTS = 50_000
LABEL = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")


def read_xml(body: bytes, content_type: str = "") -> Any:
    """Return the root element's content.

    It is a mapping of its elements: attributes as ``@name``, text beside them as
    ``#text``, repeated elements as a list, names without namespace prefix. An element
    that has only text is that text.

    Raises ValueError with the reason, and nothing else.
    """
    text = _text(body, content_type)
    reading = _Reading()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.texts.append
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as problem:
        why = expat.errors.messages.get(problem.code, "broken")
        raise ValueError(f"no XML: {why}, line {problem.lineno}") from None
    return reading.root


def _text(body: bytes, content_type: str) -> str:
    """Return the text, decoded by the Content-Type, else by the document's
    declaration."""
    if "charset" not in content_type.lower() and (own := LABEL.match(body.lstrip())):
        content_type = f"text/xml; charset={own[1].decode('ascii', 'replace')}"
    return decode_text(body, content_type).lstrip("\ufeff \t\r\n")


def _refuse_dtd(*_: Any) -> NoReturn:
    raise ValueError("XML with a DTD is not read")


class _Reading:
    """The open elements, each with its content so far."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.root: Any = None
        self._open: list[tuple[dict[str, Any], list[str]]] = []
        self._count = 0

    def start(self, name: str, attributes: list[str]) -> None:
        """Begin an element."""
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise ValueError("XML with too many elements, or too deep")
        self._keep_text()
        values: dict[str, Any] = {}
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if key != "xmlns" and not key.startswith("xmlns:"):
                values[f"@{_local(key)}"] = value
        self._open.append((values, []))

    def end(self, name: str) -> None:
        """End an element: its value goes to its parent."""
        self._keep_text()
        values, texts = self._open.pop()
        text = "".join(texts).strip()
        value: Any = values
        if not values:
            value = text
        elif text:
            values["#text"] = text
        if not self._open:
            self.root = value
            return
        around, key = self._open[-1][0], _local(name)
        if key not in around:
            around[key] = value
        elif type(around[key]) is list:
            around[key].append(value)
        else:
            around[key] = [around[key], value]

    def _keep_text(self) -> None:
        if self._open and self.texts:
            self._open[-1][1].extend(self.texts)
        self.texts.clear()


def _local(name: str) -> str:
    return name.rpartition(":")[2]
