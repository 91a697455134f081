"""An environment in which no name is missing, for what must run without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

URL = "http://127.0.0.1:9/made-up"
"""What stands for an address; nothing listens there."""

_ADDRESSES = ("url", "proxy", "store", "shared_cache")


class MadeUp(Mapping[str, str]):
    """``environ``, with a made-up text for each name that a file refers to and that is
    not set. ``missing`` holds these names."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.missing: dict[str, None] = {}

    def made_up(self, name: str, key: object) -> str:
        """The text for ``name``, fit for the ``key`` it stands at."""
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
