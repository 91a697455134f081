"""Makes the pages of docs/ a site: Sphinx reads this, ``make docs`` calls Sphinx.

The pages stay plain Markdown, readable where the repository is browsed. The site's
navigation is what ``index.md`` links to, section by section; nothing is declared twice.
"""

from __future__ import annotations

import re
from typing import Any

from ivrhooks import __version__

project = "ivrhooks"
release = version = __version__
extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["examples"]

myst_heading_anchors = 4
"""The anchors of headings, as GitHub makes them."""

html_theme = "furo"
html_title = f"ivrhooks {__version__}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_permalinks_icon = "#"
html_show_search_summary = False
"""A summary would be fetched, which no browser does for a page opened from a disk."""
pygments_style = "tango"
suppress_warnings = ["misc.highlighting_failure"]
"""Requests are shown with their answers, and as callers send them."""

RAW_ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>$', re.M)
SECTION = re.compile(r"^## (.+)$", re.M)
LINK = re.compile(r"^\| \[[^\]]+\]\(([\w./-]+)\.md\)", re.M)


def navigation(index: str) -> str:
    """The side bar: the sections of the index, with the pages that they link to."""
    _, *parts = SECTION.split(index)
    trees = []
    for caption, text in zip(parts[::2], parts[1::2], strict=True):
        pages = "\n".join(LINK.findall(text))
        options = f":hidden:\n:caption: {caption}"
        trees.append(f"```{{toctree}}\n{options}\n\n{pages}\n```\n")
    return "\n".join(trees)


def as_read(app: Any, page: str, source: list[str]) -> None:
    """What Sphinx needs and GitHub would show as clutter is added here."""
    text = RAW_ANCHOR.sub(r"(\1)=", source[0])
    if page == root_doc:
        text += "\n" + navigation(text)
    elif page == "decisions/index":
        pages = "\n".join(LINK.findall(text))
        text += f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"
    source[0] = text


def setup(app: Any) -> None:
    app.connect("source-read", as_read)
