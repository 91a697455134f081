"""One word for one thing, the field's own: metaphors of earlier versions stay away."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

RETIRED = (
    *("books", "courtesy", "door", "doors", "doorway", "doorways", "hall", "keeper"),
    *("at_hand", "discreet", "is_due", "past_fresh", "spoil", "spoiled", "spoilt"),
    *(
        "surveyed",
        "worst_day",
        "keepers",
        "lender",
        "pace",
        "patience",
        "patient",
        "read_world",
        "reception",
        "reloader",
        "rooms",
        "settle",
        "settled",
        "spot",
        "spots",
    ),
)
WORD = re.compile(
    # between underscores too: `_PATIENCE`, `open_books`
    rf"(?<![a-z])(?:{'|'.join(RETIRED)})(?![a-z])",
    re.IGNORECASE,
)
FILES = ("*.py", "*.md", "*.cfg", "*.toml", "*.html", "Makefile", "configs", "docs")
MEANT = (
    "CHANGELOG.md",  # what it says of earlier versions
    "docs/vendors/",  # the vendors' own words
    "ivrhooks/journal/tables.py",  # a column of journals that exist
    "ivrhooks/languages/",  # people's words
    "tests/architecture/test_words.py",
)


def test_no_retired_word_is_used(checkout: Path) -> None:
    command = ["git", "ls-files", "--", *FILES]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    files = [name for name in listed.stdout.split() if not name.startswith(MEANT)]
    assert len(files) > 700
    places = [
        f"{name}:{number}: {match[0]}"
        for name in files
        if (checkout / name).is_file()
        for number, line in enumerate(_lines(checkout / name), 1)
        if (match := WORD.search(line))
    ]
    assert not places, "\n".join(places)


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").splitlines()


def test_the_pages_use_the_terms_of_the_glossary(checkout: Path) -> None:
    page = (checkout / "CONTRIBUTING.md").read_text("utf-8").partition("## Glossary")[2]
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if "|" in line]
    terms = rows[2:]
    assert len(terms) > 30 and {len(row) for row in terms} == {4}
    for language, column in (("zh", 2), ("vi", 3)):
        file = checkout / "ivrhooks" / "languages" / f"{language}.json"
        texts = "\n".join(json.loads(file.read_text("utf-8")).values()).lower()
        missing = [row[column] for row in terms if row[column].lower() not in texts]
        assert not missing, f"{language}: {missing}"


RETIRED_CLASSES = {
    *("Account", "Arrival", "Commons", "Desk", "Flight", "Gate", "Guard"),
    *("Keeper", "Lender", "Limit", "Pace", "Reception", "Seen", "Spot", "Strict"),
    *("Trial", "Turn", "Wanted", "Wire", "World"),
}
"""Names of classes that said how a thing came about, and not what it is."""


CLASS = re.compile(r"^ *class (\w+)", re.M)


def test_no_class_has_a_retired_name(checkout: Path) -> None:
    places = [
        f"{file.relative_to(checkout)}: {name}"
        for file in sorted((checkout / "ivrhooks").rglob("*.py"))
        for name in CLASS.findall(file.read_text("utf-8"))
        if name.strip("_") in RETIRED_CLASSES
    ]
    assert not places, "\n".join(places)
