"""A source is added, and everything else stays as its author wrote it."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.starter.root_file import CannotAdd, with_source

ENTRY = {"kind": "http", "base_url": "https://x.example.com"}
ROOT = """\
# mine
version: 1
sources:
    crm:            # four blanks, and a remark
        kind: sobot

    # the next one is old
    old: {kind: http, base_url: "https://old"}

# what follows
system_api: {source: crm}
"""


def test_it_is_the_last_source_with_the_files_own_indent() -> None:
    before, after = ROOT.split("\n# what follows")
    made = with_source(ROOT, "shop", ENTRY)
    added = '    shop:\n      kind: http\n      base_url: "https://x.example.com"\n'
    assert made == f"{before}{added}\n# what follows{after}"


@pytest.mark.parametrize("text", ["version: 1\n", "version: 1"])
def test_a_file_without_sources_gets_the_key(text: str) -> None:
    made = with_source(text, "shop", {"kind": "http"})
    assert made == "version: 1\n\nsources:\n  shop:\n    kind: http\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROOT.replace("old:", "shop:"), "there is a source `shop` already"),
        ("sources: {a: {kind: http}}\n", "one source a line"),
        ("- a\n", "not written as lines"),
        ("a: [\n", "no YAML"),
    ],
)
def test_a_root_file_that_cannot_be_extended_is_reported(
    text: str, message: str
) -> None:
    with pytest.raises(CannotAdd, match=message):
        with_source(text, "shop", ENTRY)
