"""The console's pages as HTML, without scripts: forms, runs, lists and refusals."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ivrhooks.console.pages.callers import EMPTY, as_shown
from ivrhooks.console.pages.contract import public_address
from ivrhooks.console.pages.form import Form, form_of_post, request_of
from ivrhooks.console.pages.status import by_reason, mood
from ivrhooks.console.pages.view import duration, where
from ivrhooks.http.response import refuse_bare
from ivrhooks.journal.entry import Entry
from ivrhooks.server.request_reader import REASONS

KEY = "k-5e8d2f91"
VIP = "13800000001"
MASKED = "138****0001"


class Page:
    """An answer of the console, as a person reads it."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.source = response.get_data(as_text=True)
        response.close()
        self.text = html.unescape(re.sub(r"<[^>]*>", " ", self.source))
        self.text = re.sub(r"\s+", " ", self.text)

    def value(self, field: str) -> str:
        """What stands in a field."""
        field_value = re.search(
            rf'name="{re.escape(field)}" value="([^"]*)"', self.source
        )
        assert field_value, field
        return html.unescape(field_value[1])


@pytest.fixture
def see(served):
    """Asks the console as a browser that is signed in would, scripts switched off."""

    def ask(path: str = "", form: dict[str, str] | None = None, **headers: str) -> Page:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return Page(served.page(path, form, headers=headers))

    return ask


def call(served, body: str = f"tel={VIP}", **headers: str) -> int:
    """A data request of the IVR; the number of its row in the journal."""
    sent = {"X-Api-Key": KEY, **headers}
    sent = {name: value for name, value in sent.items() if value}
    form = "application/x-www-form-urlencoded"
    served.client().post("/api/desk", data=body, headers=sent, content_type=form)
    return int(served.rows()[0]["id"])


# ------------------------------------------------------------------- the API test


def test_the_form_is_made_of_the_contract(see) -> None:
    shown = see("?endpoint=desk")
    assert shown.status == 200
    for name in ("i.tel", "i.note", "h.X-Api-Key", "h.X-Shop"):
        assert shown.value(name) == ""
    for own in ("partnerId", "robotNo", "docId"):
        assert f'name="i.{own}"' in shown.source.partition("<details")[2]
    assert "a first one" in shown.text
    assert "VIP" in shown.text
    assert VIP not in shown.source
    assert KEY not in shown.source


def test_a_run_shows_the_answer_its_origins_and_its_steps(see) -> None:
    form = {"endpoint": "desk", "i.tel": VIP, "source": "mock", "action": "run"}
    shown = see("", form)
    assert shown.status == 200
    assert f'{{"isVip":1,"back":"{MASKED}","shop":"' in html.unescape(shown.source)
    assert "fits the caller" in shown.text
    assert shown.text.count("mock") > 2
    assert "deadline, 2000 ms" in shown.text
    part = see("", form, X_Fragment="1")
    assert "<html" not in part.source
    assert VIP not in part.source
    assert "data-said=" in part.source


def test_the_chosen_fault_and_deadline_apply_to_the_lookups(see) -> None:
    form = {"endpoint": "desk", "i.tel": VIP, "fault": "hang", "deadline_ms": "120"}
    shown = see("", form)
    assert "customer=timeout" in shown.text
    assert "the deadline of the data request came before its answer" in shown.text
    assert "deadline, 120 ms" in shown.text


def test_a_test_caller_fills_in_a_number_that_stays_masked(see, served) -> None:
    shown = see("?endpoint=desk&base=tests.0")
    assert shown.value("i.tel") == MASKED
    assert shown.value("base") == "tests.0"
    form = {"endpoint": "desk", "base": "tests.0", "i.tel": MASKED, "source": "mock"}
    assert '"isVip":1' in html.unescape(see("", form).source)


def test_copy_as_curl_sends_no_request(see, served) -> None:
    before = len(served.rows())
    form = {"endpoint": "desk", "i.tel": VIP, "action": "curl"}
    shown = see("", form, X_Fragment="1")
    assert 'curl -H "X-Api-Key: $DESK_KEY"' in shown.text
    assert "tel='<number>" in shown.text
    assert VIP not in shown.source
    whole = see("", {**form, "show_personal": "1"}, X_Fragment="1")
    assert VIP in whole.source
    assert len(served.rows()) == before


def test_a_link_restores_the_run_without_personal_data(see) -> None:
    form = {
        "endpoint": "desk",
        "i.tel": VIP,
        "i.note": "two words & more",
        "h.X-Shop": "south",
        "source": "mock",
        "fault": "slow",
        "deadline_ms": "900",
        "action": "link",
    }
    link = re.search(r"<textarea[^>]*>([^<]*)</textarea>", see("", form).source)
    assert link
    address = html.unescape(link[1])
    assert VIP not in address
    restored = see(address.partition("/_console/")[2])
    assert restored.value("i.tel") == ""
    assert restored.value("i.note") == "two words & more"
    assert restored.value("h.X-Shop") == "south"
    assert restored.value("deadline_ms") == "900"
    assert '<option value="slow" selected>' in restored.source
    assert '<option value="mock" selected>' in restored.source
    whole = see("", {**form, "show_personal": "1"}).source
    assert f"i.tel={VIP}" in whole


def test_a_test_is_seen_before_it_is_written(see, served) -> None:
    form = {"endpoint": "desk", "i.tel": VIP, "source": "mock", "name": "a VIP calls"}
    file = served.folder / "endpoints/desk.yaml"
    before = file.read_text()
    shown = see("", {**form, "action": "preview"})
    assert "a VIP calls" in shown.text
    assert file.read_text() == before
    seen = shown.value("shown")
    other = {**form, "name": "another", "action": "write", "shown": seen}
    assert "The test has changed" in see("", other).text
    assert file.read_text() == before
    written = see("", {**form, "action": "write", "shown": seen})
    assert "Written to desk.yaml" in written.text
    assert "a VIP calls" in file.read_text()


def test_an_entry_that_cannot_be_asked_is_refused_with_the_reason(see) -> None:
    shown = see("", {"endpoint": "desk", "i.tel": VIP, "deadline_ms": "soon"})
    assert shown.status == 400
    assert "deadline_ms: send a number" in shown.text
    assert shown.value("i.tel") == VIP  # what was typed is still there
    secret = see("", {"endpoint": "desk", "h.X-Api-Key": "typed-in-5e8d"})
    assert "typed-in-5e8d" not in secret.source  # but for a secret
    assert see("?endpoint=moon").status == 404
    assert see("", {"endpoint": "moon"}).status == 404


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "deadline_ms：请传入 1 到 60000 之间的毫秒数"),
        ("vi", "deadline_ms: hãy gửi số mili giây từ 1 đến 60000"),
    ],
)
def test_the_reason_is_in_the_language_of_the_page(
    see, language: str, text: str
) -> None:
    form = {"endpoint": "desk", "deadline_ms": "soon"}
    shown = see(f"?lang={language}", form)
    assert shown.status == 400
    assert text in shown.text
    assert "send a number" not in shown.text


@pytest.mark.parametrize(
    ("value", "full", "shown"),
    [("", False, EMPTY), (VIP, False, MASKED), (VIP, True, VIP), (7, False, "7")],
)
def test_a_field_shows_a_value(value: Any, full: bool, shown: str) -> None:
    assert as_shown(value, full=full) == shown


def test_an_empty_field_is_not_sent_and_an_empty_value_is(served) -> None:
    plan = served.configuration.by_name("desk")
    form = form_of_post({"i.tel": EMPTY, "i.note": "", "h.X-Shop": "north", "x": "y"})
    request = request_of(served.context, plan, form)
    assert request["inputs"] == {"tel": ""}
    assert request["headers"] == {"X-Shop": "north"}
    odd = request_of(served.context, plan, Form(deadline_ms="-3", fault="moon"))
    assert (odd["deadline_ms"], odd["fault"]) == ("-3", "moon")


# ------------------------------------------------------------- data requests


def test_a_refused_data_request_says_why_in_each_language(see, served) -> None:
    row = call(served, **{"X-Api-Key": ""})
    reasons = {
        "en": "the header X-Api-Key did not arrive; "
        "`X_Api_Key` would be dropped by the web server",
        "zh": "未收到请求头 X-Api-Key；写成 `X_Api_Key` 会被 Web 服务器丢弃",
        "vi": "không nhận được header X-Api-Key; `X_Api_Key` sẽ bị máy chủ web loại bỏ",
    }
    for language, reason in reasons.items():
        for path in ("requests", f"requests/{row}"):
            shown = see(f"{path}?lang={language}")
            assert reason in shown.text, path
            assert KEY not in shown.source


def test_the_list_continues_after_its_newest_entry(see, served) -> None:
    first = call(served)
    assert see(f"requests?after={first}", X_Fragment="1").status == 204
    second = call(served)
    part = see(f"requests?after={first}", X_Fragment="1")
    assert re.findall(r'data-id="(\d+)"', part.source) == [str(second)]
    assert "<html" not in part.source
    none = see("requests?endpoint=desk&status=refused")
    assert "No data request matches" in none.text
    assert "data-id=" not in none.source


def test_the_list_does_not_grow_beyond_its_rows(see, served) -> None:
    recorder = served.recorder.writer
    for number in range(130):
        entry = Entry(at=served.recorder.now(), request_id=str(number), endpoint="desk")
        recorder.record(partial(replace, entry, status=200))
    served.rows()
    shown = see("requests")
    assert shown.source.count("data-id=") == 100
    assert see("requests?after=1", X_Fragment="1").source.count("data-id=") == 100
    older = re.search(r'href="/_console/(requests\?before=\d+)"', shown.source)
    assert older
    rest = see(older[1])
    assert rest.source.count("data-id=") == 30
    assert "data-follow" not in rest.source


def test_a_data_request_in_full_and_once_more(see, served) -> None:
    row = call(served, f"partnerId=p4rtn3r&token=t0ken&tel={VIP}&note=a<b>c")
    shown = see(f"requests/{row}")
    assert f"tel={MASKED}&note=a<b>c" in html.unescape(shown.source)
    assert "<b>c" not in shown.source
    for hidden in ("p4rtn3r", "t0ken", KEY, VIP):
        assert hidden not in shown.source
    assert "customer=error" in shown.text
    assert "there is no access token" in shown.text
    again = see(f"requests/{row}/again", {})
    assert "The answer, as the IVR gets it" in again.text
    change = see(f"?endpoint=desk&base=again.{row}")
    assert change.value("i.tel") == MASKED
    assert change.value("i.note") == "a<b>c"
    assert see("requests/999999").status == 404


ODD = b"POST /api/desk HTTP/1.1\r\nX Key: v\r\n\r\n"


@pytest.mark.parametrize(
    ("code", "zh", "vi"),
    [
        (
            "request_timeout",
            "请求未能按时完整送达",
            "yêu cầu không đến đủ đúng thời hạn",
        ),
        ("uri_too_long", "请求行超过 8190 字节", "dòng yêu cầu dài hơn 8190 byte"),
        (
            "request_header_fields_too_large",
            "请求头超过 16384 字节或 100 行",
            "các header vượt quá 16384 byte hoặc 100 dòng",
        ),
        (
            "bad_request",
            "收到的内容不是可识别的 HTTP 请求；`X Key` 不能用作请求头名称",
            "nội dung nhận được không phải là yêu cầu HTTP đọc được; `X Key` không thể "
            "là tên của header",
        ),
    ],
)
def test_early_refusals_are_shown_in_each_language(
    see, served, code: str, zh: str, vi: str
) -> None:
    answer = refuse_bare(code, REASONS[code], "r-7")
    served.recorder.refused(answer, "10.0.0.1", ODD)
    row = served.rows()[0]["id"]
    for language, reason in (("en", str(REASONS[code])), ("zh", zh), ("vi", vi)):
        for path in ("requests", f"requests/{row}"):
            shown = see(f"{path}?lang={language}")
            assert reason in shown.text, path
            assert language == "en" or str(REASONS[code]) not in shown.text


# ------------------------------------------------------ contracts and status


def test_contract_pages_show_no_secret(see) -> None:
    for path in ("endpoints", "endpoints/desk", "endpoints/desk/sheet", "openapi"):
        for language in ("en", "zh", "vi"):
            shown = see(f"{path}?lang={language}")
            assert shown.status == 200
            assert "/api/desk" in shown.text
            assert KEY not in shown.source
    contract = see("endpoints/desk").text
    for words in ("X-Api-Key", "isVip", "telephone number", "1 → 1", "unauthorized"):
        assert words in contract
    assert see("endpoints/moon").status == 404


def test_openapi_is_a_file_too(see) -> None:
    file = see("openapi.json")
    assert file.headers["Content-Type"] == "application/json"
    assert json.loads(file.source)["openapi"].startswith("3.1")


def test_the_sheet_takes_the_address_that_the_call_centre_uses(see) -> None:
    shown = see("endpoints/desk/sheet?lang=vi&base=https%3A%2F%2Fivr.example.com%2F")
    assert "https://ivr.example.com/api/desk" in shown.text
    assert "Phiếu cấu hình" in shown.text
    for text in (
        "javascript:alert(1)",
        "https://",
        "ftp://a",
        "https://a?b",
        "http://[",
    ):
        assert public_address(text) == ""


def test_status_tells_of_failures_from_twenty_answers_on(see, served) -> None:
    call(served)
    shown = see("status")
    assert served.configuration.fingerprint in shown.text
    assert "callers may be routed wrongly" not in shown.text
    assert "5 min 1" in shown.text
    assert "the source failed: isVip" in shown.text
    for _ in range(19):
        call(served)
    shown = see("status")
    assert "callers may be routed wrongly" in shown.text
    assert "5 min 20" in shown.text
    assert "5 min 100.0" in shown.text
    part = see("status", X_Fragment="1")
    assert "<html" not in part.source
    assert see("banner").source.strip() == ""


def test_the_newest_share_that_is_known_gives_the_mood() -> None:
    def of(five: float | None, sixty: float | None) -> str:
        return mood({"recent": {"5": {"share": five}, "60": {"share": sixty}}})

    assert (of(None, None), of(0.0, 1.0)) == ("good", "good")
    assert (of(None, 0.05), of(None, 0.2), of(0.1, 0.3)) == ("warn", "bad", "warn")


def test_defaults_are_counted_by_reason() -> None:
    outputs = {"order": {"no_value": 40}, "vip": {"timeout": 1}}
    reasons = by_reason({"outputs": outputs})
    assert reasons == {"no_value": {"order": 40}, "timeout": {"vip": 1}}


# ------------------------------------------------------------------ every page


def test_pages_load_nothing_from_outside_and_run_nothing_inline(see, served) -> None:
    row = call(served)
    paths = ("", "requests", f"requests/{row}", "endpoints", "endpoints/desk", "status")
    for path in (*paths, "endpoints/desk/sheet", "openapi"):
        shown = see(path)
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert not re.findall(r"<style|\sstyle=|\son\w+=|javascript:", shown.source)
        assert not re.findall(r"<script(?! src=\"/_console/static/)", shown.source)
        outside = re.findall(
            r"(?:src|href)=\"(?!/_console/|#|data:,)[^\"]*", shown.source
        )
        assert not outside


def test_a_chosen_language_is_kept(see) -> None:
    shown = see("status?lang=zh")
    assert '<html lang="zh-Hans">' in shown.source
    assert "ivrhooks_lang=zh" in shown.headers["Set-Cookie"]
    assert "token=" not in see("status?token=x&lang=vi").source


def test_without_a_session_the_page_explains_the_sign_in(served) -> None:
    for path in ("/_console/", "/_console/moon"):
        client = served.client()
        shown = Page(client.get(path, headers={"Accept": "text/html"}))
        assert shown.status == 401
        assert "Sign in to the console" in shown.text
    assert Page(client.get("/_console/static/console.css")).status == 200
    assert client.get("/_console/static/console.js").status_code == 401


def test_parameters_outside_the_path_go_into_the_query(served) -> None:
    with served.app.test_request_context():
        assert where("test", endpoint="a b", base="") == "/_console/?endpoint=a+b"
        assert where("contract", name="a b") == "/_console/endpoints/a%20b"


def test_a_page_that_is_not_there_is_a_page_for_a_browser(see) -> None:
    for path in ("nix", "requests/x", "static/nix.css"):
        shown = see(path, Accept="text/html,*/*;q=0.8")
        assert (shown.status, "<nav" in shown.source) == (404, True)
        assert "There is no such page." in shown.text
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "没有这个页面。" in see("nix?lang=zh", Accept="text/html").text
    for path, accepted in (("nix", "*/*"), ("api/nix", "text/html")):
        shown = see(path, Accept=accepted)
        assert (shown.status, json.loads(shown.source)["error"]["code"]) == (
            404,
            "not_found",
        )


def test_the_address_of_a_button_says_so_to_a_browser(see, served) -> None:
    row = call(served)
    shown = see(f"requests/{row}/again", Accept="text/html")
    assert (shown.status, shown.headers["Allow"]) == (405, "POST")
    assert "Only a button of the console" in shown.text


def test_a_caller_is_searched_for_and_not_shown(see, served) -> None:
    call(served)
    call(served, "tel=13900000009")
    page = see("requests", {"q": "+86 138 0000 0001"})
    assert page.status == 200
    assert "861******0001: 1 found" in page.text
    assert VIP not in page.source
    assert "138 0000 0001" not in page.source
    assert "0 found" in see("requests", {"q": "wang@example.com"}).text
    assert "2 found" in see("requests", {"q": "desk"}).text


def test_the_journal_says_its_bounds(see, served) -> None:
    call(served)
    assert "1 of at most 1,000,000 data requests kept (0.0 MB)" in (see("status").text)
    assert [duration(span) for span in (7 * 86400, 5400, 90, 0.5)] == [
        "7d",
        "90m",
        "90s",
        "0.5s",
    ]


def test_the_status_page_counts_refusals_of_an_endpoint(see, served) -> None:
    for _ in range(2):
        call(served, "note=without-tel")
    assert "since the start: 2, 400 2×" in see("status").text


def test_an_entry_shows_how_each_value_was_made(see, served) -> None:
    row = call(served)
    shown = see(f"requests/{row}")
    assert "Raw value" in shown.text
    assert "1 → 1" in shown.text
    assert VIP not in shown.source


def test_a_time_line_has_the_deadline_that_was_then(see, served) -> None:
    form = {"endpoint": "desk", "i.tel": VIP, "fault": "500", "deadline_ms": "120"}
    see("", form)
    shown = see(f"requests/{served.rows()[0]['id']}")
    deadline = re.search("deadline, ([0-9]+) ms", shown.text)
    assert deadline and int(deadline[1]) <= 120  # less what it waited to be read


PLAIN = """\
endpoint: plain
path: /api/plain
format: form
outputs: {city: {type: string, value: Wien, default: ""}}
"""


def test_an_endpoint_without_mock_answers_says_so(serve) -> None:
    served = serve(route=PLAIN)
    token = {"Authorization": "Bearer the-consoles-token"}
    for name, hinted in (("plain", True), ("system", False)):
        shown = Page(served.client().get(f"/_console/?endpoint={name}", headers=token))
        assert ("No mock answers are written" in shown.text) is hinted


def test_a_form_of_an_outdated_page_is_answered_by_a_page(served) -> None:
    client = served.client()
    client.get("/_console/?token=the-consoles-token")
    for part, there in ({}, True), ({"X-Fragment": "1"}, False):
        accepted = {"Accept": "text/html", **part}
        shown = Page(client.post("/_console/", data={}, headers=accepted))
        assert shown.status == 400
        assert ("This page is too old" in shown.text) is there
