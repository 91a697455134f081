"""What may leave in a header, and what is made of one that comes."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.headers import USER_AGENT, checked, clean
from ivrhooks.sources.interface import Request


def test_our_own_headers_are_added_where_they_are_not_given() -> None:
    sent = checked(Request("GET", "http://crm/", (("user-agent", "mine"),)))
    assert sent.headers == (
        ("user-agent", "mine"),
        ("Accept-Encoding", "identity"),
        ("Accept", "*/*"),
    )
    assert ("User-Agent", USER_AGENT) in checked(Request("GET", "HTTPS://crm/")).headers


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00", "\udfff"])
def test_a_value_that_would_forge_another_header_is_rejected(value: str) -> None:
    with pytest.raises(SourceRejected) as refused:
        checked(Request("GET", "http://crm/", (("X-Key", value),)))
    assert refused.value.received is False
    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["", "X Key", "X:Key", "Ключ", "X\n"])
def test_a_name_that_is_no_token_is_rejected(name: str) -> None:
    with pytest.raises(SourceRejected):
        checked(Request("GET", "http://crm/", ((name, "v"),)))


@pytest.mark.parametrize("url", ["ftp://crm/", "crm/", "", "httpx://crm"])
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(SourceRejected):
        checked(Request("GET", url))


def test_a_header_that_comes_can_always_be_written_again() -> None:
    assert clean("Nguyễn") == "Nguyễn"
    assert clean("a\udcffb") == "a\ufffdb"
