"""A test pack of each endpoint, verified at both servers; and a server that changed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from support.cli_runner import run_verb

HOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "k-5e8d2f91-secret"
TABLE = """\
version: 1
region: CN
sources: {vips: {kind: table, file: vips.csv, key: {phone: phone}, pii: {name: name}}}
"""
LOOKUP = """\
inputs: {tel: {format: phone, required: true}, menu: {type: int, min: 1, max: 9}}
lookups: {vip: {source: vips, params: {phone: "{{ inputs.tel }}"}}}
outputs:
  level: {type: int, value: "{{ vip.level }}", default: 0}
  name: {type: string, value: "{{ vip.name }}", default: ""}
  city: {type: string, value: "{{ vip.city }}", default: "", optional: true}
tests:
  - {name: a VIP, inputs: {tel: "13800000001"}, sources: {vip: {}}, expect: {level: 0}}
"""
NESTED = LOOKUP.replace("format: phone,", "format: phone, path: a.b.tel,")
PATH = "endpoint: path\npath: /path/{tel}\nformat: query\n"
CONFIG = {
    "ivrhooks.yaml": TABLE,
    "vips.csv": "phone,name,level,city\n13800000001,Wang,3,上海\n",
    "endpoints/form.yaml": f"endpoint: form\npath: /form\nformat: form\n{LOOKUP}",
    "endpoints/json.yaml": f"endpoint: json\npath: /json\nformat: json\n"
    f"headers: {{X-Key: {{secret: true, equals: '${{KEY}}'}}}}\n{LOOKUP}",
    "endpoints/query.yaml": f"endpoint: query\npath: /query\nformat: query\n"
    f"answer: {{under: a.b, with: {{type: t}}, strings: true}}\n{LOOKUP}",
    "endpoints/path.yaml": PATH + LOOKUP,
    "endpoints/signed.yaml": f"endpoint: signed\npath: /signed\nformat: json\n"
    f"security: {{hmac: {{secret: '${{HOOK}}'}}}}\n{LOOKUP}",
    "endpoints/vapi.yaml": f"endpoint: nested\npath: /nested\nformat: json\n"
    f"on_invalid: 200\n{NESTED}",
}  # fmt: skip


@pytest.fixture(scope="module")
def server_env() -> Mapping[str, str]:
    return {"KEY": KEY, "HOOK": HOOK}


def pack(home: Path, folder: Path, *words: str, env: Mapping[str, str] = {}) -> Result:
    """``ivrhooks pack`` with these words."""
    environment = {
        "IVRHOOKS_DATA": str(home / "keys"),
        "IVRHOOKS_CONFIG": str(folder),
        "KEY": KEY,
        "HOOK": HOOK,
        **env,
    }
    return run_verb("pack", *words, env=environment, folder=home)


@pytest.mark.parametrize("name", ["form", "json", "query", "path", "signed", "nested"])
def test_a_live_server_answers_as_the_pack_expects(
    server: Any, tmp_path: Path, name: str
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    made = pack(tmp_path, server.folder, name, "--url", url)
    assert made.exit_code == 0, made.stdout + made.stderr
    text = (tmp_path / f"{name}.pack.json").read_text("utf-8")
    assert KEY not in text and HOOK not in text and "Wang" not in text
    done = pack(tmp_path, server.folder, "--verify", f"{name}.pack.json", "--url", url)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert done.stdout.count("as expected") == 11
    assert f"{name}: 10 answers as expected" in done.stdout


@pytest.mark.parametrize("name", ["form", "json", "query", "path", "nested"])
def test_the_curl_lines_get_the_expected_status(
    server: Any, tmp_path: Path, name: str
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    assert pack(tmp_path, server.folder, name, "--url", url).exit_code == 0
    raw = json.loads((tmp_path / f"{name}.pack.json").read_text("utf-8"))
    for request in raw["requests"]:
        line = "\n".join(request["curl"]) + " -s -o body -w '%{http_code}'"
        done = subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "KEY": KEY},
            check=True,
        )
        assert done.stdout == str(request["expect"]["status"]), (line, done.stdout)


def test_a_different_value_of_a_live_server_is_reported(
    server: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    csv = CONFIG["vips.csv"].replace(",3,", ",2,")
    for name, text in {**CONFIG, "vips.csv": csv}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert pack(tmp_path, folder, "form").exit_code == 0
    url = f"http://127.0.0.1:{server.port}"
    done = pack(tmp_path, folder, "--verify", "form.pack.json", "--url", url, "--json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["ok"]) == (1, False)
    assert data["requests"][0] == {
        "name": "a VIP",
        "sent": True,
        "differences": ["level: expected 2, came 3"],
        "degraded": None,
    }


def test_elsewhere_the_key_and_the_secret_must_be_named(
    server: Any, tmp_path: Path
) -> None:
    made = pack(tmp_path, server.folder, "json", "--json")
    key = json.loads(made.stdout)["signed_by"]
    url = f"http://127.0.0.1:{server.port}"
    words = ["--verify", "json.pack.json", "--url", url]
    elsewhere = {"IVRHOOKS_DATA": str(tmp_path / "vendor"), "IVRHOOKS_CONFIG": ""}
    stranger = pack(tmp_path, server.folder, *words, env=elsewhere)
    assert stranger.exit_code == 1 and f"--signed-by {key}" in stranger.stdout
    words += ["--signed-by", key]
    secretless = pack(tmp_path, server.folder, *words, env=elsewhere)
    assert secretless.exit_code == 1 and "-H X-Key=VALUE" in secretless.stdout
    done = pack(tmp_path, server.folder, *words, "-H", f"X-Key={KEY}", env=elsewhere)
    assert done.exit_code == 0, done.stdout
