"""OMICRM's ``auth:``: one key, and no other."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from ivrhooks.sources.omicrm.settings import AuthSchema


def test_the_key_is_read_and_never_shown():
    auth = AuthSchema().load({"api_key": "s3cret"})
    assert auth.api_key == "s3cret"
    assert "s3cret" not in repr(auth)


@pytest.mark.parametrize(
    "auth", [{}, {"api_key": ""}, {"api_key": 5}, {"api_key": "k", "apikey": "k"}]
)
def test_anything_else_is_refused(auth):
    with pytest.raises(ValidationError):
        AuthSchema().load(auth)
