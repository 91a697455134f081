"""The set-up sheet of each caller, in three languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.contract import contract_of
from ivrhooks.authoring.outputs.sheet import sheet_of
from ivrhooks.authoring.outputs.sheet_callers import NUMBERS, PLACES
from ivrhooks.config.loader import load
from ivrhooks.config.schema.root import CALLERS
from ivrhooks.languages.catalogue import LANGUAGES

ENDPOINT = """\
endpoint: who
path: /api/who
format: json
description: {en: Says who calls., zh: 说明来电者。}
inputs:
  tel: {format: phone, required: true}
outputs:
  vip:
    type: string
    value: "{{ inputs.tel }}"
    default: ""
    description: {vi: Số gọi đến}
"""


def text_of(tmp_path: Path, caller: str, language: str) -> str:
    root = f"version: 1\ncaller: {caller}\nanswer: {{with: {{assistantId: a}}}}\n"
    (tmp_path / "endpoints").mkdir(exist_ok=True)
    (tmp_path / "ivrhooks.yaml").write_text(root)
    (tmp_path / "endpoints" / "who.yaml").write_text(ENDPOINT, "utf-8")
    plan = load(tmp_path).by_name("who")
    assert plan is not None
    return repr(sheet_of(contract_of(plan, "https://x"), language, caller))


@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_has_a_sheet(tmp_path: Path, caller: str) -> None:
    for language in LANGUAGES:
        text = text_of(tmp_path, caller, language)
        assert "https://x/api/who" in text
        assert NUMBERS.get(caller, "") in text
        assert all(place in text for place in PLACES.get(caller, ()))
    assert ("dynamic_variables" in text) is (caller in ("retell", "elevenlabs"))


def test_the_pages_that_a_sheet_points_to_are_there() -> None:
    assert set(PLACES) == set(NUMBERS)
    for page, _ in PLACES.values():
        assert (Path(__file__).parents[4] / page).is_file(), page


def test_descriptions_are_in_the_language_of_the_sheet(tmp_path: Path) -> None:
    assert "Says who calls." in text_of(tmp_path, "generic", "en")
    assert "说明来电者。" in text_of(tmp_path, "generic", "zh")
    assert "Says who calls." in text_of(tmp_path, "generic", "vi")
    assert "Số gọi đến" in text_of(tmp_path, "generic", "vi")
