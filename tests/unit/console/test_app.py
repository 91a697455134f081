"""The console, put together."""

from __future__ import annotations

from typing import Any

import pytest

TOKEN = "the-consoles-token"


def test_pages_api_and_files_are_below_one_path(served) -> None:
    rules = [
        rule.rule
        for rule in served.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
    ]
    assert rules and all(rule.startswith("/_console/") for rule in rules)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    client = served.client()
    assert client.get("/_console/", headers=headers).status_code == 200
    style = client.get("/_console/static/console.css", headers=headers)
    assert style.content_type.startswith("text/css")
    style.close()


HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
OFF = "version: 1\n"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "is running"), ("zh", "正在运行"), ("vi", "đang chạy")],
)
def test_a_browser_is_led_to_the_console(
    served: Any, language: str, words: str
) -> None:
    shown = served.client().get(f"/?lang={language}", headers=HTML)
    assert shown.status_code == 200
    assert words in shown.text and 'href="/_console/"' in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert served.client().head("/", headers=HTML).status_code == 200


def test_where_it_is_off_the_page_says_how_to_switch_it_on(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IVRHOOKS_CONSOLE_TOKEN")
    shown = (
        serve(OFF, NO_LOOKUP.replace("path: /", "path: /api/a"))
        .client()
        .get("/", headers=HTML)
    )
    assert shown.status_code == 200
    assert "console: {enabled: true}" in shown.text
    assert "_console" not in shown.text


NO_LOOKUP = """\
endpoint: desk
path: /
format: query
outputs:
  a: {type: int, value: 1, default: 0}
"""


def test_an_endpoint_at_that_path_wins(serve: Any) -> None:
    served = serve("version: 1\nconsole: {enabled: true}\n", NO_LOOKUP)
    assert served.client().get("/", headers=HTML).json == {"a": 1}


@pytest.mark.parametrize(
    ("method", "path", "headers", "peer"),
    [
        ("GET", "/", {}, "127.0.0.1"),
        ("GET", "/", {"Accept": "application/json"}, "127.0.0.1"),
        ("GET", "/", HTML, "10.0.0.1"),
        ("GET", "/", {**HTML, "X-Forwarded-For": "10.0.0.1"}, "127.0.0.1"),
        ("POST", "/", HTML, "127.0.0.1"),
        ("GET", "/nothing", HTML, "127.0.0.1"),
    ],
)
def test_all_others_get_the_404_of_every_path(
    served: Any, method: str, path: str, headers: Any, peer: str
) -> None:
    reply = served.client().open(
        path, method=method, headers=headers, environ_overrides={"REMOTE_ADDR": peer}
    )
    assert (reply.status_code, reply.json["error"]["code"]) == (404, "not_found")
