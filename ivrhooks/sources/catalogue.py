"""The one table of kinds: what software a source can be."""

from __future__ import annotations

from collections.abc import Mapping

from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.settings import AuthSchema as HttpAuth
from ivrhooks.sources.kind import Kind

_ALL = (Kind("http", HttpClient, HttpAuth, HttpClient.operations),)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
