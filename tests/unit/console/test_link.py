"""The link that signs a browser in."""

from __future__ import annotations

from ivrhooks.console.link import link


def test_it_holds_the_token_where_it_may() -> None:
    assert link("http://127.0.0.1:8080/", "a b&c") == (
        "http://127.0.0.1:8080/_console/?token=a+b%26c"
    )
    assert link("http://127.0.0.1:8080") == "http://127.0.0.1:8080/_console/"
