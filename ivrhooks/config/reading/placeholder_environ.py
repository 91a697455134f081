"""An environment without missing names, for verbs that must work without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

URL = "http://127.0.0.1:9/made-up"
"""Stands for an address that is not set; nothing listens there."""

_ADDRESSES = ("url", "proxy", "store", "shared_cache")


class PlaceholderEnviron(Mapping[str, str]):
    """``environ`` with a made-up text for each name that is used but not set.

    ``missing`` holds those names.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.missing: dict[str, None] = {}

    def placeholder(self, name: str, key: object) -> str:
        """Return a made-up text for ``name`` that the key ``key`` accepts."""
        self.missing[name] = None
        if isinstance(key, str) and key.endswith(_ADDRESSES):
            return URL
        return f"made-up-{name.lower()}"

    def __getitem__(self, name: str) -> str:
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)
