"""The link that signs a browser in, for whoever started the server to click."""

from __future__ import annotations

from urllib.parse import urlencode

from ivrhooks.console.access import ROOT


def link(url: str, token: str = "") -> str:
    """The console of the server at ``url``; with ``token`` it opens without asking."""
    place = f"{url.rstrip('/')}{ROOT}/"
    return f"{place}?{urlencode({'token': token})}" if token else place
