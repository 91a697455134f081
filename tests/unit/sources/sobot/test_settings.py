"""Sobot's part of the YAML: two token styles, each with its own keys."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from ivrhooks.sources.sobot.settings import AuthSchema, SobotAuth

OPEN = {"app_id": "1", "app_key": "2"}
JWT = {
    "style": "jwt",
    "app_id": "1",
    "app_secret": "3",
    "token_url": "https://openapi.soboten.com/tokens/company",
}


def test_the_open_platform_is_the_default():
    assert AuthSchema().load(OPEN) == SobotAuth("open", app_id="1", app_key="2")


def test_the_jwt_style_says_where_tokens_are():
    auth = AuthSchema().load(JWT)
    assert (auth.style, auth.app_secret) == ("jwt", "3")
    assert auth.token_url == JWT["token_url"]


def test_a_language_may_be_asked_for():
    assert AuthSchema().load(OPEN | {"language": "en"}).language == "en"


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        ({}, "app_id"),
        ({"app_id": "1"}, "app_key"),
        ({"app_id": "", "app_key": "2"}, "app_id"),
        (OPEN | {"app_secret": "3"}, "app_secret"),
        (OPEN | {"token_url": "https://x.example/t"}, "token_url"),
        (OPEN | {"style": "oauth"}, "style"),
        (OPEN | {"appkey": "2"}, "appkey"),
        (OPEN | {"language": "vi"}, "language"),
        ({"style": "jwt", "app_id": "1", "app_secret": "3"}, "token_url"),
        (JWT | {"app_key": "2"}, "app_key"),
        (JWT | {"token_url": "/tokens/company"}, "token_url"),
    ],
)
def test_conflicting_settings_are_refused_at_their_key(auth, key):
    with pytest.raises(ValidationError) as caught:
        AuthSchema().load(auth)
    assert key in caught.value.messages


def test_secrets_are_not_in_the_repr():
    shown = repr(AuthSchema().load(OPEN | {"app_key": "key-777"}))
    shown += repr(AuthSchema().load(JWT | {"app_secret": "secret-777"}))
    assert "777" not in shown
