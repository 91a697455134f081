"""A frozen contract: what breaks it is refused, with the nodes that it would hit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivrhooks.authoring.freeze import (
    LOCK,
    VERSION,
    CannotFreeze,
    examine_frozen,
    freeze,
    load_frozen,
)
from ivrhooks.basics.errors import ConfigError

ROOT = """\
version: 1
sources: {crm: {kind: http, base_url: "http://127.0.0.1:9"}}
"""
VIP = """\
endpoint: vip
path: /api/vip
format: form
mode: mock
used_by: [Main IVR / node 4]
headers: {X-Api-Key: {secret: true, equals: "${KEY}"}, X-Shop: {equals: "north-7"}}
inputs: {tel: {format: phone, required: true}, lang: {enum: [en, vi], max_length: 9}}
outputs:
  isVip: {type: int, default: 0}
  name: {type: string, default: "", optional: true}
mock: [{outputs: {isVip: 1}}]
"""
ENVIRON = {"KEY": "s3cret-value"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    (tmp_path / "endpoints" / "vip.yaml").write_text(VIP, "utf-8")
    freeze(tmp_path, ENVIRON)
    return tmp_path


def change(folder: Path, was: str, now: str) -> None:
    file = folder / "endpoints" / "vip.yaml"
    text = file.read_text("utf-8")
    assert was in text
    file.write_text(text.replace(was, now, 1), "utf-8")


def test_a_frozen_configuration_still_loads(folder: Path) -> None:
    assert load_frozen(folder, environ=ENVIRON).by_name("vip") is not None


@pytest.mark.parametrize(
    ("was", "now", "line", "message"),
    [
        ("/api/vip", "/api/vips", 2, "path: changed"),
        ("isVip: {type: int, default: 0}", 'isVip: {type: string, default: ""}', 9,
         "isVip: output type"),
        ("  name: {type", "  nick: {type", 8, "name: output is gone"),
        ("lang: {enum", "lang: {required: true, enum", 7, "lang: input required"),
        ("[en, vi]", "[en]", 7, "lang: input enum"),
        ("max_length: 9", "max_length: 2", 7, "lang: input max_length"),
        ("north-7", "south-8", 6, "x-shop: header, its agreed value"),
        ("${KEY}", "${OTHER:-other}", 6, "x-api-key: header, its agreed value"),
    ],
)  # fmt: skip
def test_a_breaking_change_names_the_flow_nodes(
    folder: Path, was: str, now: str, line: int, message: str
) -> None:
    change(folder, was, now)
    if "isVip" in now:
        change(folder, "{isVip: 1}", '{isVip: "1"}')
    configuration, problems = examine_frozen(folder, environ=ENVIRON)
    assert configuration is None
    (problem,) = [problem for problem in problems if "frozen" in problem.message]
    assert (problem.severity, problem.line) == ("error", line)
    assert message in problem.message
    assert "Main IVR / node 4" in problem.message
    with pytest.raises(ConfigError):
        load_frozen(folder, environ=ENVIRON)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("default: 0", "default: 1"),
        ("isVip: 1", "isVip: 0"),
        ("endpoint: vip", "endpoint: vip-routing"),
        ("[en, vi]", "[en, vi, zh]"),
        ("  isVip:", "  new: {type: int, default: 0}\n  isVip:"),
    ],
)
def test_a_compatible_change_loads(folder: Path, was: str, now: str) -> None:
    change(folder, was, now)
    assert load_frozen(folder, environ=ENVIRON)


def test_frozen_anew_it_is_the_contract(folder: Path) -> None:
    change(folder, "/api/vip", "/api/vips")
    freeze(folder, ENVIRON)
    assert load_frozen(folder, environ=ENVIRON)


def test_no_agreed_value_is_in_the_lock(folder: Path) -> None:
    text = (folder / LOCK).read_text("utf-8")
    assert "s3cret-value" not in text and "north-7" not in text
    headers = json.loads(text)["endpoints"][0]["headers"]
    assert headers["X-Api-Key"]["equals"] == "${KEY}"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 9}', "null"])
def test_a_lock_that_cannot_be_read_is_an_error(folder: Path, text: str) -> None:
    (folder / LOCK).write_text(text, "utf-8")
    configuration, problems = examine_frozen(folder, environ=ENVIRON)
    assert configuration is None
    assert "freeze anew: ivrhooks freeze" in problems[-1].message


def test_a_configuration_with_errors_is_not_frozen(folder: Path) -> None:
    before = (folder / LOCK).read_text("utf-8")
    change(folder, "type: int", "type: number")
    with pytest.raises(ConfigError):
        freeze(folder, ENVIRON)
    assert (folder / LOCK).read_text("utf-8") == before


def test_the_lock_holds_the_contract_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(folder, "north-7", "nhà-7")
    change(folder, "Main IVR / node 4", "Tổng đài")
    monkeypatch.setenv("KEY", "s3cret-value")
    assert freeze(folder) == folder / LOCK
    text = (folder / LOCK).read_text("utf-8")
    assert text.startswith('{\n "version": 1,\n "caller": "sobot",\n')
    assert text.endswith("}\n") and "Tổng đài" in text
    (vip,) = json.loads(text)["endpoints"]
    agreed = vip["headers"]["X-Shop"]["equals"]
    assert (agreed[:7], len(agreed)) == ("sha256:", 23)
    assert vip["inputs"]["tel"] == {
        "type": "string",
        "format": "phone",
        "required": True,
        "secret": False,
    }
    assert vip["outputs"]["isVip"] == {"type": "int", "default": 0, "optional": False}
    configuration, problems = examine_frozen(folder)
    assert configuration is not None
    assert not [problem for problem in problems if problem.severity == "error"]


def test_a_folder_without_a_lock_is_examined_as_ever(folder: Path) -> None:
    (folder / LOCK).unlink()
    change(folder, "/api/vip", "/api/vips")
    assert load_frozen(folder, environ=ENVIRON)
    change(folder, "type: int", "type: number")
    configuration, problems = examine_frozen(folder, environ=ENVIRON)
    assert configuration is None and "write int" in str(problems[0])


def test_an_endpoint_that_is_gone_is_named_once(folder: Path) -> None:
    change(folder, "/api/vip", "/api/vips")
    change(folder, "endpoint: vip", "endpoint: other")
    _, problems = examine_frozen(folder, environ=ENVIRON)
    (problem,) = [problem for problem in problems if "frozen" in problem.message]
    assert problem.message == (
        "vip: endpoint is gone (/api/vip), and the contract is frozen; it hits Main "
        "IVR / node 4; undo it, or freeze anew: ivrhooks freeze"
    )
    assert (Path(problem.file or "").name, problem.line) == (LOCK, 1)


def test_another_caller_breaks_it_as_a_whole(folder: Path) -> None:
    root = folder / "ivrhooks.yaml"
    root.write_text(f"{ROOT}caller: asterisk\n", "utf-8")
    _, problems = examine_frozen(folder, environ=ENVIRON)
    (problem,) = [problem for problem in problems if "frozen" in problem.message]
    assert problem.message.startswith("caller: changed, and the contract is frozen; it")
    assert (problem.file, problem.line, problem.column) == (str(root), 3, 1)


def test_a_lock_of_another_version_is_reported_as_such(folder: Path) -> None:
    lock = json.loads((folder / LOCK).read_text("utf-8"))
    lock["version"] = VERSION + 1
    (folder / LOCK).write_text(json.dumps(lock), "utf-8")
    _, problems = examine_frozen(folder, environ=ENVIRON)
    assert "written by another version of ivrhooks" in problems[-1].message
    assert (problems[-1].line, problems[-1].column) == (1, 1)


def test_a_lock_that_cannot_be_written_is_reported(folder: Path) -> None:
    (folder / LOCK).unlink()
    (folder / LOCK).mkdir()
    with pytest.raises(CannotFreeze, match="cannot be written: Is a directory"):
        freeze(folder, ENVIRON)
