"""What a schema found wrong, told so that one slip is one message."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from ivrhooks.config.schema.declare import read, schema_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.explained import explained, with_meant_keys
from ivrhooks.config.schema.parts import LookupEntry
from ivrhooks.config.schema.sources import CacheEntry, SourceEntry


def messages_of(schema: Schema, data: Any) -> dict[Any, Any]:
    with pytest.raises(ValidationError) as caught:
        schema.load(data)
    return explained(schema, caught.value.messages, data)


def test_the_messages_of_other_schemas_are_explained_at_every_level() -> None:
    class Inner(Schema):
        username = fields.String(required=True)

    class Outer(Schema):
        basic = fields.Nested(Inner)
        bearer = fields.String()

    messages = messages_of(Outer(), {"basic": {"usrname": "a"}, "baerer": 1})
    assert "did you mean `username`" in messages["basic"]["usrname"][0]
    assert "username" not in messages["basic"]  # one mistake, one message
    assert "did you mean `bearer`" in messages["baerer"][0]
    messages = messages_of(Outer(), {"basic": {}})
    assert messages["basic"]["username"] == ["is missing; write it"]


def test_marshmallow_says_nothing_in_its_own_words() -> None:
    class Inner(Schema):
        style = fields.String(validate=validate.OneOf(["jwt", "open"]))
        key = fields.String(validate=validate.Length(min=1))

    class Outer(Schema):
        basic = fields.Nested(Inner)

    messages = messages_of(Outer(), {"basic": {"style": "x", "key": ""}})
    assert messages["basic"] == {
        "style": ["this word is not known; write one of jwt, open"],
        "key": ["this is empty; write a text"],
    }
    messages = messages_of(Outer(), {"basic": "x"})
    assert messages["basic"] == {"": ["write a mapping, `key: value`"]}


def test_another_word_for_a_key_is_read_as_it() -> None:
    entry, messages = read(schema_of(CacheEntry), {"ttl": "30s"})
    assert messages == {"ttl": ["unknown key `ttl`; write `fresh`"]}
    assert messages["ttl"][0].meant == "fresh"
    assert entry.fresh == 30


def test_missing_keys_are_named_at_an_unknown_key() -> None:
    messages = messages_of(schema_of(LookupEntry), {"zzz": "crm"})
    (message,) = messages.pop("zzz")
    assert messages == {}
    assert message.endswith("; `source` is missing")


@pytest.mark.parametrize(
    ("unknown", "reported"),
    [
        ({"pth": "/x"}, ["pth", "format"]),
        ({"url": "/x"}, ["url", "format"]),
        ({"timeout": "2s"}, ["timeout", "path", "format"]),
        ({"method": "GET"}, ["method", "path"]),  # `method` explains `format`
        ({"zzz": 1}, ["zzz"]),  # names both keys
    ],
)
def test_a_missing_key_is_reported_beside_an_unknown_key_that_does_not_explain_it(
    unknown: dict[str, Any], reported: list[str]
) -> None:
    """One report holds every problem: nothing comes to light at the second `check`."""
    written = {"endpoint": "vip", "outputs": {"a": {"type": "int"}}, **unknown}
    messages = messages_of(schema_of(EndpointEntry), written)
    assert list(messages) == reported
    assert messages.get(
        "format", ["is missing; write format: form, json or query"]
    ) == ["is missing; write format: form, json or query"]


def test_a_misplaced_key_hides_the_missing_one() -> None:
    section = {"kind": "sobot", "app_key": "b", "app_id": "a"}
    ((key, (message,)),) = messages_of(schema_of(SourceEntry), section).items()
    assert key == "app_key"  # the first in the file
    assert message.startswith(
        "unknown keys `app_key`, `app_id`; credentials stand under"
    )
    assert (message.covers, message.meant) == ("auth", "")


def test_two_keys_that_mean_the_same_are_left_as_they_are() -> None:
    assert (
        with_meant_keys(schema_of(CacheEntry), {"ttl": "1s", "max_age": "2s"}) is None
    )
    assert with_meant_keys(schema_of(CacheEntry), {"ttl": "1s", "fresh": "2s"}) is None
