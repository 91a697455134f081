"""Meiqia's ``auth:``: one token, and no other."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from ivrhooks.sources.meiqia.settings import AuthSchema


def test_the_token_is_read_and_never_shown():
    auth = AuthSchema().load({"access_token": "s3cret"})
    assert auth.access_token == "s3cret"
    assert "s3cret" not in repr(auth)


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "k", "token": "k"},
    ],
)
def test_anything_else_is_refused(auth):
    with pytest.raises(ValidationError):
        AuthSchema().load(auth)
