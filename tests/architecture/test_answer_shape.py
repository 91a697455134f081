"""What the IVR sees on a bad data request has one shape, whatever was bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivrhooks.answering.error_body import refuse
from ivrhooks.basics.errors import STATUS_BY_CODE, ContractError
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Plan
from ivrhooks.languages.catalogue import because

ROOT = "version: 1\n"
ENDPOINT = """
endpoint: shape
path: /api/shape
format: form
on_invalid: {on_invalid}
inputs: {{n: {{type: int, required: true}}}}
outputs:
  n: {{type: int, value: "{{{{ inputs.n }}}}", default: 7}}
  text: {{type: string, value: one, default: ""}}
  left_out: {{type: string, value: two, optional: true}}
"""


@pytest.fixture(params=[400, 200])
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> Plan:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT)
    text = ENDPOINT.format(on_invalid=request.param)
    (tmp_path / "endpoints" / "shape.yaml").write_text(text)
    return load(tmp_path, environ={}).plans["/api/shape"]


@pytest.mark.parametrize("code", sorted(set(STATUS_BY_CODE) - {"not_found"}))
def test_a_refusal_has_every_default_and_one_error(plan: Plan, code: str) -> None:
    error = ContractError(
        code,
        because("as_said", text="what is wrong"),
        {"n": [because("as_said", text="is missing")]},
    )
    answer = refuse(plan, error, "r-1")
    body = json.loads(answer.body)
    assert list(body) == ["n", "text", "error"]
    assert (body["n"], body["text"]) == (7, "")
    assert body["error"] == {
        "code": code,
        "message": "what is wrong",
        "fields": {"n": ["is missing"]},
    }
    assert b"\n" not in answer.body
    governed = STATUS_BY_CODE[code] == 400
    assert answer.status == (plan.on_invalid if governed else STATUS_BY_CODE[code])


def test_outside_any_endpoint_there_is_the_error_alone() -> None:
    answer = refuse(
        None,
        ContractError("not_found", because("as_said", text="no such endpoint")),
        "r-1",
    )
    body = json.loads(answer.body)
    assert list(body) == ["error"]
    assert (answer.status, body["error"]["code"]) == (404, "not_found")
    assert body["error"]["fields"] == {}
