"""The API test in the browser: always in view, at once, and true to what happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from support.accessibility import barriers, focused, scrolls_sideways, tab_to

Sit = Callable[..., Page]

SIZES = ((1280, 800), (1920, 1080), (390, 844))
VIP = "A VIP is put through to the VIP desk"


def is_in_view(page: Page, part: Locator) -> bool:
    """Whether all of it stands on the screen now, and nothing covers it."""
    box, size = part.bounding_box(), page.viewport_size
    if box is None or size is None:
        return False
    inside = (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )
    return inside and bool(
        part.evaluate(
            "e => { const b = e.getBoundingClientRect();"
            " const top = document.elementFromPoint(b.x + b.width / 2, b.y + 4);"
            " return e.contains(top); }"
        )
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_endpoint_caller_and_run_are_always_in_view(
    sit_down: Sit, width: int, height: int, language: str
) -> None:
    page = sit_down(width, language, "?endpoint=who-is-calling")
    page.set_viewport_size({"width": width, "height": height})
    callers, answer = page.locator(".callers button"), page.locator("#answer")
    assert is_in_view(page, callers.first)
    callers.first.click()
    expect(answer).to_be_visible()
    always = [
        page.locator("#endpoints summary"),
        page.get_by_label("tel", exact=True),
        page.locator("#run-button"),
    ]
    if width >= 1280:
        assert page.evaluate("scrollY") == 0
        assert is_in_view(page, callers.first)
    assert is_in_view(page, answer)
    for there in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {there})")
        assert all(is_in_view(page, part) for part in always), there
    assert not scrolls_sideways(page)


def test_while_a_run_is_under_way_the_old_answer_is_greyed_and_a_counter_runs(
    sit_down: Sit,
) -> None:
    page = sit_down(path="?endpoint=vip-routing")
    page.get_by_role("button", name=VIP).click()
    answer, outcome = page.locator("#answer"), page.locator("#outcome")
    expect(answer).to_contain_text("Wang")
    held: list[Route] = []
    page.route("**/_console/", lambda route: held.append(route))
    page.keyboard.press("Control+Enter")
    expect(outcome).to_have_attribute("aria-busy", "true")
    expect(answer).to_contain_text("Wang")  # the old one is still there
    assert outcome.evaluate("e => getComputedStyle(e).opacity") == "0.45"
    counter = page.locator("#counter")
    first = counter.text_content()
    expect(counter).not_to_have_text(str(first))
    held[0].continue_()
    expect(outcome).not_to_have_attribute("aria-busy", "true")
    assert outcome.evaluate("e => getComputedStyle(e).opacity") == "1"


def test_the_answer_stays_for_a_curl_line_a_link_and_a_test(sit_down: Sit) -> None:
    page = sit_down(path="?endpoint=who-is-calling")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator(".callers button").first.click()
    answer = page.locator("#answer")
    expect(answer).to_be_visible()
    text = answer.text_content()
    for name, shown in (
        ("Copy as curl", "curl -d"),
        ("Link to this run", "endpoint=who-is-calling"),
    ):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#copy-text")).to_contain_text(shown)
        expect(answer).to_be_in_viewport(ratio=1)
        assert is_in_view(page, answer), name
        assert answer.text_content() == text
        assert not barriers(page)
    page.get_by_text("Save as test", exact=True).click()
    page.get_by_role("button", name="Show the test").click()
    expect(page.locator(".yaml")).to_contain_text("now:")
    assert answer.text_content() == text
    expect(answer).to_be_in_viewport(ratio=1)
    assert is_in_view(page, answer)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#beside")).to_be_empty()
    assert answer.text_content() == text


def test_a_test_caller_sets_its_moment_and_its_sources_and_another_takes_them_off(
    sit_down: Sit,
) -> None:
    page = sit_down(path="?endpoint=who-is-calling")
    page.get_by_role("button", name="All systems know the caller").click()
    expect(page.locator(".facts")).to_contain_text("As its test says")
    expect(page.locator("#now")).to_have_value("2026-11-21T10:00")
    expect(page.get_by_label("Source", exact=True)).to_have_value("test")
    page.get_by_role("button", name="Unknown").click()
    expect(page.locator("#answer")).to_contain_text('"knownBy":"nobody"')
    expect(page.locator("#now")).to_have_value("")
    expect(page.get_by_label("Source", exact=True)).to_have_value("configured")


def test_the_picked_entry_and_fallback_are_shown_with_the_request(
    sit_down: Sit,
) -> None:
    page = sit_down(path="?endpoint=who-is-calling")
    page.get_by_role("button", name="VIP 138****0001").click()
    steps = page.locator("table.steps")
    expect(steps).to_contain_text("Picked from 2 entries:")
    expect(steps).to_contain_text("(the newest one)")
    expect(steps).to_contain_text("crm hit")
    expect(steps).to_contain_text("contacts not asked any more")
    page.get_by_text("customer crm.query_customer").last.click()
    sent, came = page.locator("pre.sent").first, page.locator("pre.came").first
    expect(sent).to_contain_text("tel=138****0001")
    expect(came).to_contain_text("200")
    expect(came).to_contain_text('"item"')
    assert "13800000001" not in page.content()
    expect(page.locator(".legend")).to_contain_text("timeout of crm, 800 ms")
    expect(page.locator(".legend")).to_contain_text("beyond the end of the line")


def test_the_menu_of_endpoints_without_a_mouse(sit_down: Sit) -> None:
    page = sit_down(path="?endpoint=vip-routing")
    tab_to(page, "Endpoint")
    page.keyboard.press("Enter")
    menu = page.locator("#endpoints")
    expect(menu.get_by_role("link").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link").first).to_be_hidden()
    assert focused(page).startswith("Endpoint")
    tab_to(page, VIP)
    page.keyboard.press("Space")
    expect(page.locator("#answer")).to_contain_text("Wang")


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (1280, "light", "en"),
        (1280, "light", "zh"),
        (1280, "dark", "vi"),
        (390, "light", "vi"),
        (390, "dark", "zh"),
        (390, "dark", "en"),
    ],
)
def test_the_page_of_a_run_is_accessible(
    sit_down: Sit, demo: Any, width: int, scheme: str, language: str
) -> None:
    page = sit_down(width, language, "?endpoint=who-is-calling")
    page.emulate_media(color_scheme=scheme)
    page.locator("#endpoints summary").click()
    assert not barriers(page)
    page.locator("#endpoints summary").click()
    page.locator("button[value='sandbox.9']").click()  # two customers
    expect(page.locator("#answer")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert not barriers(page)
    assert not scrolls_sideways(page)
    page.goto(demo.page("?endpoint=order-status"))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".facts .badge.warn").first).to_have_text("400")
    assert not barriers(page)
