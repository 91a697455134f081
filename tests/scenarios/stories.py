"""Reads the stories of this folder, and answers for the sources that they script.

A story is a configuration, what its sources do, and data requests with the answers
that are right. It names no server: ``test_scenarios.py`` runs it in process, the server
tests through both servers over sockets. In a story::

    story:     one sentence
    root:      laid over ROOT, the root file
    endpoint:  laid over ENDPOINT, the endpoint's file
    now:       the moment that templates see (in process only)
    sources:   what a source does: {json: …} | {status: 404} | {fail: error | timeout},
               for all it is asked, or by path: {/customers/1: {json: …}}
    ask:       [{form | json | query: fields, headers, status, answer, error, degraded,
               asked}], or {raw: text} | {hex: bytes} for a body as it is, {gzip: …}
               for one that is packed; ``path`` for another target than the endpoint's

``answer`` is the whole body but ``error``, whose code stands in ``error``; ``degraded``
is the header's text, and where it is left out there must be no header; ``asked`` lists
``source METHOD target`` in any order.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
SOURCES_URL = "STORY_SOURCES_URL"

ROOT: dict[str, Any] = {
    "version": 1,
    "deadline": "1s",
    "region": "CN",
    "timezone": "Asia/Shanghai",
    "sources": {
        name: {
            "kind": "http",
            "base_url": f"${{{SOURCES_URL}}}/{name}",
            "breaker": {"failures": 1000},  # stories that share a server fail a lot
        }
        for name in ("crm", "shop", "backup")
    },
}
ENDPOINT: dict[str, Any] = {
    "endpoint": "story",
    "path": "/api/story",
    "format": "form",
    "inputs": {"tel": {"type": "string", "format": "phone"}},
}


@dataclass(frozen=True)
class Ask:
    """One data request of a story, and what must come back."""

    kind: str  # form | json | query | raw | hex | gzip | deflate
    fields: Any
    headers: Mapping[str, str]
    path: str
    status: int
    answer: Mapping[str, Any]
    error: str | None
    degraded: str | None
    asked: tuple[str, ...] | None

    @property
    def method(self) -> str:
        return "GET" if self.kind == "query" else "POST"

    def target(self) -> str:
        """Path and query, as in a request line."""
        if self.kind != "query" or not self.fields:
            return self.path
        return f"{self.path}?{urlencode(self.fields, quote_via=quote)}"

    def body(self) -> tuple[bytes, str | None]:
        """The body and its Content-Type, as over HTTP."""
        if self.kind in ("gzip", "deflate"):
            packed = json.dumps(self.fields).encode()
            wbits = 31 if self.kind == "gzip" else 15
            packer = zlib.compressobj(wbits=wbits)
            return packer.compress(packed) + packer.flush(), "application/json"
        if self.kind == "raw":
            return str(self.fields).encode(), None
        if self.kind == "hex":
            return bytes.fromhex(self.fields), None
        if self.kind == "json":
            return json.dumps(self.fields).encode(), "application/json"
        if self.kind == "form":
            form = urlencode(self.fields, quote_via=quote)
            return form.encode(), "application/x-www-form-urlencoded"
        return b"", None


@dataclass(frozen=True)
class Story:
    """One story. ``name`` is its sentence, ``file`` the YAML it stands in."""

    name: str
    file: str
    root: Mapping[str, Any]
    endpoint: Mapping[str, Any] | None
    sources: Mapping[str, Any]
    asks: tuple[Ask, ...]
    now: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_a_clock(self) -> bool:
        """Whether it fixes the moment, which only the engine in process can."""
        return self.now is not None

    def files(self) -> dict[str, str]:
        """Its configuration, file name to text; the environment variable
        STORY_SOURCES_URL must say where the sources answer when it is loaded."""
        files = {"ivrhooks.yaml": written(self.root)}
        if self.endpoint is not None:
            files["endpoints/story.yaml"] = written(self.endpoint)
        return files

    def write(self, folder: Path) -> Path:
        """Writes its configuration as a folder."""
        for name, text in self.files().items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        return folder

    def at(self, number: int) -> Story:
        """The same story at a path of its own, so that one server can hold many; where
        no source is silent, with time enough for a busy machine."""
        silent = any("timeout" in json.dumps(does) for does in self.sources.values())
        more = {} if silent else {"deadline": "10s"}
        if self.endpoint is None:
            api = {**more, **self.root["system_api"]}
            return replace(self, root={**self.root, "system_api": api})
        path = f"/{number}{self.endpoint['path']}"
        own = {**more, **self.endpoint, "endpoint": f"story-{number}", "path": path}
        asks = tuple(replace(ask, path=f"/{number}{ask.path}") for ask in self.asks)
        return replace(self, endpoint=own, asks=asks)

    def behaviour(self, source: str, path: str) -> Mapping[str, Any]:
        """What a source does when it is asked for ``path`` (without its query)."""
        script = self.sources.get(source)
        if script is None:
            raise AssertionError(f"{source} is asked for {path} and has no script")
        if any(key.startswith("/") for key in script):
            return script.get(path, {"status": 404})  # type: ignore[no-any-return]
        return script  # type: ignore[no-any-return]


def load_stories() -> list[Story]:
    """Every story of this folder."""
    return [story for file in sorted(FOLDER.glob("*.yaml")) for story in _read(file)]


def _read(file: Path) -> Iterator[Story]:
    for entry in YAML(typ="safe", pure=True).load(file.read_text("utf-8")):
        extra = set(entry) - KEYS
        assert not extra, f"{file.name}: unknown keys {extra}"
        own = entry.get("endpoint")
        endpoint = _over(ENDPOINT, own) if own is not None else None
        root = _over(ROOT, entry.get("root", {}))
        path = endpoint["path"] if endpoint else root["system_api"]["path"]
        yield Story(
            name=entry["story"],
            file=file.name,
            root=root,
            endpoint=endpoint,
            sources=entry.get("sources", {}),
            asks=tuple(_ask(each, path) for each in entry["ask"]),
            now=entry.get("now"),
            environ=entry.get("environ", {}),
        )


KEYS = {"story", "root", "endpoint", "now", "environ", "sources", "ask"}
KINDS = ("form", "json", "query", "raw", "hex", "gzip", "deflate")
ASK_KEYS = {
    *("form", "json", "query", "raw", "hex", "gzip", "deflate"),
    *("headers", "path", "status"),
    *("answer", "error", "degraded", "asked"),
}


def _ask(entry: Mapping[str, Any], path: str) -> Ask:
    extra = set(entry) - ASK_KEYS
    assert not extra, f"unknown keys {extra}"
    kind = next(kind for kind in KINDS if kind in entry)
    queries = entry.get("asked")
    return Ask(
        kind=kind,
        fields=entry[kind] or ({} if kind in ("form", "json", "query") else ""),
        headers=entry.get("headers", {}),
        path=entry.get("path", path),
        status=entry.get("status", 200),
        answer=entry["answer"],
        error=entry.get("error"),
        degraded=entry.get("degraded"),
        asked=None if queries is None else tuple(sorted(queries)),
    )


def _over(base: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """``upper`` laid over ``base``; mappings of the root's sources are joined."""
    merged = deepcopy(dict(base))
    for key, value in upper.items():
        if key == "sources":
            for name, source in value.items():
                merged[key][name] = {**merged[key].get(name, {}), **source}
        else:
            merged[key] = value
    return merged


def written(document: Mapping[str, Any]) -> str:
    """A document as YAML: JSON is that, and keeps the order and the types."""
    return json.dumps(document, ensure_ascii=False, indent=1)
