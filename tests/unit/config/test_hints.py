"""What is good to know about a configuration without a fault."""

from __future__ import annotations

from pathlib import Path

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


def test_a_timeout_beyond_every_deadline_is_noted(tmp_path: Path) -> None:
    root = ROOT.replace("kind: sobot,", "kind: sobot, timeout: 5s,")
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(root, "utf-8")
    (tmp_path / "endpoints" / "vip.yaml").write_text(VIP, "utf-8")
    _, problems = examine(tmp_path, environ={"A": "a", "B": "b"})
    (note,) = [problem for problem in problems if problem.path == "sources.crm.timeout"]
    assert (note.severity, note.line) == ("note", 4)
    assert "nobody waits so long" in note.message
