"""Turns an OpenAPI file's server and security scheme into a source of kind http."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.authoring.openapi_import.document import (
    CannotImport,
    OpenApiDocument,
    identifier,
)

_UNSET = ":-unset"
"""Credentials are filled in from the environment; until they are set, the source is
refused by its system, and everything else works."""


@dataclass(frozen=True, slots=True)
class ImportedSource:
    """A source as the YAML has it. ``variables``: the environment variables with its
    credentials."""

    name: str
    entry: Mapping[str, Any]
    variables: tuple[str, ...]


def source_of(document: OpenApiDocument, name: str = "") -> ImportedSource:
    """Return the source that a file describes. Raises CannotImport."""
    info = document.raw.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    name = name or identifier(str(title or "api")).lower()
    variables: list[str] = []
    entry: dict[str, Any] = {"kind": "http", "base_url": _base_url(document)}
    entry |= _auth(document, name.upper(), variables)
    entry |= {"timeout": "800ms", "phone": "e164"}
    return ImportedSource(name, entry, tuple(variables))


def _base_url(document: OpenApiDocument) -> str:
    raw = document.raw
    if "swagger" in raw:
        schemes = raw.get("schemes") or ["https"]
        scheme = "https" if "https" in schemes else str(schemes[0])
        host = raw.get("host")
        if not isinstance(host, str):
            raise CannotImport("the file has no `host`; write one into it")
        return f"{scheme}://{host}{raw.get('basePath') or ''}".rstrip("/")
    servers = raw.get("servers") or []
    urls = map(_filled_url, servers if isinstance(servers, list) else ())
    absolute = (url for url in urls if url.startswith(("http://", "https://")))
    url = next(absolute, "")
    if not url:
        raise CannotImport(
            "none of its servers is an address that begins with https://; write one "
            "under `servers:`"
        )
    return url.rstrip("/")


def _filled_url(server: Any) -> str:
    """Return a server's URL with its variables at their defaults."""
    if not isinstance(server, Mapping):
        return ""
    url = str(server.get("url") or "")
    for variable, settings in (server.get("variables") or {}).items():
        default = settings.get("default") if isinstance(settings, Mapping) else None
        url = url.replace(f"{{{variable}}}", str(default or ""))
    return url


def _auth(
    document: OpenApiDocument, prefix: str, variables: list[str]
) -> dict[str, Any]:
    """Return the auth of the first security scheme that the file requires and kind http
    knows.

    A key in the query goes to the source's ``query``.
    """
    raw = document.raw
    components = raw.get("components")
    holder: Any = components if isinstance(components, Mapping) else {}
    schemes = holder.get("securitySchemes") or raw.get("securityDefinitions") or {}
    required = [
        name for requirement in raw.get("security") or [] for name in requirement
    ]
    for name in (*required, *schemes):
        scheme = document.resolved(schemes.get(name))
        entry = _scheme(scheme, prefix, variables)
        if entry:
            return entry
    return {}


def _scheme(
    scheme: Mapping[str, Any], prefix: str, variables: list[str]
) -> dict[str, Any]:
    kind, style = scheme.get("type"), str(scheme.get("scheme") or "").lower()

    def variable(word: str) -> str:
        variables.append(f"{prefix}_{word}")
        return f"${{{prefix}_{word}{_UNSET}}}"

    if kind == "apiKey" and scheme.get("in") == "query":
        return {"query": {str(scheme.get("name")): variable("KEY")}}
    auth = _credentials(kind, style, scheme, variable)
    return {"auth": auth} if auth else {}


def _credentials(
    kind: Any, style: str, scheme: Mapping[str, Any], variable: Callable[[str], str]
) -> dict[str, Any]:
    if kind == "basic" or (kind == "http" and style == "basic"):
        user, password = variable("USER"), variable("PASSWORD")
        return {"basic": {"username": user, "password": password}}
    if kind == "http" and style == "bearer":
        return {"bearer": variable("TOKEN")}
    if kind == "apiKey" and scheme.get("in") == "header":
        return {"header": {"name": str(scheme.get("name")), "value": variable("KEY")}}
    if kind == "oauth2":
        return _oauth2(scheme, variable)
    return {}


def _oauth2(
    scheme: Mapping[str, Any], variable: Callable[[str], str]
) -> dict[str, Any]:
    flows = scheme.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, Mapping) else None
    holder = flow if isinstance(flow, Mapping) else scheme
    if not holder.get("tokenUrl") or (
        flow is None and scheme.get("flow") != "application"
    ):
        return {}
    return {
        "oauth2": {
            "token_url": str(holder["tokenUrl"]),
            "client_id": variable("CLIENT_ID"),
            "client_secret": variable("CLIENT_SECRET"),
        }
    }
