"""Values of a configuration file in JSON's own types."""

from __future__ import annotations

from ivrhooks.basics.plain_texts import plain_texts


class Remembering(str):
    """A text that knows more than its letters, as one out of a variable does."""


def test_texts_and_keys_are_bare_and_all_else_stays() -> None:
    texts = {Remembering("key"): [Remembering("a"), 7, None, True, {"in": 1.5}]}
    got = plain_texts(texts)
    assert got == {"key": ["a", 7, None, True, {"in": 1.5}]}
    assert type(next(iter(got))) is str
    assert type(got["key"][0]) is str


def test_a_key_that_is_no_text_becomes_one() -> None:
    assert plain_texts({2: {3: 4}}) == {"2": {"3": 4}}
