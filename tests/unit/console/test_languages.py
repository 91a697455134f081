"""Which language a page is in."""

from __future__ import annotations

import pytest
from flask import Flask, request

from ivrhooks.console.languages import language_of


@pytest.mark.parametrize(
    ("query", "cookie", "accepts", "language"),
    [
        ("", "", "", "en"),
        ("", "", "vi-VN,vi;q=0.9,en;q=0.5", "vi"),
        ("", "", "zh-CN,zh;q=0.9", "zh"),
        ("", "", "zh-Hans-CN, en;q=0.4", "zh"),
        ("", "", "fr, de;q=0.5", "en"),
        ("", "", "vi;q=0, zh;q=0.1", "zh"),
        ("", "", "vi;q=0", "en"),
        ("", "", "ZH_cn", "zh"),
        ("", "", "fr, vi;q=0.2, zh;q=0.3", "zh"),
        ("", "zh", "vi", "zh"),
        ("", "tlh", "vi", "vi"),
        ("?lang=en", "zh", "vi", "en"),
        ("?lang=tlh", "zh", "vi", "zh"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_browsers(
    query: str, cookie: str, accepts: str, language: str
) -> None:
    headers = {"Accept-Language": accepts, "Cookie": f"ivrhooks_lang={cookie}"}
    with Flask("pages").test_request_context(f"/_console/{query}", headers=headers):
        assert language_of(request) == language
