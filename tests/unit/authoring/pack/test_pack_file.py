"""A pack's file: signed, and refused when anything of it was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.pack.make import make_pack
from ivrhooks.authoring.pack.pack_file import BadPack, Pack, read_pack, write_pack
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.store.signing import Signer

SIGNER = Signer(b"k" * 32)


def trusted(key: str) -> bool:
    return key == SIGNER.public


@pytest.fixture
def file(
    configuration: Configuration, plan_of: Callable[[str], Plan], tmp_path: Path
) -> Path:
    made = make_pack(configuration, plan_of("desk"), "http://x", {"en": ["a", "b"]})
    file = tmp_path / "desk.pack.json"
    write_pack(file, made.data, SIGNER)
    return file


def change(file: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    raw = json.loads(file.read_text("utf-8"))
    edit(raw)
    file.write_text(json.dumps(raw), "utf-8")


def test_a_written_pack_is_read_back(file: Path) -> None:
    pack = read_pack(file, trusted)
    assert isinstance(pack, Pack)
    assert (pack.endpoint, pack.signed_by) == ("desk", SIGNER.public)
    assert len(pack.requests) == 10
    assert pack.requests[0].expected.body["level"] == 3


def test_blanks_and_the_order_of_keys_change_nothing(file: Path) -> None:
    raw = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(dict(reversed(raw.items())), indent=7), "utf-8")
    assert read_pack(file, trusted).endpoint == "desk"


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: raw["requests"][0]["expect"]["body"].update(level=1),
        lambda raw: raw["requests"].pop(),
        lambda raw: raw["requests"].reverse(),
        lambda raw: raw["requests"][0]["curl"].append("; rm -r /"),
        lambda raw: raw["sheet"]["en"].append("more"),
        lambda raw: raw.update(more=1),
        lambda raw: raw.update(endpoint="other"),
        lambda raw: raw["signature"].update(value="AAAA"),
        lambda raw: raw["signature"].update(key=Signer(b"o" * 32).public),
        lambda raw: raw.update(signature=None),
        lambda raw: raw.pop("signature"),
    ],
)
def test_a_changed_file_is_refused(
    file: Path, edit: Callable[[dict[str, Any]], Any]
) -> None:
    change(file, edit)
    with pytest.raises(BadPack, match="not as it was signed"):
        read_pack(file, lambda key: True)


def test_a_strangers_signature_is_refused_and_named(file: Path) -> None:
    with pytest.raises(BadPack, match="no key of this installation") as refused:
        read_pack(file, lambda key: False)
    assert f"--signed-by {SIGNER.public}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("[]", "no test pack"),
        ("{}", "ivrhooks pack ENDPOINT"),
        ('{"ivrhooks_pack": 9}', "another version"),
    ],
)
def test_another_file_is_reported_as_such(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "x.json"
    with pytest.raises(BadPack, match="cannot be read"):
        read_pack(file, trusted)
    file.write_text(text, "utf-8")
    with pytest.raises(BadPack, match=message):
        read_pack(file, trusted)


def test_a_pack_is_not_written_over(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        write_pack(file, {}, SIGNER)
    assert file.read_bytes() == before
