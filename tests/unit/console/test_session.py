"""A browser's session: a signed cookie, nothing on the server."""

from __future__ import annotations

import pytest

from ivrhooks.console.session import (
    LIVES,
    csrf_token,
    is_open,
    is_same,
    open_session,
)

NOW = 1_800_000_000.0


def test_a_session_is_open_for_its_time_with_its_token() -> None:
    cookie = open_session("token", NOW)
    assert is_open(cookie, "token", NOW + LIVES - 2)
    assert is_open(cookie, "token", NOW + LIVES - 0.5)
    assert not is_open(cookie, "token", NOW + LIVES)
    assert not is_open(cookie, "token", NOW + LIVES + 2)
    assert not is_open(cookie, "another", NOW)
    assert open_session("token", NOW) != cookie


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: "9" + cookie,
        lambda cookie: cookie[:-1],
        lambda cookie: "",
        lambda cookie: "..",
        lambda cookie: "ключ.ключ.ключ",
        lambda cookie: "\udcff",
    ],
)
def test_a_forged_one_is_not(change) -> None:
    assert not is_open(change(open_session("token", NOW)), "token", NOW)


def test_each_session_has_a_csrf_token_of_its_own() -> None:
    first, second = open_session("token", NOW), open_session("token", NOW)
    assert csrf_token(first, "token") == csrf_token(first, "token")
    assert csrf_token(first, "token") != csrf_token(second, "token")
    assert csrf_token(first, "token") not in first


def test_texts_are_compared_whatever_they_hold() -> None:
    assert is_same("ключ", "ключ")
    assert not is_same("\udcff", "token")
