"""What code, tests and pages point to is in the repository: files and anchors."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

POINTER = re.compile(r"\bdocs/[\w./-]+\.md(?:#[\w-]+)?")
FENCED = re.compile(r"^```.*?^```", re.S | re.M)
LINK = re.compile(r"\]\(([^)\s:]*)\)")
ELSEWHERE = re.compile(
    r"\b(?:CONTRACTS|CLIENTS|DESIGN|STYLE|CONFIG)(?:\.md\b| (?:section|has|says)\b)"
)


def tracked(checkout: Path, *patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--", *patterns]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    files = [checkout / name for name in listed.stdout.splitlines()]
    return [file for file in files if file.is_file() and file != Path(__file__)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCED.sub("", page.read_text("utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    plain = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads]
    return {*plain, *re.findall(r'<a id="([^"]+)"', text)}


def leads_nowhere(page: Path, anchor: str) -> bool:
    if not page.exists():
        return True
    return bool(anchor) and page.suffix == ".md" and anchor not in anchors(page)


def test_each_pointer_in_code_and_tests_leads_to_a_page_and_an_anchor(
    checkout: Path,
) -> None:
    files = tracked(
        checkout, "ivrhooks", "tests", "configs", "*.py", "*.cfg", "Makefile"
    )
    assert len(files) > 300
    dead = []
    for file in files:
        if file.suffix in (".json", ".html", ".js", ".css"):
            continue
        for pointer in POINTER.findall(file.read_text("utf-8")):
            page, _, anchor = pointer.partition("#")
            if leads_nowhere(checkout / page, anchor):
                dead.append(f"{file.relative_to(checkout)}: {pointer}")
    assert not dead, "\n".join(dead)


MODULE = re.compile(r"(?<![\w/.-])(?:[a-z_\d]+/)+[a-z_\d]+\.py\b")


def test_each_module_that_code_and_pages_name_exists(checkout: Path) -> None:
    files = tracked(checkout, "ivrhooks/*.py", "tests/*.py", "docs/*.md", "README.md")
    files = [file for file in files if file.name not in FORMER_MODULES]
    modules = {f"/{file.relative_to(checkout)}" for file in tracked(checkout, "*.py")}
    assert len(files) > 800 and len(modules) > 800
    dead = [
        f"{file.relative_to(checkout)}: {name}"
        for file in files
        for name in MODULE.findall(file.read_text("utf-8"))
        if not any(module.endswith(f"/{name}") for module in modules)
    ]
    assert not dead, "\n".join(dead)


FORMER_MODULES = {"0002-transport.md", "0003-servers.md"}
"""Decisions that name the modules of their time."""


def test_each_link_in_a_page_leads_to_an_anchor(checkout: Path) -> None:
    dead = []
    for page in tracked(checkout, "*.md"):
        for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
            target, _, anchor = link.partition("#")
            if leads_nowhere(page.parent / target if target else page, anchor):
                dead.append(f"{page.relative_to(checkout)}: {link}")
    assert not dead, "\n".join(dead)


def test_nothing_points_to_a_document_outside_the_repository(checkout: Path) -> None:
    pointers = [
        f"{file.relative_to(checkout)}: {match[0]}"
        for file in tracked(checkout, "*.py", "*.md", "*.yaml", "*.cfg", "*.toml")
        if (match := ELSEWHERE.search(file.read_text("utf-8")))
    ]
    assert not pointers, "\n".join(pointers)


CELL = re.compile(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|yaml))?)`(?: \(([^)]*)\))?")
NAMED = re.compile(r"`((?:\w+\.)*(\w+))(?:\.py)?`")


def test_each_file_and_name_on_the_page_of_architecture_is_there(
    checkout: Path,
) -> None:
    """Below the table of hops, which has a test of its own."""
    text = (checkout / "docs" / "architecture.md").read_text("utf-8")
    cells = CELL.findall(text[text.index("## The way of a YAML file") :])
    assert len(cells) > 25
    dead = []
    for name, more in cells:
        roots = (checkout / "ivrhooks" / name, checkout / name)
        file = next((root for root in roots if root.exists()), None)
        if file is None:
            dead.append(name)
        elif file.is_file():
            source = file.read_text("utf-8")
            names = [last for _, last in NAMED.findall(more)]
            known = set(re.findall(r"\w+", source))
            dead += [
                f"{name}: {cell_name}" for cell_name in names if cell_name not in known
            ]
    assert not dead, "\n".join(dead)
