"""``auth:`` of kind http: exactly one way, spelt right, and never shown."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ivrhooks.sources.http.settings import AuthSchema, Basic, Header, HttpAuth, OAuth2

OAUTH = {"token_url": "https://id/t", "client_id": "me", "client_secret": "hush"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            {"basic": {"username": "u", "password": "hush"}},
            HttpAuth(basic=Basic("u", "hush")),
        ),
        ({"bearer": "hush"}, HttpAuth(bearer="hush")),
        (
            {"header": {"name": "X-Api-Key", "value": "hush"}},
            HttpAuth(header=Header("X-Api-Key", "hush")),
        ),
        (
            {"oauth2": {**OAUTH, "scope": "a b"}},
            HttpAuth(oauth2=OAuth2("https://id/t", "me", "hush", "a b")),
        ),
        ({"oauth2": OAUTH}, HttpAuth(oauth2=OAuth2("https://id/t", "me", "hush"))),
    ],
)
def test_each_way_is_read_and_its_secret_is_not_shown(
    written: dict[str, Any], read: HttpAuth
) -> None:
    assert AuthSchema().load(written) == read
    assert "hush" not in repr(read)


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"bearer": "a", "basic": {"username": "u", "password": "p"}},
        {"token": "a"},
        {"bearer": ""},
        {"bearer": "a\nb"},
        {"basic": {"username": "u"}},
        {"basic": {"username": "u", "password": "p", "realm": "r"}},
        {"header": {"name": "X Key", "value": "v"}},
        {"header": {"name": "X-Key\n", "value": "v"}},
        {"header": {"name": "X-Key", "value": "a\r\nb"}},
        {"oauth2": {**OAUTH, "token_url": "ftp://id"}},
        {"oauth2": {**OAUTH, "token_url": "id/token"}},
        {"oauth2": {"token_url": "https://id/t"}},
        {"oauth2": {**OAUTH, "grant": "password"}},
    ],
)
def test_anything_else_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AuthSchema().load(written)
