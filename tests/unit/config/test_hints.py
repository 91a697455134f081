"""Slips that people make: each has one message, with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.config.loader import examine

ROOT = """\
version: 1
region: CN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "${A}", app_key: "${B}"}}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
inputs: {tel: {format: phone}}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs: {isVip: {type: int, value: "{{ customer.isVip }}", default: 0}}
tests: [{name: a, inputs: {tel: "1"}, sources: {customer: {}}, expect: {isVip: 0}}]
"""


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("path:", "method: POST\npath:", 2, "the method follows from `format`"),
        ("path:", "timeout: 1s\npath:", 2, "an endpoint has a `deadline`"),
        ("sources: {customer: {}}", "lookups: {customer: {}}", 8, "under `sources`"),
        ("lookups:", "lookup:", 5, "did you mean `lookups`?"),
        ("outputs: {isVip: {", "output: {isVip: {", 7, "did you mean `outputs`?"),
        ("inputs: {tel: {", "input: {tel: {", 4, "did you mean `inputs`?"),
        ("params: {", "param: {", 6, "did you mean `params`?"),
        ("{{ inputs.tel }}", "{ inputs.tel }", 6, "write {{ inputs.tel }}, two braces"),
        ("{{ customer.isVip }}", "{ customer.isVip }", 7, "write {{ customer.isVip }}"),
    ],
)
def test_a_slip_has_one_message_with_the_cure(
    tmp_path: Path, was: str, now: str, line: int, said: str
) -> None:
    assert was in VIP
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    (tmp_path / "endpoints" / "vip.yaml").write_text(VIP.replace(was, now, 1), "utf-8")
    _, problems = examine(tmp_path, environ={"A": "a", "B": "b"})
    unused = "nothing names"  # what a brace that is missing leaves unused
    found = [one for one in problems if unused not in one.message]
    if "customer.isVip" in now:
        found = [one for one in found if "this is" not in one.message]
    assert [(one.line, said in one.message) for one in found] == [(line, True)], found


def test_a_timeout_that_nobody_waits_for_is_noted(tmp_path: Path) -> None:
    root = ROOT.replace("kind: sobot,", "kind: sobot, timeout: 5s,")
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(root, "utf-8")
    (tmp_path / "endpoints" / "vip.yaml").write_text(VIP, "utf-8")
    _, problems = examine(tmp_path, environ={"A": "a", "B": "b"})
    (note,) = [one for one in problems if one.path == "sources.crm.timeout"]
    assert (note.severity, note.line) == ("note", 4)
    assert "nobody waits so long" in note.message
