"""What may leave in a head, and what is made of one that comes."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.transport.headers import USER_AGENT, ResponseHeaders, head_lines


def lines(*headers: tuple[str, str], user: str = "") -> list[str]:
    return head_lines(headers, host="crm:81", user=user).split("\r\n")


def test_default_headers_are_added_where_missing() -> None:
    assert lines(("user-agent", "mine")) == [
        "Host: crm:81",
        "user-agent: mine",
        "Accept-Encoding: identity",
        "Accept: */*",
        "",
    ]
    assert f"User-Agent: {USER_AGENT}" in lines()


def test_a_host_of_ones_own_wins_and_a_length_of_ones_own_is_left_out() -> None:
    sent = lines(("HOST", "shop"), ("content-length", "7"), ("Transfer-Encoding", "x"))
    assert sent[0] == "HOST: shop"
    assert len(sent) == 5


def test_the_user_of_a_url_logs_in() -> None:
    assert "Authorization: Basic YTpiOmM=" in lines(user="a:b%3Ac")
    named = lines(("authorization", "Bearer x"), user="a:b")
    assert [line for line in named if "Basic" in line] == []


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00", "\udfff"])
def test_a_value_that_would_forge_another_header_is_rejected(value: str) -> None:
    with pytest.raises(SourceRejected) as refused:
        lines(("X-Key", value))
    assert refused.value.received is False
    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["", "X Key", "X:Key", "Ключ", "X\n"])
def test_a_name_that_is_no_token_is_rejected(name: str) -> None:
    with pytest.raises(SourceRejected):
        lines((name, "v"))


def test_headers_that_come_are_read_by_lower_case_names() -> None:
    came = ResponseHeaders(
        [(b"X-A", b"1"), (b"Content-Type", b"a/b"), (b"x-a", "ễ\xff".encode())]
    )
    assert came.get("x-a") == "ễÿ"
    assert came.get("content-type", "") == "a/b"
    assert came.get("x-b") is None
    assert came == {"x-a": "ễÿ", "content-type": "a/b"}
    assert len(came) == 2
    with pytest.raises(KeyError):
        came["x-b"]


def test_a_header_that_comes_can_always_be_written_again() -> None:
    came = ResponseHeaders([(b"x-a", b"a\xffb"), (b"\xff", b"")])
    assert came.get("x-a") == "a\ufffdb"
    assert "".join(came).encode()
