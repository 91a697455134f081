"""JSON of whatever came, for people to look at."""

from __future__ import annotations

import json
from datetime import date

import pytest

from ivrhooks.basics.loose_json import loose_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": [None, "số"]}, '{"a":1,"b":[null,"số"]}'),
        ({"n": 2**80}, f'{{"n": {2**80}}}'),
        ({"s": "a\ud800b"}, '{"s": "a?b"}'),
        ({7: date(2026, 1, 2)}, '{"7":"2026-01-02"}'),
        ({"n": 2**80, "d": date(2026, 1, 2)}, f'{{"n": {2**80}, "d": "2026-01-02"}}'),
    ],
)
def test_it_always_succeeds(value, text) -> None:
    assert loose_json(value).decode() == text
    json.loads(loose_json(value))
