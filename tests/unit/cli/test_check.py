"""``ivrhooks check``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from ivrhooks.cli.folder import shipped_folder

Run = Callable[..., Result]


def test_a_good_configuration_ends_with_zero_and_a_summary(
    run: Run, folder: Path
) -> None:
    done = run("check", folder)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith(
        f"{folder}: good: 3 endpoints, 1 source"
    )


def test_an_error_is_one_line_with_its_place(run: Run, broken: Path) -> None:
    done = run("check", broken)
    assert done.exit_code == 1
    error = next(line for line in done.stdout.splitlines() if "defualt" in line)
    assert re.search(r"endpoints/vip\.yaml:\d+:\d+: ", error)
    assert "default" in error
    assert ": refused: " in done.stdout.splitlines()[-1]


def test_json_has_ok_and_problems(run: Run, broken: Path) -> None:
    done = run("check", broken, "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert list(report) == ["ok", "problems"]
    assert report["ok"] is False
    problem = report["problems"][0]
    assert list(problem) == ["severity", "file", "line", "column", "path", "message"]
    assert problem["severity"] == "error"
    assert problem["file"].endswith("endpoints/vip.yaml")


def test_warnings_do_not_change_the_exit_status(run: Run, folder: Path) -> None:
    file = folder / "endpoints" / "callback.yaml"
    file.write_text(
        file.read_text().replace('default: ""}', 'default: "", optional: true}')
    )
    done = run("check", folder, "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["ok"]) == (0, True)
    assert "warning" in {problem["severity"] for problem in report["problems"]}


def test_strict_refuses_warnings(run: Run, folder: Path) -> None:
    done = run("check", folder, "--strict", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["ok"]) == (1, False)
    assert all(problem["severity"] != "error" for problem in report["problems"])
    root = folder / "ivrhooks.yaml"
    text = root.read_text().replace("inputs.tel }", "inputs.tel | phone('e164') }")
    root.write_text(text + "security: {allow_ips: [10.0.0.0/8]}\n")
    done = run("check", folder, "--strict")
    assert done.exit_code == 0, done.stdout


def test_an_unprotected_endpoint_is_a_warning(run: Run, folder: Path) -> None:
    done = run("check", folder)
    assert done.exit_code == 0
    assert ": warning: endpoint: nothing protects this endpoint" in done.stdout


def test_a_folder_that_is_not_there_is_an_error_not_a_crash(run: Run) -> None:
    done = run("check", "nowhere", "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert "nowhere" in json.dumps(report["problems"])


def test_the_shipped_configuration_has_no_error_and_no_warning(run: Run) -> None:
    done = run("check", shipped_folder(), "--json")
    assert done.exit_code == 0
    problems = json.loads(done.stdout)["problems"]
    assert not [each for each in problems if each["severity"] != "note"]
