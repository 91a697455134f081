"""Real answers kept as the sandbox's data: nobody in them, and of the same shape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.pseudonyms import Pseudonyms
from ivrhooks.authoring.sandbox_comparison.reads import READS
from ivrhooks.authoring.sandbox_comparison.recording import data_file, masked_data
from ivrhooks.authoring.sandbox_comparison.verify import KNOWN, compare_source
from ivrhooks.config.loader import load
from ivrhooks.sources.sandboxkit.data_file import read_tree

ROOT = """\
version: 1
region: CN
sources:
  sobot: {{kind: sobot, base_url: "{0}/sobot", auth: {{app_id: "1", app_key: "2"}}}}
  omicrm: {{kind: omicrm, base_url: "{0}/omicrm", auth: {{api_key: k}}}}
  bangwo8:
    kind: bangwo8
    base_url: "{0}/bangwo8"
    auth: {{account: a@example.com, password: p}}
  meiqia: {{kind: meiqia, base_url: "{0}/meiqia", auth: {{access_token: t}}}}
"""
PEOPLE = (
    *("王建国", "wang.vip@example.com", "13800000001", "8613800000001"),
    *("Vương Kiến Quốc", "Trần Thị Bích Ngọc", "0901000002", "KH-0099"),
    *("金万维科技有限公司", "北京市丰台区汉威国际广场3区7号楼", "kf-4321"),
    *("15900001234", "李强", "s1p-114f"),
)
"""People of the shipped data, and passwords."""


@pytest.fixture(scope="module")
def recorded(sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is recorded of a system of each kind."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "ivrhooks.yaml").write_text(ROOT.format(sandbox), "utf-8")
    pseudonyms, systems = Pseudonyms("CN"), {}
    for kind, settings in load(folder).sources.items():
        result = asyncio.run(compare_source(settings, sandbox, KNOWN))
        systems[kind] = masked_data(kind, result.records, pseudonyms)
    file = folder / "data.yaml"
    file.write_text(data_file(systems), "utf-8")
    return file


def test_a_recording_holds_no_person_and_no_password(recorded: Path) -> None:
    text = recorded.read_text("utf-8")
    assert [person for person in PEOPLE if person in text] == []
    tree = read_tree(recorded)
    assert len(tree["sobot"]["customers"]) == 3
    assert tree["sobot"]["customers"][0]["isVip"] == "1"  # what routes a call stays
    assert len(tree["meiqia"]["records"]) >= 3
    assert "VIP" in [
        tag for contact in tree["omicrm"]["contacts"] for tag in contact["tags"]
    ]


def test_a_sandbox_of_it_has_the_same_shape_as_the_real_systems(
    recorded: Path, sandbox: str, tmp_path: Path, sandbox_with: Callable[..., Any]
) -> None:
    number = read_tree(recorded)["sobot"]["customers"][0]["tel"]
    with sandbox_with(recorded) as url:
        (tmp_path / "ivrhooks.yaml").write_text(ROOT.format(url), "utf-8")
        for kind, settings in load(tmp_path).sources.items():
            result = asyncio.run(compare_source(settings, sandbox, [number]))
            assert [comparison.operation for comparison in result.reads] == [
                read.operation for read in READS[kind]
            ]
            differing = [
                comparison for comparison in result.reads if not comparison.same
            ]
            assert differing == [], differing
            assert result.reads[0].problem == ""


def test_two_records_with_one_key_are_kept_once() -> None:
    read = READS["sobot"][0]
    records = [
        (read, {"id": "c-1", "nick": "Wang"}),
        (read, {"id": "c-1", "cf_1": "x"}),
    ]
    data = masked_data("sobot", records, Pseudonyms("CN"))
    assert len(data["customers"]) == 1
