"""What runs without secrets: a name that is not set has a made-up text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.config.loader import examine
from ivrhooks.config.reading.placeholder_environ import URL, PlaceholderEnviron

ROOT = """\
version: 1
store: ""
sources:
  crm: {kind: sobot, base_url: "${CRM_URL}", auth: {app_id: "${ID:-7}", app_key: "${KEY}"}}
system_api: {path: /api/system/customer, source: crm}
"""  # noqa: E501 - one source, one line


def test_a_configuration_loads_without_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "ivrhooks.yaml").write_text(ROOT, "utf-8")
    environ = PlaceholderEnviron({"OTHER": "1"})
    configuration, problems = examine(tmp_path, environ=environ)
    assert configuration is not None, problems
    assert set(environ.missing) == {"CRM_URL", "KEY"}


def test_set_variables_and_defaults_stay() -> None:
    environ = PlaceholderEnviron({"KEY": "k"})
    assert (environ["KEY"], environ.get("IVRHOOKS_MODE"), len(environ)) == (
        "k",
        None,
        1,
    )
    assert list(environ) == ["KEY"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("base_url", URL),
        ("url", URL),
        ("proxy", URL),
        ("store", URL),
        ("shared_cache", URL),
        ("app_key", "made-up-crm_key"),
        ("stores", "made-up-crm_key"),
        (0, "made-up-crm_key"),  # an entry of a list
    ],
)
def test_a_made_up_text_fits_its_key(key: object, text: str) -> None:
    environ = PlaceholderEnviron({})
    assert environ.placeholder("CRM_KEY", key) == text
    assert list(environ.missing) == ["CRM_KEY"]
