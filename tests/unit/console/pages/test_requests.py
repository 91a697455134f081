"""The page of data requests: its one search box, its filters, and its empty state."""

from __future__ import annotations

import html
from typing import Any

import pytest

from tests.unit.console.conftest import KEY, VIP


def call(served: Any, number: str = VIP, **more: str) -> None:
    sent = {"tel": number, **more}
    served.client().post("/api/desk", data=sent, headers={"X-Api-Key": KEY})


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_where_nothing_came_yet_it_says_where_to_send(
    served: Any, language: str
) -> None:
    shown = html.unescape(served.page(f"requests?lang={language}").text)
    assert f"{served.url}/api/system/customer" in shown
    assert f"curl '{served.url}/api/system/customer?tel=" in shown
    call(served)
    served.rows()
    assert "curl" not in served.page("requests").text


def test_the_caller_stands_in_each_row_masked(served: Any) -> None:
    call(served)
    served.rows()
    shown = served.page("requests").text
    assert 'data-label="Caller" class="caller">138****0001<' in shown
    assert VIP not in shown


@pytest.mark.parametrize(
    ("searched", "count"),
    [("0001", 1), (VIP, 1), ("üRO", 1), ("desk", 2), ("nowhere", 0), ("9999", 0)],
)
def test_one_box_finds_by_whatever_is_known(
    served: Any, searched: str, count: int
) -> None:
    call(served)
    call(served, "13900000002", note="Büro")
    served.rows()
    shown = served.page("requests", {"q": searched}).text
    assert shown.count("data-id=") == count
    assert f"{count} found" in shown
    through = {"desk": 0, VIP: 0}.get(searched, 1)
    assert ("Looked through the newest" in shown) == bool(through)


def test_the_searched_number_stands_nowhere(served: Any) -> None:
    call(served)
    served.rows()
    assert VIP not in served.page("requests", {"q": VIP}).text


def test_tests_can_be_left_out(served: Any) -> None:
    call(served)
    served.page("", {"endpoint": "desk", "i.tel": VIP, "source": "mock"})
    served.rows()
    assert served.page("requests").text.count("data-id=") == 2
    without = served.page("requests?tests=no").text
    assert without.count("data-id=") == 1
    assert 'name="tests" value="no" checked' in without
    assert "tests=no" in without  # the list that follows keeps to it
    assert served.ask("GET", "requests?tests=no").json["requests"][0]["test"] is False
    searched = served.page("requests", {"q": "0001", "tests": "no"}).text
    assert searched.count("data-id=") == 1


def test_without_words_to_search_for_the_form_is_a_filter(served: Any) -> None:
    form = {"q": " ", "endpoint": "desk", "status": "4xx", "tests": "no"}
    reply = served.page("requests", form)
    assert reply.status_code == 303
    wanted = "/_console/requests?endpoint=desk&status=4xx&tests=no"
    assert reply.headers["Location"] == wanted
