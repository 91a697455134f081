"""Shell completion, asked as the shells ask it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def offered(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], set[str]]:
    """What bash offers behind a line."""
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(folder))

    def ask(line: str) -> set[str]:
        words = line.split(" ")
        env = {
            "_IVRHOOKS_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        }
        done = run(env=env, prog_name="ivrhooks")
        return {each.partition(",")[2] for each in done.output.split()}

    return ask


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert f"{shell}_complete" in done.output


def test_verbs_and_endpoints_and_inputs(offered: Callable[[str], set[str]]) -> None:
    assert {"check", "completion"} >= offered("ivrhooks ch") == {"check"}
    assert offered("ivrhooks probe v") == {"vip-routing"}
    assert offered("ivrhooks explain vip-routing o") == {"order_no="}


def test_the_words_of_an_enum(offered: Callable[[str], set[str]], folder: Path) -> None:
    file = folder / "endpoints" / "vip.yaml"
    enum = "order_no: {type: int, enum: [7, 77, 8]}"
    file.write_text(file.read_text().replace("order_no: {type: int}", enum))
    assert offered("ivrhooks probe vip-routing order_no=7") == {
        "order_no=7",
        "order_no=77",
    }


def test_a_configuration_that_cannot_be_read_offers_nothing(
    offered: Callable[[str], set[str]], broken: Path
) -> None:
    assert offered("ivrhooks probe v") == set()


def test_help_of_a_verb_is_the_verbs_own(run: Run) -> None:
    assert "Usage: main check" in run("help", "check").output
    assert run("help").output == run("--help").output
    assert run("help", "chek").exit_code == 2


def test_the_version(run: Run) -> None:
    assert run("version").output.startswith("ivrhooks ")


def test_sources_their_operations_and_parameters(
    offered: Callable[[str], set[str]], folder: Path
) -> None:
    (folder / "ivrhooks.yaml").write_text(
        "version: 1\nsources: {crm: {kind: omicrm, base_url: sandbox, "
        "auth: {api_key: '${KEY}'}}}\n"
    )
    assert offered("ivrhooks ask c") == {"crm"}
    assert {"get_contact", "phone="} <= offered("ivrhooks ask crm ")
    assert offered("ivrhooks ask crm list_contacts k") == {"keyword="}
    assert offered("ivrhooks ask nobody ") == set()


def test_tests_are_completed_by_folder_and_endpoint(
    offered: Callable[[str], set[str]], folder: Path
) -> None:
    assert offered(f"ivrhooks test {folder} v") == {"vip-routing"}
    assert "vip-routing" in offered("ivrhooks test v")
