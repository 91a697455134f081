"""``ivrhooks diff``: exit codes, the keys of JSON, and the table for a review."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def changed(folder: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the configuration in which one text of vip-routing is another."""

    def make(was: str, now: str) -> Path:
        copy = tmp_path / "changed"
        shutil.copytree(folder, copy)
        file = next(f for f in copy.rglob("*.yaml") if "vip-routing" in f.read_text())
        assert was in file.read_text("utf-8")
        file.write_text(file.read_text("utf-8").replace(was, now, 1), "utf-8")
        return copy

    return make


def test_the_same_twice_changes_nothing(run: Run, folder: Path) -> None:
    done = run("diff", folder, folder)
    assert (done.exit_code, done.output) == (0, "Nothing changes for the IVR.\n")


def test_breaking_changes_exit_with_2_and_json_has_its_keys(
    run: Run, folder: Path, changed: Callable[[str, str], Path]
) -> None:
    done = run(
        "diff", folder, changed("path: /api/vip-routing", "path: /api/v"), "--json"
    )
    report = json.loads(done.output)
    assert done.exit_code == 2
    assert (report["ok"], report["verdict"]) == (False, "breaks")
    assert list(report["changes"][0]) == [
        "verdict",
        "endpoint",
        "name",
        "change",
        "old",
        "new",
        "used_by",
        "file",
        "line",
        "affects",
    ]
    assert report["changes"][0]["affects"][0]["endpoint"] == "vip-routing"


ALL_OF_SYSTEM = "reaches system: isVip, vipLevel, userLabel, isblack"


@pytest.mark.parametrize(
    ("file", "was", "now", "lines"),
    [
        (
            "ivrhooks.yaml",
            "127.0.0.1:9",
            "127.0.0.1:8",
            [
                "the root file: crm: source base_url "
                '"http://127.0.0.1:9" -> "http://127.0.0.1:8"',
                "ivrhooks.yaml:5",
                ALL_OF_SYSTEM,
            ],
        ),
        (
            "ivrhooks.yaml",
            "region: CN",
            "region: VN",
            [
                'the root file: region: changed "CN" -> "VN"',
                "ivrhooks.yaml:3",
                ALL_OF_SYSTEM,
                "reaches callback: tel",
                "reaches vip-routing: isVip, used by Main IVR",
            ],
        ),
        (
            "endpoints/vip.yaml",
            "order_no: {type: int",
            "order_no: {type: int, default: 3",
            [
                "vip-routing: order_no: input default (none) -> 3",
                "endpoints/vip.yaml:11, used by Main IVR",
                "reaches desk",
            ],
        ),
    ],
)
def test_a_change_names_its_place_and_its_reach(
    run: Run, folder: Path, tmp_path: Path, file: str, was: str, now: str, lines: Any
) -> None:
    copy = tmp_path / "changed"
    shutil.copytree(folder, copy)
    text = (copy / file).read_text("utf-8")
    (copy / file).write_text(text.replace(was, now), "utf-8")
    done = run("diff", folder, copy)
    printed = done.output.replace(f"{copy}/", "").splitlines()
    assert printed[0] == "may route differently:"
    assert [line.strip() for line in printed[1:-1]] == lines
    assert (printed[-1], done.exit_code) == ("Verdict: may route differently.", 0)


@pytest.mark.parametrize(
    ("now", "renamed", "summary"),
    [
        ("path: /api/vip-routing", [], "Nothing changes for the IVR."),
        ("path: /api/v", [], "1 change breaks."),
        ("path: /api/v", ["callback"], "2 changes break."),
    ],
)
def test_the_last_line_counts_breaking_changes(
    run: Run,
    folder: Path,
    changed: Callable[[str, str], Path],
    now: str,
    renamed: list[str],
    summary: str,
) -> None:
    copy = changed("path: /api/vip-routing", now)
    for name in renamed:
        file = copy / f"endpoints/{name}.yaml"
        file.write_text(file.read_text("utf-8").replace("path: /", "path: /v2/", 1))
    done = run("diff", folder, copy)
    assert done.output.splitlines()[-1] == summary


def test_a_review_gets_a_table(
    run: Run, folder: Path, changed: Callable[[str, str], Path]
) -> None:
    new = changed("path: /api/vip-routing", 'path: "/api/v|x"')
    lines = run("diff", folder, new, "--markdown").output.splitlines()
    assert lines[0] == "**ivrhooks diff: breaks**"
    assert lines[3] == "|---|---|---|---|---|---|"
    assert lines[4].startswith("| **breaks** | vip-routing | path: changed ")
    assert "/api/v\\|x" in lines[4]


def test_a_side_that_is_not_there_or_does_not_load_ends_with_one(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    done = run("diff", tmp_path / "nowhere", folder)
    assert done.exit_code == 1 and "HEAD~1:configs" in done.output
    (tmp_path / "empty").mkdir()
    done = run("diff", folder, tmp_path / "empty")
    assert done.exit_code == 1 and "ivrhooks.yaml" in done.output


MEASURED = """\
version: 1
deadline: {deadline}
sources:
  crm: {{kind: http, base_url: "https://c.it", cache: {{fresh: 5s, stale: {stale}}}}}
system_api: {{source: crm, request: {{path: "/{{{{ inputs.tel }}}}"}}}}
security: {{max_body: {size}}}
"""


def test_durations_and_sizes_keep_the_units_of_the_file(
    run: Run, tmp_path: Path
) -> None:
    sides = (("old", "2s", "64KB", "10m"), ("new", "900ms", "8KB", "90s"))
    for name, deadline, size, stale in sides:
        text = MEASURED.format(deadline=deadline, size=size, stale=stale)
        (tmp_path / name).mkdir()
        (tmp_path / name / "ivrhooks.yaml").write_text(text, "utf-8")
    text = run("diff", tmp_path / "old", tmp_path / "new").output
    assert "deadline: changed 2s -> 900ms\n" in text
    assert "security.max_body: changed 64KB -> 8KB\n" in text
    assert 'cache {"fresh": "5s", "stale": "10m"} -> ' in text
