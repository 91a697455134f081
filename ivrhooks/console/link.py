"""The link that signs a browser in; the server prints it at its start."""

from __future__ import annotations

from urllib.parse import urlencode

from ivrhooks.console.access import ROOT


def link(url: str, token: str = "") -> str:
    """Return the console's link at ``url``; with ``token`` it signs in."""
    place = f"{url.rstrip('/')}{ROOT}/"
    return f"{place}?{urlencode({'token': token})}" if token else place
