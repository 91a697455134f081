"""An OpenAPI file's server and security scheme -> a source of kind http."""

from __future__ import annotations

from collections.abc import Mapping
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
    """A source as the YAML has it. ``variables``: the environment's names that hold
    its credentials."""

    name: str
    entry: Mapping[str, Any]
    variables: tuple[str, ...]


def source_of(document: OpenApiDocument, name: str = "") -> ImportedSource:
    """The source that a file describes. Raises CannotImport."""
    info = document.raw.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    name = name or identifier(str(title or "api")).lower()
    variables: list[str] = []
    entry: dict[str, Any] = {"kind": "http", "base_url": _base_url(document)}
    auth = _auth(document, name.upper(), variables)
    if auth:
        entry["auth"] = auth
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
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = str(first.get("url") or "") if isinstance(first, Mapping) else ""
    for variable, settings in (first.get("variables") or {}).items():
        default = settings.get("default") if isinstance(settings, Mapping) else None
        url = url.replace(f"{{{variable}}}", str(default or ""))
    if not url.startswith(("http://", "https://")):
        raise CannotImport(
            "its first server is no address that begins with https://; write it under "
            "`servers:`"
        )
    return url.rstrip("/")


def _auth(
    document: OpenApiDocument, prefix: str, variables: list[str]
) -> dict[str, Any]:
    """The auth of the first security scheme that the file asks for and kind http
    knows."""
    raw = document.raw
    components = raw.get("components")
    holder: Any = components if isinstance(components, Mapping) else {}
    schemes = holder.get("securitySchemes") or raw.get("securityDefinitions") or {}
    wanted = [name for one in raw.get("security") or [] for name in one]
    for name in (*wanted, *schemes):
        scheme = document.resolved(schemes.get(name))
        found = _scheme(scheme, prefix, variables)
        if found:
            return found
    return {}


def _scheme(
    scheme: Mapping[str, Any], prefix: str, variables: list[str]
) -> dict[str, Any]:
    kind, style = scheme.get("type"), str(scheme.get("scheme") or "").lower()

    def variable(word: str) -> str:
        variables.append(f"{prefix}_{word}")
        return f"${{{prefix}_{word}{_UNSET}}}"

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


def _oauth2(scheme: Mapping[str, Any], variable: Any) -> dict[str, Any]:
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
