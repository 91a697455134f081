"""What a person does at the console, from "demo started" to "saved test"."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from support.accessibility import barriers, focused, scrolls_sideways, tab_to

VIP = "13800000001"
MASKED = "138****0001"
SECRET = "k-7d31f0a94c"
WIDE, NARROW = 1280, 390
MAX_WAIT = 60_000.0
PAGES = (
    "",
    "?endpoint=order-status",
    "requests",
    "endpoints",
    "endpoints/order-status",
    "endpoints/order-status/sheet",
    "openapi",
    "outbox",
    "sources",
    "sources?source=assets",
    "try?endpoint=vip-routing",
    "replay",
    "tables",
    "tables/vips",
    "status",
)

TITLES = {
    "en": ("API test", "Recent data requests", "Contracts", "Status"),
    "zh": ("接口测试", "最近的数据请求", "接口文档", "运行状态"),
    "vi": (
        "Kiểm tra API",
        "Yêu cầu dữ liệu gần đây",
        "Tài liệu API",
        "Trạng thái",
    ),
}

Sit = Callable[..., Page]


@pytest.fixture(scope="module")
def traffic(demo: Any) -> Iterator[None]:
    """Calls of an ordinary morning: a VIP, somebody unknown, a source that fails, a
    request without its header, one to a wrong path."""
    for number in (VIP, "13800000009", "13800000103", "anonymous"):
        demo.ask("/api/vip-routing", f"partnerId=p&m&token=t&tel={number}")
    demo.ask("/api/order-status", f'{{"tel": "{VIP}"}}')
    demo.ask("/api/vip-ruting", f"tel={VIP}")
    yield


def test_from_demo_started_to_saved_test(demo: Any, sit_down: Sit) -> None:
    page = sit_down()
    assert "token" not in page.url
    page.locator("#endpoints summary").click()
    page.get_by_role("link", name="vip-routing").click()
    page.get_by_role("button", name="A VIP is put through to the VIP desk").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text("Welcome back, Wang")  # as its test says
    expect(page.get_by_label("tel", exact=True)).to_have_value(MASKED)

    page.get_by_label("Source", exact=True).select_option("configured")
    page.keyboard.press("Control+Enter")
    expect(answer).to_contain_text("Welcome back, VIP Wang")
    expect(answer).to_contain_text('"desk":"vip"')
    assert answer.text_content() == demo.ask("/api/vip-routing", f"tel={VIP}").decode()
    expect(page.locator(".facts")).to_contain_text("200")
    expect(page.locator(".facts")).to_contain_text("fits the caller")
    made = page.locator("table", has_text="isVip").first
    expect(made).to_contain_text("crm")
    expect(made).to_contain_text("1 → 1")
    expect(made).to_contain_text("the source has no value for it")
    assert page.locator(".steps .deadline").count() >= 4

    page.get_by_label("Fault").select_option("hang")
    page.get_by_label("Deadline in ms").fill("150")
    page.get_by_role("button", name="Run Ctrl+Enter").click()
    expect(page.locator(".facts")).to_contain_text("customer=timeout")
    expect(answer).to_contain_text('"desk":"general"')

    page.get_by_role("button", name="Copy as curl").click()
    command = page.locator("#copy-text")
    expect(command).to_contain_text("curl -d")
    assert VIP not in str(command.text_content())

    page.get_by_label("Fault").select_option("")
    page.get_by_label("Deadline in ms").fill("")
    page.get_by_text("Save as test", exact=True).click()
    page.get_by_label("What the test shows").fill("The sandbox's VIP, as of today")
    page.get_by_role("button", name="Show the test").click()
    expect(page.locator(".yaml")).to_contain_text("The sandbox's VIP, as of today")
    shown = str(page.locator(".yaml").text_content())
    assert VIP not in shown
    file = demo.folder / "endpoints/vip-routing.yaml"
    before = file.read_text("utf-8")
    assert "as of today" not in before
    page.get_by_role("button", name="Write to vip-routing.yaml").click()
    expect(page.locator(".done")).to_have_text("Written to vip-routing.yaml.")
    written = file.read_text("utf-8")
    assert shown in written
    assert written.replace(shown, "") == before
    tested = [sys.executable, "-m", "ivrhooks", "test", str(demo.folder)]
    subprocess.run(tested, check=True, capture_output=True)


def test_a_link_restores_the_run_in_another_session(demo: Any, sit_down: Sit) -> None:
    page = sit_down(path="?endpoint=order-status")
    page.get_by_label("tel", exact=True).fill(VIP)
    page.get_by_label("lang", exact=True).fill("vi")
    page.get_by_text("Source, fault, deadline, moment").click()
    page.get_by_label("Source", exact=True).select_option("sandbox")
    page.get_by_label("Deadline in ms").fill("1200")
    page.get_by_role("button", name="Link to this run").click()
    expect(page.locator("#copy-text")).to_contain_text("deadline_ms=1200")
    link = str(page.locator("#copy-text").text_content())
    assert VIP not in link
    other = sit_down()
    other.goto(link)
    expect(other.get_by_label("lang", exact=True)).to_have_value("vi")
    expect(other.get_by_label("Source", exact=True)).to_have_value("sandbox")
    expect(other.get_by_label("Deadline in ms")).to_have_value("1200")
    expect(other.get_by_label("tel", exact=True)).to_have_value("")
    assert SECRET not in other.content()


def test_a_wrong_header_name_is_seen_within_a_second(demo: Any, sit_down: Sit) -> None:
    page = sit_down(path="requests")
    body = f'{{"tel": "{VIP}"}}'
    raw = (
        "POST /api/order-status HTTP/1.1\r\nHost: ivr\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nX_Api_Key: {SECRET}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    reason = (
        "the header X-Api-Key did not arrive; "
        "`X_Api_Key` would be dropped by the web server"
    )
    rows = page.locator("tr.refused", has_text=reason)
    seen = False
    for number in range(1, 6):  # a busy machine may miss it, not five times
        assert demo.send(raw.encode()).startswith(b"HTTP/1.1 401")
        sent = time.monotonic()
        expect(rows).to_have_count(number)
        seen = seen or time.monotonic() - sent < 1.0
        if seen:
            break
    assert seen
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Data request")
    raw_shown = page.locator("pre.raw")
    expect(raw_shown).to_contain_text("X_Api_Key: ***")
    expect(raw_shown).to_contain_text(f'{{"tel": "{MASKED}"}}')
    assert VIP not in page.content()
    assert SECRET not in page.content()
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#answer")).to_contain_text('"level":"gold"')
    page.get_by_role("link", name="Change and run again").click()
    expect(page.get_by_label("tel", exact=True)).to_have_value(MASKED)


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("language", TITLES)
def test_each_language_on_a_desk_and_on_a_telephone(
    sit_down: Sit, demo: Any, language: str
) -> None:
    page = sit_down(language=language)
    titles = dict(
        zip(("", "requests", "endpoints", "status"), TITLES[language], strict=True)
    )
    for path in PAGES:
        page.goto(demo.page(path))
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            assert not scrolls_sideways(page), (path, width)
        if path in titles:
            expect(page.get_by_role("heading", level=1)).to_have_text(titles[path])
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(demo.page("?endpoint=vip-routing&base=tests.0"))
        page.keyboard.press("Control+Enter")
        expect(page.locator("#answer")).to_contain_text("isVip")
        assert not scrolls_sideways(page), width
    other = "en" if language == "zh" else "zh"
    name = "English" if other == "en" else "中文"
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[other][0])


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_pages_are_accessible(sit_down: Sit, demo: Any, width: int) -> None:
    page = sit_down(width)
    for path in PAGES:
        page.goto(demo.page(path))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert not barriers(page), f"{path} {scheme}"
    page.emulate_media(color_scheme="light")
    page.goto(demo.page("?endpoint=vip-routing&base=tests.0"))
    page.get_by_label("Source", exact=True).select_option("configured")
    page.get_by_label("Fault").select_option("500")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("isVip")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert not barriers(page)
    if width == NARROW:
        return
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#copy-text")).to_be_visible()
    assert not barriers(page)
    page.goto(demo.page("requests?status=refused"))
    page.locator("#rows a").first.click()
    expect(page.locator("pre.raw")).to_be_visible()
    assert not barriers(page)


def test_all_of_it_without_a_mouse(sit_down: Sit, demo: Any) -> None:
    page = sit_down()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "Endpoint")
    page.keyboard.press("Enter")
    tab_to(page, "vip-routing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="vip-routing")).to_be_visible()
    tab_to(page, "A VIP is put through to the VIP desk")
    page.keyboard.press("Enter")
    expect(page.get_by_label("tel", exact=True)).to_have_value(MASKED)
    expect(page.locator("#answer")).to_contain_text('"isVip":1')
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text('"isVip":1')
    expect(page.get_by_role("status")).to_contain_text("Status 200")
    tab_to(page, "Headers of the answer")
    page.keyboard.press("Enter")
    expect(page.get_by_text("content-type: application/json")).to_be_visible()
    page.goto(demo.page("requests"))
    tab_to(page, "Pause")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("pre.raw")).to_be_visible()


def test_from_the_servers_address_to_the_console(sit_down: Sit, demo: Any) -> None:
    page = sit_down()
    token = demo.link.partition("token=")[2]
    page.context.clear_cookies()
    page.goto(f"{demo.url}/")
    assert not barriers(page)
    page.get_by_role("link", name="Open the console").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the console")
    assert not barriers(page)
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert not scrolls_sideways(page)
    field = page.get_by_label("Token", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("not the console's token")
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("API test")
    assert token not in page.url


def test_a_template_is_tried_with_the_keyboard(sit_down: Sit, demo: Any) -> None:
    page = sit_down(path="try?endpoint=vip-routing")
    page.get_by_role("link", name="desk", exact=True).click()
    template = page.get_by_label("Template", exact=True)
    expect(template).to_have_value(re.compile("security"))
    template.fill("{{ customer.vipLevel }}")
    tab_to(page, "Try")
    page.keyboard.press("Enter")
    expect(page.locator("pre.answer")).to_have_text('"3"')
    page.get_by_label("Template", exact=True).fill("{{ custmer.vipLevel }}")
    page.get_by_role("button", name="Try").click()
    expect(page.locator(".problem")).to_contain_text("Line 1, column 4")
    assert not barriers(page)


@pytest.mark.usefixtures("traffic")
def test_the_last_hour_is_replayed_with_another_folder(
    sit_down: Sit, demo: Any
) -> None:
    other = demo.folder.parent / "configs-next"
    shutil.copytree(demo.folder, other)
    file = other / "endpoints/vip-routing.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("{{ customer.vipLevel }}", "x{{ customer.vipLevel }}"))
    page = sit_down(path="replay")
    page.get_by_label("Configuration").select_option("configs-next")
    page.get_by_label("Endpoint").select_option("vip-routing")
    page.get_by_role("button", name="Replay").click()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("answers change", timeout=MAX_WAIT)
    expect(outcome.get_by_role("row", name="vipLevel")).to_contain_text('"3" → "x3"')
    assert VIP not in page.content()
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        assert not scrolls_sideways(page), width
        assert not barriers(page), width
    page.goto(demo.page("requests?endpoint=vip-routing&status=200"))
    page.locator("#rows a").last.click()
    page.get_by_label("What would another configuration answer?").select_option(
        "configs-next"
    )
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row", name="vipLevel")
    expect(row).to_contain_text("another value", timeout=MAX_WAIT)
    assert not barriers(page)


def test_a_page_that_is_too_old_says_so(sit_down: Sit, demo: Any) -> None:
    page = sit_down(path="?endpoint=vip-routing&base=tests.0")
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'forged'")
    with page.expect_response(lambda answer: answer.status == 400):
        page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("This page is too old")
    expect(page.locator("#answer")).to_have_count(0)


def test_without_scripts_everything_is_a_page(sit_down: Sit, demo: Any) -> None:
    page = sit_down(path="?endpoint=vip-routing", java_script_enabled=False)
    page.get_by_role("button", name="A VIP is put through to the VIP desk").click()
    expect(page.locator("#answer")).to_contain_text("Welcome back, Wang")
    page.get_by_role("button", name="Run Ctrl+Enter").click()
    expect(page.locator("#answer")).to_contain_text('"isVip":1')
    page.get_by_role("link", name="Data requests").click()
    expect(page.locator("#rows tr").first).to_contain_text("vip-routing")
    page.locator("#rows a").first.click()
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#answer")).to_contain_text('"isVip":1')


def test_a_broken_configuration_is_a_banner_on_every_page(
    sit_down: Sit, demo: Any
) -> None:
    page = sit_down(path="status")
    banner = page.locator(".banner")
    expect(banner).to_have_count(0)
    file = demo.folder / "endpoints/order-status.yaml"
    good = file.read_text("utf-8")
    file.write_text(good.replace("format: json", "format: jsn"), "utf-8")
    try:
        expect(banner).to_contain_text("order-status.yaml:3:")
        expect(banner).to_contain_text("still answering with")
        assert not barriers(page)
        page.goto(demo.page("endpoints"))
        expect(banner).to_contain_text("order-status.yaml:3:")
    finally:
        file.write_text(good, "utf-8")
    expect(banner).to_have_count(0)
