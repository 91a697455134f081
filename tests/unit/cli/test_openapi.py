"""``ivrhooks openapi`` prints a document that tools take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from openapi_spec_validator import OpenAPIV31SpecValidator

from ivrhooks.cli.folder import shipped_folder

Run = Callable[..., Result]


def test_it_prints_a_valid_document_of_all_endpoints(run: Run, folder: Path) -> None:
    printed = run("openapi", folder, "--url", "https://ivr.example.com/")
    assert printed.exit_code == 0
    document = json.loads(printed.output)
    OpenAPIV31SpecValidator(document).validate()
    assert set(document["paths"]) == {
        "/api/system/customer",
        "/api/vip-routing",
        "/api/callback",
    }
    assert document["servers"] == [{"url": "https://ivr.example.com"}]
    assert json.loads(run("openapi", folder, "--json").output)["openapi"][:3] == "3.1"
    assert "k-7" not in printed.output


def test_a_refused_configuration_has_no_document(run: Run, broken: Path) -> None:
    printed = run("openapi", broken)
    assert printed.exit_code == 1
    assert "vip.yaml:" in printed.output


def test_standard_output_holds_the_document_alone(run: Run) -> None:
    printed = run("openapi", shipped_folder())
    assert "openapi" in json.loads(printed.stdout)
