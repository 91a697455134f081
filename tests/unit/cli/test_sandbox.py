"""``ivrhooks sandbox``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.cli import sandbox
from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.server import SandboxServer, listen
from ivrhooks.sources.sandboxkit.system import FAULTS, OUTCOMES

Run = Callable[..., Result]


def test_the_magic_numbers_are_printed(run: Run) -> None:
    done = run("sandbox", "--numbers")
    assert done.exit_code == 0
    for digits in (
        *("0001", "0002", "0009", "0101", "0102"),
        *("0103", "0104", "0105", "0106", "0107"),
    ):
        assert f"…{digits}  " in done.stdout


def test_no_magic_number_is_left_out() -> None:
    printed = {digits for digits, _, _ in sandbox.NUMBERS}
    assert printed == {*OUTCOMES, *FAULTS}


def test_it_serves_on_loopback_until_it_is_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []
    monkeypatch.setattr(sandbox, "serve_sandbox", lambda *a: served.append(a) or 0)
    assert run("sandbox").exit_code == 0
    assert run("sandbox", "--port", "8099", "--data", __file__).exit_code == 0
    assert run("sandbox", "--fd", "7").exit_code == 0
    assert served == [
        ("127.0.0.1", 8090, None, None),
        ("127.0.0.1", 8099, __file__, None),
        ("127.0.0.1", 8090, None, 7),
    ]


def test_a_data_file_that_is_not_there_is_a_usage_error(run: Run) -> None:
    done = run("sandbox", "--data", "nowhere.yaml")
    assert done.exit_code == 2
    assert "nowhere.yaml" in done.stderr


FOLDER = """\
version: 1
region: CN
sources:
  crm: {{kind: sobot, base_url: "{url}", auth: {{app_id: "1", app_key: "2"}}}}
"""


def write_folder(folder: Path, url: str) -> Path:
    (folder / "ivrhooks.yaml").write_text(FOLDER.format(url=url), "utf-8")
    return folder


def test_a_dead_system_is_reported_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "http://127.0.0.1:9")
    done = run("sandbox", "--verify-against", folder, "--json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["ok"]) == (1, False)
    first, second = data["reads"]
    assert first["operation"] == "query_customer" and "--number" in first["problem"]
    assert "refused" in second["problem"].lower() and second["same"] is False


def test_the_sandbox_itself_is_no_real_system(run: Run, tmp_path: Path) -> None:
    done = run("sandbox", "--verify-against", write_folder(tmp_path, "sandbox"))
    assert done.exit_code == 1 and "SOBOT_URL" in done.stdout


def test_differences_of_a_real_system_are_reported_and_recorded(
    run: Run, tmp_path: Path, imitated: str
) -> None:
    folder = write_folder(tmp_path, f"{imitated}/sobot")
    words = ("sandbox", "--verify-against", folder, "--number", "13800000001")
    done = run(*words, "--record", "data.yaml")
    assert done.exit_code == 0, done.output
    assert "crm.query_customer: the same shape" in done.stdout
    assert "The sandbox has the shapes of the real systems." in done.stdout
    text = Path("data.yaml").read_text("utf-8")
    assert "customers:" in text and "13800000001" not in text
    again = run(*words, "--record", "data.yaml")
    assert again.exit_code == 1 and "is there already" in again.stdout


def test_options_of_the_comparison_need_it(run: Run) -> None:
    done = run("sandbox", "--number", "1")
    assert done.exit_code == 2 and "--verify-against DIR" in done.output


@pytest.fixture
def imitated() -> Iterator[str]:
    """A running sandbox, in the part of the real systems."""
    server = SandboxServer(create_sandbox_app(None, "sqlite://"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
