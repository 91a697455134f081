"""OAuth2: the two grants, and what servers want beside them."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.http.settings import OAuth2
from ivrhooks.sources.http.token_grant import OAuth2Grant
from ivrhooks.sources.interface import Response, Token, TokenRejected


def form(grant: OAuth2Grant) -> dict[str, list[str]]:
    body = grant.request().body
    assert body is not None
    return parse_qs(body.decode())


def test_client_credentials_with_an_audience() -> None:
    settings = OAuth2("https://id/t", "me", "s", "read", {"audience": "https://erp"})
    assert form(OAuth2Grant(settings)) == {
        "grant_type": ["client_credentials"],
        "audience": ["https://erp"],
        "scope": ["read"],
    }


def test_the_password_grant() -> None:
    settings = OAuth2(
        "https://id/t", "me", "s", grant="password", username="u", password="p&w"
    )
    assert form(OAuth2Grant(settings)) == {
        "grant_type": ["password"],
        "username": ["u"],
        "password": ["p&w"],
    }


def test_the_secret_changes_its_place_once() -> None:
    grant = OAuth2Grant(OAuth2("https://id/t", "me", "s"))
    with pytest.raises(TokenRejected):
        grant.token(Response(401, {}, b""))
    assert form(grant)["client_secret"] == ["s"]
    with pytest.raises(SourceRejected):
        grant.token(Response(400, {}, b""))
    good = Response(200, {}, b'{"access_token": "t", "expires_in": 5}')
    assert grant.token(good) == Token("t", 5.0)
