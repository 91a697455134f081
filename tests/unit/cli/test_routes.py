"""``ivrhooks routes``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_every_endpoint_is_a_line(run: Run, folder: Path) -> None:
    done = run("routes", folder)
    assert done.exit_code == 0
    lines = [line.split()[:5] for line in done.stdout.splitlines()]
    assert lines == [
        ["METHOD", "PATH", "ENDPOINT", "FORMAT", "MODE"],
        ["POST", "/api/callback", "callback", "json", "real"],
        ["GET", "/api/system/customer", "system", "query", "real"],
        ["POST", "/api/vip-routing", "vip-routing", "form", "mock"],
    ]


def test_json_output_has_all_fields(run: Run, folder: Path) -> None:
    routes = json.loads(run("routes", folder, "--json").stdout)["routes"]
    vip = next(route for route in routes if route["endpoint"] == "vip-routing")
    file = vip.pop("file")
    assert file.endswith("endpoints/vip.yaml")
    assert vip == {
        "endpoint": "vip-routing",
        "method": "POST",
        "path": "/api/vip-routing",
        "format": "form",
        "mode": "mock",
        "deadline_ms": 1000,
        "inputs": ["tel", "order_no"],
        "headers": ["X-Api-Key"],
        "outputs": ["desk", "isVip"],
        "description": "Finds the desk.",
        "used_by": ["Main IVR"],
    }


def test_a_refused_configuration_has_no_routes(run: Run, broken: Path) -> None:
    done = run("routes", broken)
    assert done.exit_code == 1
    assert "endpoints/vip.yaml:" in done.stdout
