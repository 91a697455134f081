# ruff: noqa: E501 - a case stands on one line
"""A server and a security scheme as a source of kind http."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.openapi_import.document import CannotImport, OpenApiDocument
from ivrhooks.authoring.openapi_import.source import source_of

SERVER = {"openapi": "3.0.0", "servers": [{"url": "https://a.example.com"}]}


def source(raw: Any, name: str = "api") -> Any:
    return source_of(OpenApiDocument(raw), name)


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ({"servers": [{"url": "https://a.example.com/v1/"}]}, "https://a.example.com/v1"),
        ({"servers": [{"url": "/v1"}, {"url": "http://b.example.com"}]}, "http://b.example.com"),
        (
            {"servers": [{"url": "https://{host}/{v}", "variables": {"host": {"default": "c.example.com"}, "v": {"default": 2}}}]},
            "https://c.example.com/2",
        ),
        ({"servers": [{"url": "https://d.example.com/{v}", "variables": {"v": None}}]}, "https://d.example.com"),
        ({"servers": [None, {"url": "https://e.example.com"}]}, "https://e.example.com"),
        ({"swagger": "2.0", "host": "f.example.com"}, "https://f.example.com"),
        ({"swagger": "2.0", "host": "f.example.com", "basePath": "/v1/"}, "https://f.example.com/v1"),
        ({"swagger": "2.0", "host": "f.example.com", "schemes": ["http"]}, "http://f.example.com"),
        ({"swagger": "2.0", "host": "f.example.com", "schemes": ["http", "https"]}, "https://f.example.com"),
    ],
)  # fmt: skip
def test_where_its_server_is(raw: Any, url: str) -> None:
    assert source(raw).entry["base_url"] == url


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "none of its servers is an address"),
        ({"servers": "https://a.example.com"}, "none of its servers"),
        ({"servers": [{"url": "/v1"}, {}]}, "write one under `servers:`"),
        ({"swagger": "2.0"}, "the file has no `host`; write one into it"),
    ],
)
def test_without_an_address_it_says_so(raw: Any, message: str) -> None:
    with pytest.raises(CannotImport, match=message):
        source(raw)


OAUTH2 = {"tokenUrl": "https://a.example.com/token"}
MADE = {
    "oauth2": {
        "token_url": "https://a.example.com/token",
        "client_id": "${API_CLIENT_ID:-unset}",
        "client_secret": "${API_CLIENT_SECRET:-unset}",
    }
}
BASIC = {"basic": {"username": "${API_USER:-unset}", "password": "${API_PASSWORD:-unset}"}}  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "basic"}, {"auth": BASIC}),
        ({"type": "http", "scheme": "Basic"}, {"auth": BASIC}),
        ({"type": "http", "scheme": "Bearer"}, {"auth": {"bearer": "${API_TOKEN:-unset}"}}),
        ({"type": "http", "scheme": "digest"}, {}),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"auth": {"header": {"name": "X-Key", "value": "${API_KEY:-unset}"}}}),
        ({"type": "apiKey", "in": "query", "name": "key"}, {"query": {"key": "${API_KEY:-unset}"}}),
        ({"type": "apiKey", "in": "cookie", "name": "key"}, {}),
        ({"type": "oauth2", "flows": {"clientCredentials": OAUTH2}}, {"auth": MADE}),
        ({"type": "oauth2", "flow": "application", **OAUTH2}, {"auth": MADE}),
        ({"type": "oauth2", "flow": "implicit", **OAUTH2}, {}),
        ({"type": "oauth2", "flows": {"implicit": OAUTH2}}, {}),
        ({"type": "oauth2", "flows": {"clientCredentials": {}}}, {}),
        ({"type": "oauth2", "flow": "application"}, {}),
        ({"type": "openIdConnect"}, {}),
        (None, {}),
    ],
)  # fmt: skip
def test_each_security_scheme(scheme: Any, expected: Any) -> None:
    made = source({**SERVER, "components": {"securitySchemes": {"a": scheme}}})
    entry = dict(made.entry)
    plain_keys = {
        key: entry.pop(key) for key in ("kind", "base_url", "timeout", "phone")
    }
    assert plain_keys == {
        "kind": "http",
        "base_url": "https://a.example.com",
        "timeout": "800ms",
        "phone": "e164",
    }
    assert entry == expected
    named = [
        variable
        for variable in made.variables
        if f"${{{variable}:-unset}}" in str(expected)
    ]
    assert list(made.variables) == named


def test_the_scheme_that_is_asked_for_goes_before_the_others() -> None:
    schemes = {
        "cookie": {"type": "apiKey", "in": "cookie", "name": "c"},
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    components = {"components": {"securitySchemes": schemes}}
    required = {"security": [{"cookie": []}, {"bearer": []}]}
    assert list(source({**SERVER, **components}).entry["auth"]) == ["basic"]
    assert list(source({**SERVER, **components, **required}).entry["auth"]) == [
        "bearer"
    ]
    older = {"swagger": "2.0", "host": "a.example.com", "securityDefinitions": schemes}
    assert list(source(older).entry["auth"]) == ["basic"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"info": {"title": "Order Desk 2.0"}}, "order_desk_2_0"),
        ({"info": {"title": None}}, "api"),
        ({"info": "x"}, "api"),
        ({}, "api"),
    ],
)
def test_it_is_called_as_the_file_is(raw: Any, name: str) -> None:
    made = source({**SERVER, **raw}, "")
    assert made.name == name
    assert source({**SERVER, **raw}, "mine").name == "mine"
