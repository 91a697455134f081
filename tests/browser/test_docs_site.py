"""The site that ``make docs`` builds, opened from the disk without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as the Makefile builds it: a warning of Sphinx fails."""
    target = tmp_path_factory.mktemp("site")
    (recipe,) = re.findall(r"\$\(TEST\)/bin/sphinx-build (.+)", _makefile())
    options = recipe.replace("build/docs", str(target)).split()
    command = [sys.executable, "-m", "sphinx", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def _makefile() -> str:
    return (ROOT / "Makefile").read_text("utf-8")


@pytest.fixture
def opened(chromium: Browser, site: Path) -> Iterator[Callable[[str], Page]]:
    """Opens a page from the disk; whatever asks for anything else fails its test."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda message: (
            troubles.append(message.text) if message.type == "error" else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site.as_uri(), "data:"))
            else troubles.append(request.url)
        ),
    )

    def go(name: str) -> Page:
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield go
    context.close()
    assert not troubles


Open = Callable[[str], Page]


def test_a_reader_comes_from_the_first_page_to_an_error_code(opened: Open) -> None:
    page = opened("index.html")
    side_bar = page.get_by_role("complementary").first
    side_bar.get_by_role("link", name="Errors", exact=True).click()
    expect(page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
    expect(page.get_by_role("cell", name="unreadable_body")).to_be_visible()


def test_the_search_finds_words_without_a_network(opened: Open) -> None:
    page = opened("index.html")
    field = page.get_by_role("textbox", name="Search")
    field.fill("make-up working days")
    field.press("Enter")
    links = page.locator("#search-results li a")
    expect(links.filter(has_text="Calendars").first).to_be_visible()
    links.filter(has_text="Calendars").first.click()
    expect(page.get_by_role("heading", name="Calendars", level=1)).to_be_visible()


def test_the_search_finds_a_setting_by_its_name(opened: Open) -> None:
    page = opened("search.html?q=give_up")
    links = page.locator("#search-results li a")
    expect(links.filter(has_text="Actions").first).to_be_visible()


def test_a_page_is_as_wide_as_a_telephone(opened: Open) -> None:
    page = opened("index.html")
    page.set_viewport_size({"width": 390, "height": 800})
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert page.evaluate(wide) is False


class Links(HTMLParser):
    """What a page links to and loads, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: text or "" for name, text in attrs}
        self.anchors.add(values.get("id", ""))
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag in LOADED and values.get("rel") not in ("index", "search", "next"):
            self.loaded.append(values.get(LOADED[tag], ""))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {page: Links(page.read_text("utf-8")) for page in site.rglob("*.html")}


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Links]) -> None:
    loaded = [url for page in pages.values() for url in page.loaded]
    assert len(loaded) > 5 * len(pages)
    assert [url for url in loaded if urlsplit(url).netloc] == []


def test_the_style_sheets_load_nothing_from_elsewhere(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert not re.search(
            r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text()
        )


def test_each_link_of_the_site_leads_to_a_page_and_an_anchor(
    pages: dict[Path, Links],
) -> None:
    dead, seen = [], 0
    for page, content in pages.items():
        for link in content.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            seen += 1
            target = (
                (page.parent / unquote(parts.path)).resolve() if parts.path else page
            )
            anchors = pages[target].anchors if target in pages else {parts.fragment}
            if not target.exists() or parts.fragment not in {*anchors, ""}:
                dead.append(f"{page.name}: {link}")
    assert seen > 1000
    assert not dead, "\n".join(dead)


def test_each_page_of_the_repository_is_a_page_of_the_site(
    pages: dict[Path, Links], site: Path
) -> None:
    names = {str(page.relative_to(site)) for page in pages}
    written = (ROOT / "docs").rglob("*.md")
    missing = [
        name
        for page in written
        if (name := str(page.relative_to(ROOT / "docs").with_suffix(".html")))
        not in names
    ]
    assert not missing
