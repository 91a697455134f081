"""The console, put together."""

from __future__ import annotations

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
