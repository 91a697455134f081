"""The staircase of packages holds, and every module can be imported alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.import_graph import module_name

pytestmark = pytest.mark.long

ALONE = """
import ast, compileall, gc, importlib, os, pathlib, sys, warnings
compileall.compile_dir("ivrhooks", quiet=1)
warnings.simplefilter("error")
paths = list(pathlib.Path("ivrhooks").rglob("*.py"))
nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_bytes()))]
wanted = {n.module for n in nodes if isinstance(n, ast.ImportFrom)}
wanted |= {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
for module in sorted(wanted):
    if module.split(".")[0] not in ("ivrhooks", "_typeshed"):
        importlib.import_module(module)
gc.collect()
gc.disable()
failed, running = [], {}

def wait():
    child, status = os.wait()
    module = running.pop(child)
    if status:
        failed.append(module)

for module in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(module)
        except BaseException as error:
            print(f"{module}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    running[child] = module
    if len(running) >= (os.cpu_count() or 1):
        wait()
while running:
    wait()
assert "ivrhooks" not in sys.modules
sys.exit(" ".join(failed) or None)
"""
"""Imports each named module in a process of its own in which nothing of ours has been
imported yet. Only what belongs to others is loaded before, since it takes long."""


def test_a_package_imports_only_from_packages_below_it(checkout: Path) -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=checkout, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)  # some 400 processes
def test_every_module_imports_alone_and_without_a_warning(
    checkout: Path, source_files: list[Path]
) -> None:
    modules = [module_name(file.relative_to(checkout)) for file in source_files]
    modules.remove("ivrhooks.__main__")
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *modules],
        cwd=checkout,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_line_loads_no_sandbox_to_serve(checkout: Path) -> None:
    program = (
        "import sys, ivrhooks.cli.serve, ivrhooks.cli.main;"
        "ours = [name for name in sys.modules if name.startswith('ivrhooks.sources')];"
        "sys.exit(' '.join(name for name in ours if 'sandbox' in name) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
