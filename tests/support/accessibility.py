"""Examines a page in the browser, as a person would and by axe."""

from __future__ import annotations

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, TimeoutError

ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
"""Makes axe describe violations in full and one example of each other result.

Describing all results takes long.
"""


def barriers(page: Page) -> list[str]:
    """Return the violations that axe calls serious or critical."""
    violations = Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
    return [
        f"{violation['id']}: {node['html']} {json.dumps(node['any'])[:400]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    width, wanted = page.evaluate(
        "(e => [e.clientWidth, e.scrollWidth])(document.documentElement)"
    )
    return bool(wanted > width)


def focused(page: Page) -> str:
    """Return the words of the element that has the focus."""
    return str(
        page.evaluate(
            "(e => (e.getAttribute('aria-label') || e.innerText || e.value || '')"
            ".replace(/\\s+/g, ' ').trim())(document.activeElement)"
        )
    )


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the element that begins with ``words`` has a visible focus."""
    for _ in range(80):
        if focused(page).startswith(words):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) != "none"
            return
        page.keyboard.press("Tab")
    raise TimeoutError(f"no Tab leads to {words!r}")
