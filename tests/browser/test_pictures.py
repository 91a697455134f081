"""The pictures of docs/pictures: one of each page, made here and held to be true.

``make pictures`` makes them anew. A picture holds the words that stood on its page:
headings, labels, buttons and the heads of tables. Where the page has other words today,
the picture is out of date and its test fails.
"""

from __future__ import annotations

import json
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ivrhooks.server.flask_app import create_app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/pictures"
MAKE = os.environ.get("IVRHOOKS_PICTURES") == "make"
WIDTH, HEIGHT, SCALE = 1280, 800, 0.65
MAX_BYTES = 100_000
VIP = "13800000001"
KEYWORD = b"ivrhooks words"
NO_PAGES = {"static", "banner", "openapi_file"}
"""What a browser loads, and is no page."""

WORDS = """
() => [...document.querySelectorAll(
    'h1, h2, h3, label, legend, button, summary, th[scope=col], nav.pages a'
)].filter(one => !one.closest('#rows, tbody, .languages, #outcome h3'))
  .filter(one => one.checkVisibility()).map(one => one.innerText)
"""

Prepare = Callable[[Page], None]


def run_of_a_caller(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("isVip")


def replayed(page: Page) -> None:
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#outcome")).to_contain_text("answers", timeout=60_000)


def first_of(selector: str) -> Prepare:
    def follow(page: Page) -> None:
        page.locator(selector).first.click()
        expect(page.locator("h1")).to_be_visible()

    return follow


def delivered(page: Page) -> None:
    expect(page.locator("tbody a")).to_have_count(1)


def tried(page: Page) -> None:
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("pre.answer")).to_be_visible()


def open_question(page: Page) -> None:
    page.get_by_label("Parameters").fill(f"tel={VIP}")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#answer-title")).to_be_visible()


PICTURES: dict[str, tuple[str, Prepare | None]] = {
    "test": ("?endpoint=vip-routing&base=tests.0", run_of_a_caller),
    "requests": ("requests", None),
    "request": ("requests?endpoint=vip-routing&tests=no", first_of("#rows a")),
    "replay": ("replay", replayed),
    "contracts": ("endpoints", None),
    "contract": ("endpoints/vip-routing", None),
    "sheet": ("endpoints/vip-routing/sheet", None),
    "openapi": ("openapi", None),
    "outbox": ("outbox", delivered),
    "outbox_action": ("outbox", first_of("tbody a")),
    "sources": ("sources?source=crm", open_question),
    "try": ("try?endpoint=vip-routing", tried),
    "tables": ("tables", None),
    "table": ("tables/vips", None),
    "status": ("status", None),
}
"""Each page by its name, and what a person did there."""


@pytest.fixture(scope="module")
def traffic(demo: Any) -> Iterator[None]:
    """An ordinary morning."""
    for number in (VIP, "13800000009", "13800000103", *[VIP] * 20):
        demo.ask("/api/vip-routing", f"partnerId=p&m&token=t&tel={number}")
    demo.ask("/api/omicrm-vip", "tel=0999999999")  # leaves an action behind
    demo.ask("/api/vip-ruting", f"tel={VIP}")
    yield


def test_each_page_has_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path))
    app = create_app(str(ROOT / "configs"))
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = {
        rule.endpoint.removeprefix("console.")
        for rule in rules
        if rule.rule.startswith("/_console/") and "/api/" not in rule.rule
    }
    assert pages - NO_PAGES == set(PICTURES)
    assert {file.stem for file in FOLDER.glob("*.png")} == set(PICTURES)
    shown = (ROOT / "docs/console.md").read_text("utf-8")
    assert [name for name in PICTURES if f"(pictures/{name}.png)" not in shown] == []


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_true(sit_down: Callable[..., Page], demo: Any, name: str) -> None:
    path, prepare = PICTURES[name]
    page = sit_down(WIDTH, path=path, device_scale_factor=SCALE)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    if prepare is not None:
        prepare(page)
    words = words_of(page)
    file = FOLDER / f"{name}.png"
    if MAKE:
        page.mouse.move(0, 0)
        page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0) }")
        file.write_bytes(with_words(page.screenshot(animations="disabled"), words))
    picture = file.read_bytes()
    assert words_in(picture) == words, "out of date: make pictures"
    assert struct.unpack(">II", picture[16:24]) == (WIDTH * SCALE, HEIGHT * SCALE)
    assert len(picture) < MAX_BYTES


def test_a_picture_of_other_words_is_found() -> None:
    bare = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", b"12345678") + _chunk(b"IEND", b"")
    kept = with_words(bare, ["One", "Zwei ü"])
    assert words_in(kept) == ["One", "Zwei ü"]
    assert words_in(with_words(kept, ["Other"])) == ["Other"]
    assert words_in(bare) is None


# ------------------------------------------------------------------------- words


def words_of(page: Page) -> list[str]:
    """The words that a page has whoever looks at it, and when."""
    texts = [re.sub(r"\s+", " ", text).strip() for text in page.evaluate(WORDS)]
    return [re.sub(r"[0-9][0-9.,:%]*", "#", text) for text in texts if text]


def with_words(picture: bytes, words: list[str]) -> bytes:
    """A PNG with these words beside its pixels, in place of others, and its pixels
    packed as small as they can be."""
    data = KEYWORD + b"\0\0" + zlib.compress(json.dumps(words).encode(), 9)
    chunks = [chunk for chunk in _chunks(picture) if KEYWORD not in chunk[:40]]
    pixels = b"".join(chunk[8:-4] for chunk in chunks if chunk[4:8] == b"IDAT")
    packed = zlib.compress(zlib.decompress(pixels), 9) if pixels else b""
    kept = [chunk for chunk in chunks if chunk[4:8] != b"IDAT"]
    made = (_chunk(b"IDAT", packed), _chunk(b"zTXt", data))
    return b"".join((picture[:8], *kept[:-1], *made, kept[-1]))


def words_in(picture: bytes) -> list[str] | None:
    """The words that a PNG was given."""
    for chunk in _chunks(picture):
        if chunk[4:8] == b"zTXt" and KEYWORD in chunk[:40]:
            data = chunk[8 + len(KEYWORD) + 2 : -4]
            words: list[str] = json.loads(zlib.decompress(data))
            return words
    return None


def _chunks(picture: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(picture):
        size = struct.unpack(">I", picture[at : at + 4])[0] + 12
        yield picture[at : at + size]
        at += size


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return (
        struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
    )
