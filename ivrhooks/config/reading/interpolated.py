"""Texts that were filled in from the environment or a file: used, but never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_SHORTEST = 3


class Interpolated(str):
    """A text that came (in part) from the environment or a file.

    ``written`` is what the file says; only that may be shown. Where a number or
    true/false is wanted, the text is converted.
    """

    __slots__ = ("parts", "written")
    written: str
    parts: tuple[str, ...]

    def __new__(
        cls, text: str, written: str = "", parts: tuple[str, ...] = ()
    ) -> Interpolated:
        """Create it from the text, from what the file says, and from the filled-in
        parts."""
        filled = super().__new__(cls, text)
        filled.written = written
        filled.parts = parts
        return filled

    def hidden_in(self, message: str) -> str:
        """Return a message in which the filled-in parts are replaced by ``***``."""
        for part in self.parts:
            if len(part) >= _SHORTEST:
                message = message.replace(part, "***")
        return message


def filled_in(value: object) -> Iterator[str]:
    """Yield every filled-in part anywhere in a value of the configuration."""
    if isinstance(value, Interpolated):
        yield from value.parts
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from filled_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from filled_in(item)


def as_written(value: object) -> str:
    """Return a value as a message may show it: ``${NAME}``, never its content."""
    if isinstance(value, Interpolated):
        return value.written
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
