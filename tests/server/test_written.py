"""Every write of the four systems as an action, against the sandbox, and what the next
call finds of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

SOURCES = """\
version: 1
region: CN
sources:
  contacts: {kind: omicrm, base_url: sandbox, auth: {api_key: sandbox}}
  help_desk:
    kind: bangwo8
    base_url: sandbox
    auth: {account: sandbox, password: sandbox}
  calls: {kind: meiqia, base_url: sandbox, auth: {access_token: sandbox}}
  any:
    kind: http
    base_url: "${IVRHOOKS_SANDBOX_URL}/bangwo8"
    auth: {basic: {username: sandbox, password: sandbox}}
"""
ACTIONS = {
    "add_contact": """\
    source: contacts
    operation: add_contact
    params: {fullName: Neu An, phones: [{data: "0911222333"}]}
""",
    "add_contacts": """\
    source: contacts
    operation: add_contacts
    params: [{fullName: Binh, phones: [{data: "0911222334"}]}]
""",
    "update_contact": """\
    source: contacts
    operation: update_contact
    params: {refId: "{{ inputs.id }}", note: updated by a call}
""",
    "delete_contact": """\
    source: contacts
    operation: delete_contact
    params: {id: "{{ inputs.id }}"}
""",
    "add_note": """\
    source: contacts
    operation: add_note
    params: [{note_by: ivr@example.com, content: called, phone: "0936200411"}]
""",
    "create_company": """\
    source: help_desk
    operation: create_company
    params: {companyName: New Ltd}
""",
    "update_company": """\
    source: help_desk
    operation: update_company
    params: {id: 101, serveNote: called}
""",
    "assign_numbers": """\
    source: calls
    operation: assign_numbers
    params: {agent_ids: [1001], group_ids: [], numbers: []}
""",
    "bind_sip": """\
    source: calls
    operation: bind_sip
    params: {agent_id: 1002, sip: "80010004"}
""",
    "callout": """\
    source: calls
    operation: callout
    params: {agent_id: 1001, callee: "13800000001"}
""",
    "request": """\
    source: any
    request:
      method: POST
      path: /api/v1/companies.json
      json: {company: {companyName: Any Ltd}}
""",
}
HEAD = """\
endpoint: write
path: /write
format: form
inputs:
  op: {}
  id: {}
outputs:
  id: {type: string, value: "{{ inputs.op }}", default: ""}
actions:
"""
FIND = """\
endpoint: find
path: /find
format: form
inputs: {tel: {format: phone}}
lookups:
  contact: {source: contacts, params: {phone: "{{ inputs.tel }}"}}
outputs:
  id: {type: string, value: "{{ contact._id }}", default: nobody}
  state: {type: string, value: "{{ lookups.contact.status }}", default: ""}
"""


def endpoint() -> str:
    """One action for each write, asked for by its name."""
    texts = [HEAD]
    for name, text in ACTIONS.items():
        when = f"    when: \"{{{{ inputs.op == '{name}' }}}}\"\n"
        texts.append(f"  {name}:\n{text}{when}")
    return "".join(texts)


CONFIG = {
    "ivrhooks.yaml": SOURCES,
    "endpoints/write.yaml": endpoint(),
    "endpoints/find.yaml": FIND,
}


def written(sandbox_url: str) -> list[dict[str, Any]]:
    reply = requests.get(f"{sandbox_url}/_sandbox/requests", timeout=60)
    recorded: list[dict[str, Any]] = reply.json()["requests"]
    return [request for request in recorded if request["method"] != "GET"]


@pytest.fixture(scope="module")
def writing(sandbox_url: str, tmp_path_factory: Any, running: Any) -> Iterator[Any]:
    """A server that writes, for all of these tests."""
    env, home = {"IVRHOOKS_SANDBOX_URL": sandbox_url}, tmp_path_factory.mktemp("write")
    with running("asgi", CONFIG, home, "--workers", "1", env=env) as server:
        yield server


@pytest.mark.parametrize("operation", ACTIONS)
def test_a_write_of_each_system_is_delivered(
    writing: Any, sandbox_url: str, until: Any, operation: str
) -> None:
    requests.post(f"{sandbox_url}/_sandbox/reset", timeout=60)
    known = writing.form("/find", "tel=0936200411").json["id"]
    before = len(written(sandbox_url))
    reply = writing.form("/write", f"op={operation}&id={known}")
    assert reply.header("X-Ivrhooks-Degraded") is None
    until(lambda: len(written(sandbox_url)) > before, "it is written")
    newest = written(sandbox_url)[0]
    assert newest["status"] in (200, 201), newest
    CHECKS.get(operation, lambda server, sent: None)(writing, newest)


def has_user_data(server: Any, sent: Any) -> None:
    body = sent["body"]
    body = json.loads(body) if isinstance(body, str) else body
    assert len(body["user_data"]) == 36


def has_request_id(server: Any, sent: Any) -> None:
    assert "requestid" in {name.lower() for name in sent["headers"]}


def has_key(server: Any, sent: Any) -> None:
    assert "idempotency-key" in {name.lower() for name in sent["headers"]}


def is_found(server: Any, sent: Any) -> None:
    """The next call finds the contact."""
    assert server.form("/find", "tel=0911222333").json["state"] == "ok"


CHECKS = {
    "callout": has_user_data,
    "create_company": has_request_id,
    "update_company": has_request_id,
    "request": has_key,
    "add_contact": is_found,
}
