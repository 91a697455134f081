"""The two ways to show who asks, and nothing else."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from ivrhooks.sources.bangwo8.settings import AuthSchema, BangwoAuth


def test_an_account_and_a_client_are_both_read():
    account = AuthSchema().load({"account": "a@example.com", "password": "p"})
    assert account == BangwoAuth(account="a@example.com", password="p")
    assert not account.uses_token
    client = AuthSchema().load({"secret_id": "7", "secret": "s"})
    assert client.uses_token


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({}, "_schema"),
        ({"account": "a"}, "password"),
        ({"secret": "s"}, "secret_id"),
        ({"account": "a", "password": "p", "secret_id": "7", "secret": "s"}, "_schema"),
        ({"account": "", "password": "p"}, "account"),
        ({"account": "a", "password": "p", "api_key": "k"}, "api_key"),
    ],
)
def test_half_a_pair_both_pairs_and_unknown_keys_are_refused(keys, key):
    with pytest.raises(ValidationError) as refused:
        AuthSchema().load(keys)
    assert key in refused.value.messages


def test_no_secret_is_shown():
    shown = repr(BangwoAuth("a", "hidden-1")) + repr(
        BangwoAuth("", "", "7", "hidden-2")
    )
    assert "hidden" not in shown
