"""The source of a new endpoint: one that is there, or one more in the root file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.starter.root_file import CannotAdd
from ivrhooks.authoring.starter.sources import EXAMPLE, add_source, http_source

CRM = "crm: {kind: sobot, base_url: sandbox}"
SHOP = 'shop: {kind: http, base_url: "https://shop.example.com"}'
ADDED = """\
  api:
    kind: http
    base_url: "https://api.example.com"
    timeout: "800ms"
    phone: e164
"""


@pytest.mark.parametrize(
    ("root", "name", "added"),
    [
        (f"version: 1\nsources:\n  {CRM}\n  {SHOP}\n", "shop", ""),
        (f"version: 1\nsources:\n  {CRM}\n", "api", ADDED),
        ("version: 1\n", "api", f"\nsources:\n{ADDED}"),
        ("version: 1\nsources:\n  odd: http\n", "api", ADDED),
    ],
)
def test_the_first_http_source_is_taken_or_one_is_added(
    tmp_path: Path, root: str, name: str, added: str
) -> None:
    file = tmp_path / "ivrhooks.yaml"
    file.write_text(root)
    assert http_source(tmp_path) == name
    assert file.read_text() == root + added


@pytest.mark.parametrize(
    ("base_url", "is_same"),
    [("https://shop.example.com", True), ("https://other.example.com", False)],
)
def test_a_source_of_that_name_is_the_same_where_its_address_is(
    tmp_path: Path, base_url: str, is_same: bool
) -> None:
    file = tmp_path / "ivrhooks.yaml"
    root = f"version: 1\nsources:\n  {SHOP}\n"
    file.write_text(root)
    entry = {**EXAMPLE, "base_url": base_url}
    if is_same:
        assert add_source(tmp_path, "shop", entry) == "shop"
    else:
        with pytest.raises(CannotAdd, match="there is a source `shop` already"):
            add_source(tmp_path, "shop", entry)
    assert file.read_text() == root


@pytest.mark.parametrize("root", ["a: [", "sources: {a: 1, a: 2}\n", ""])
def test_a_root_file_that_cannot_be_read_is_left_alone(
    tmp_path: Path, root: str
) -> None:
    file = tmp_path / "ivrhooks.yaml"
    file.write_text(root)
    with pytest.raises(CannotAdd, match=r"see ivrhooks check|is not written as lines"):
        http_source(tmp_path)
    assert file.read_text() == root
