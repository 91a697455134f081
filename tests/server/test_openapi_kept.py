"""Both servers keep our own OpenAPI document, as Schemathesis judges it.

Schemathesis makes up data requests from the document, good and bad ones, and holds each
answer against it: status, headers, schema, time, what happens without a secret.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

KEY = "a-value-that-was-agreed"
ENV = {"HOOK_KEY": KEY}
CONFIG = {
    "ivrhooks.yaml": "version: 1\nregion: CN\n",
    "endpoints/form.yaml": """\
endpoint: routing
path: /routing
format: form
headers:
  X-Api-Key: {type: string, secret: true, equals: "${HOOK_KEY}"}
  X-Shop: {type: string, enum: [north, south], default: north}
inputs:
  tel: {type: string, format: phone, required: true}
  menu: {type: int, required: true, enum: [1, 2, 3]}
  order_no: {type: int, min: 1, max: 9999}
  note: {type: string, max_length: 20}
  code: {type: string, pattern: "^[A-Z]{2}[0-9]{3}$"}
outputs:
  tel: {type: string, value: "{{ inputs.tel }}", default: ""}
  menu: {type: int, value: "{{ inputs.menu }}", default: 0}
  order: {type: int, value: "{{ inputs.order_no }}", default: -1}
  note: {type: string, value: "{{ inputs.note }}", default: "", max_length: 10}
  maybe: {type: string, value: "{{ inputs.code }}", optional: true}
""",
    "endpoints/json.yaml": """\
endpoint: desk
path: /desk
format: json
strict_format: true
inputs:
  tel: {type: string, format: phone, path: data.caller.number, required: true}
  age: {type: int, min: 0, max: 150, path: data.age}
  word: {type: string, name: "caller language", enum: [en, zh, vi]}
answer: {under: call.variables, with: {kind: routing}, strings: true}
outputs:
  tel: {type: string, value: "{{ inputs.tel }}", default: ""}
  age: {type: int, value: "{{ inputs.age }}", default: -1}
  word: {type: string, value: "{{ inputs.word }}", default: en}
""",
    "endpoints/query.yaml": """\
endpoint: caller
path: /caller/{tel}/orders
format: query
on_invalid: 200
inputs:
  tel: {type: string, format: phone, required: true}
  n: {type: int, min: -5, max: 5, default: 0}
outputs:
  tel: {type: string, value: "{{ inputs.tel }}", default: ""}
  n: {type: int, value: "{{ inputs.n }}", default: 0}
""",
    "endpoints/lenient.yaml": """\
endpoint: lenient
path: /lenient
format: query
on_invalid: ignore
inputs:
  word: {type: string, enum: [en, zh, vi], default: en}
  n: {type: int, max: 9}
  agreed: {type: string, equals: yes}
outputs:
  word: {type: string, value: "{{ inputs.word }}", default: none}
  n: {type: int, value: "{{ inputs.n }}", default: -1}
""",
    "endpoints/signed.yaml": """\
endpoint: signed
path: /signed
format: json
security: {hmac: {secret: "${HOOK_KEY}"}, rate_limit: 10000/s}
inputs: {tel: {type: string, format: phone}}
outputs: {tel: {type: string, value: "{{ inputs.tel }}", default: ""}}
""",
}
HOOKS = f"""
from datetime import UTC, datetime
import requests, schemathesis
from standardwebhooks import Webhook

class Signed(requests.auth.AuthBase):
    def __call__(self, request):
        body, now = request.body or b"", datetime.now(UTC)
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        made = Webhook({KEY!r}.encode()).sign("m-1", now, text)
        request.headers["webhook-id"] = "m-1"
        request.headers["webhook-timestamp"] = str(int(now.timestamp()))
        request.headers["webhook-signature"] = made
        return request

schemathesis.auth.set_from_requests(Signed()).apply_to(path="/signed")
"""
"""Signs with the vendor's own package whatever Schemathesis makes up."""

LEFT_OUT = "negative_data_rejection"
"""Refuses what the contract takes on purpose: null and an empty text that count as not
given, `7` as text where an int is declared, parameters that nobody declared."""

ROOT = Path(__file__).parents[2]


def judged(server: Any, env: Mapping[str, str], examples: int) -> str:
    """What Schemathesis prints of ``server``, after so many data requests for each
    endpoint and phase."""
    document, url = (
        server.log_file.parent / "api.json",
        f"http://127.0.0.1:{server.port}",
    )
    program = [
        sys.executable,
        "-m",
        "ivrhooks",
        "openapi",
        str(server.folder),
        "--url",
        url,
    ]
    hooks = server.log_file.with_name("signing.py")
    hooks.write_text(HOOKS)
    environment = {**os.environ, **env, "SCHEMATHESIS_HOOKS": "signing"}
    made = subprocess.run(program, capture_output=True, check=True, env=environment)
    document.write_bytes(made.stdout)
    options = [
        "--url",
        url,
        "--checks",
        "all",
        "--exclude-checks",
        LEFT_OUT,
        "--seed",
        "7",
    ]
    options += [
        "--max-examples",
        str(examples),
        "--max-response-time",
        "2.5",
        "--no-color",
    ]
    options += ["--continue-on-failure", "--header", f"X-Api-Key: {KEY}"]
    options += ["--generation-database", "none"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("st")), "run", str(document), *options],
        capture_output=True,
        text=True,
        cwd=server.log_file.parent,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_answers_keep_the_document(server: Any) -> None:
    problems = judged(server, ENV, 40)
    assert "Tested: 5" in problems, problems
    assert "Authentication failed" not in problems, problems
    assert "No issues found" in problems, problems


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def shipped(
    request: pytest.FixtureRequest,
    running: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """The shipped configuration, answered from its mocks."""
    home = tmp_path_factory.mktemp("shipped")
    files = {
        str(file.relative_to(ROOT / "configs")): file.read_text("utf-8")
        for file in (ROOT / "configs").rglob("*.*")
    }
    with running(request.param, files, home, env=MOCK) as server:
        yield server


MOCK = {"IVRHOOKS_MODE": "mock"}


def test_the_shipped_endpoints_keep_theirs(shipped: Any) -> None:
    problems = judged(shipped, MOCK, 12)
    assert "Tested: 10" in problems, problems
    assert "No issues found" in problems, problems
