"""Texts in several languages."""

from __future__ import annotations

import pickle

from ivrhooks.config.schema.localized import Localized, in_language, language_problem


def test_a_text_is_the_english_one_or_the_first() -> None:
    assert Localized({"zh": "坐席", "en": "desk"}) == "desk"
    assert Localized({"zh": "坐席", "vi": "bàn"}) == "坐席"


def test_a_text_in_a_language_is_that_or_the_text() -> None:
    text = Localized({"en": "desk", "zh": "坐席"})
    assert in_language(text, "zh") == "坐席"
    assert in_language(text, "vi") == "desk"
    assert in_language("plain", "zh") == "plain"


def test_a_text_survives_a_copy() -> None:
    text = pickle.loads(pickle.dumps(Localized({"en": "desk", "zh": "坐席"})))
    assert in_language(text, "zh") == "坐席"


def test_problems_of_a_localized_text_are_reported() -> None:
    assert language_problem("zh", "坐席") == ""
    unknown = "unknown language `cn`; write en, zh or vi"
    assert language_problem("cn", "坐席") == unknown
    for value in (" ", 5, None, ["x"]):
        message = "this is no text; write one, in quotes"
        assert language_problem("zh", value) == message
