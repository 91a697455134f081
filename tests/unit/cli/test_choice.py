"""An argument that is one of a few words."""

from __future__ import annotations

import click
import pytest

from ivrhooks.cli.choice import SuggestingChoice


def test_a_word_is_taken() -> None:
    assert SuggestingChoice(("root", "endpoint")).convert("root", None, None) == "root"


@pytest.mark.parametrize(
    ("written", "nearest"), [("rot", "Did you mean 'root'?"), ("xyz", "'endpoint'.")]
)
def test_an_unknown_choice_gets_the_closest_one(written: str, nearest: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        SuggestingChoice(("root", "endpoint")).convert(written, None, None)
    assert caught.value.message.endswith(nearest)
