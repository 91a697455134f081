"""The staircase of rooms holds, and every module can be imported alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ALONE = """
import os, sys, warnings
import aiohttp, click, flask, gunicorn.app.base, jinja2, marshmallow, phonenumbers
import requests, ruamel.yaml, sqlalchemy, uvicorn
warnings.simplefilter("error")
failed = []
for module in sys.argv[1:]:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            __import__(module)
        except BaseException as error:
            print(f"{module}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(module)
sys.exit(bool(failed))
"""
"""Imports each named module in a process of its own in which nothing of ours has been
imported yet. Only what belongs to others is loaded before, since it takes long."""


def test_a_room_imports_only_from_rooms_below_it(checkout: Path) -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=checkout, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


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


def module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
