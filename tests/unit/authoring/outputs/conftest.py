"""An endpoint that declares everything once, as its contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.config.loader import load

RICH = """\
endpoint: rich@desk
path: /rich/{{ref}}
format: json
used_by: [Main IVR]
headers:
  X-Key: {{type: string, secret: true, equals: "${{DESK_KEY}}"}}
  X-Api: {{type: string, equals: v2}}
  X-Code: {{type: string, equals: "${{file:{code}}}-${{DESK_KEY}}"}}
inputs:
  ref: {{type: string, required: true}}
  tel: {{type: string, format: phone, required: true, path: data.caller.number}}
  back: {{type: string, format: phone, description: ivr_called_number}}
  other: {{type: string, format: phone}}
  menu: {{type: int, min: 1, max: 9, default: 3, description: The key pressed.}}
  code: {{type: string, max_length: 4, pattern: "^[A-Z]+$"}}
  desk: {{type: string, enum: [north, south]}}
  pin: {{type: string, equals: "s3cret-in-file", secret: true}}
outputs:
  level: {{type: int, value: 1, default: 0, description: The level.}}
  name: {{type: string, value: x, default: "", max_length: 20}}
  kind:
    {{type: string, value: x, map: {{a: north, b: south}}, optional: true,
     default: west}}
"""


@pytest.fixture
def code_file(tmp_path: Path) -> Path:
    file = tmp_path / "code"
    file.write_text("c0de", "utf-8")
    return file


@pytest.fixture
def rich(tmp_path: Path, code_file: Path) -> Contract:
    folder = tmp_path / "rich"
    (folder / "endpoints").mkdir(parents=True)
    (folder / "ivrhooks.yaml").write_text("version: 1\n")
    endpoint = folder / "endpoints/rich.yaml"
    endpoint.write_text(RICH.format(code=code_file))
    plan = load(folder, environ={"DESK_KEY": "desk-key-7"}).by_name("rich@desk")
    assert plan is not None
    return contract_of(plan, "https://ivr.example.com")
