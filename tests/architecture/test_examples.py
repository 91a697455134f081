"""The examples for containers, judged by linters: no container engine runs here."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

BIN = Path(sys.executable).parent


def run(*words: str, folder: Path) -> str:
    command = [str(BIN / words[0]), *words[1:]]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@pytest.fixture
def examples(checkout: Path) -> Path:
    return checkout / "docs/examples"


def test_hadolint_has_nothing_against_the_dockerfile(examples: Path) -> None:
    assert run("hadolint", "docker/Dockerfile", folder=examples) == ""


def test_the_dockerfile_copies_existing_files(checkout: Path, examples: Path) -> None:
    text = (examples / "docker/Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in line.split():
            assert (checkout / name).exists(), name
    assert "serve" in text
    assert "USER 10001" in text


def test_the_compose_file_is_one(examples: Path) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    output = run("check-jsonschema", *schema, "docker/compose.yaml", folder=examples)
    assert "ok" in output


def test_kubernetes_takes_the_example(examples: Path) -> None:
    file = "kubernetes/ivrhooks.yaml"
    output = run("kubernetes-validate", "--strict", file, folder=examples)
    assert output.count("passed for resource") == 4


def locked(checkout: Path) -> dict[str, str]:
    lines = (checkout / "requirements.lock").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_lock_file_pins_all_dependencies(checkout: Path) -> None:
    settings = ConfigParser()
    settings.read(checkout / "setup.cfg")
    versions = locked(checkout)
    extras = settings["options.extras_require"]
    needed = settings["options"]["install_requires"] + extras["postgresql"]
    for text in needed.split("\n"):
        if text.strip():
            requirement = Requirement(text)
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            assert requirement.specifier.contains(versions[name]), text
