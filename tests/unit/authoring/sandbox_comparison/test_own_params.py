# ruff: noqa: E501 - a case stands on one line
"""What the lookups of a configuration ask with, where no caller has a part in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.diff.sides import read_side
from ivrhooks.authoring.sandbox_comparison.own_params import own_params

ROOT = """\
version: 1
sources:
  desk: {kind: bangwo8, base_url: "https://d.example.com", auth: {account: a, password: p}}
  other: {kind: bangwo8, base_url: "https://o.example.com", auth: {account: a, password: p}}
"""
ENDPOINT = """\
endpoint: a
path: /a
format: form
inputs: {{tel: {{format: phone}}}}
lookups:
  found: {lookup}
outputs: {{n: {{type: int, value: "{{{{ found.tableId }}}}", default: 0}}}}
"""


@pytest.mark.parametrize(
    ("lookup", "params"),
    [
        ("{source: desk, operation: asset_rows, params: {tableId: 7, cPara: 'a:b', "
         "filter: 'owner:{{ inputs.tel }}'}}", [{"tableId": 7, "cPara": "a:b"}]),
        ("{source: [other, desk], operation: asset_rows, params: [{tableId: 1, cPara: x:y}, "
         "{tableName: t, cPara: 'a:b'}]}", [{"tableName": "t", "cPara": "a:b"}]),
        ("{source: desk, operation: asset_rows, params: {tableId: '{{ inputs.tel }}', "
         "cPara: 'a:b'}}", []),
        ("{source: other, operation: asset_rows, params: {tableId: 7, cPara: 'a:b'}}", []),
        ("{source: desk, operation: list_companies}", []),
    ],
)  # fmt: skip
def test_the_constants_of_a_lookup(
    tmp_path: Path, lookup: str, params: list[dict[str, object]]
) -> None:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    file = tmp_path / "endpoints" / "a.yaml"
    file.write_text(ENDPOINT.format(lookup=lookup), "utf-8")
    endpoints = read_side(tmp_path, "a", {}).endpoints
    assert own_params(endpoints, "desk", "bangwo8") == {"asset_rows": params}
