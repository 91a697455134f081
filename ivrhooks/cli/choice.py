"""A type of argument: one of a few words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click


class SuggestingChoice(click.Choice[str]):
    """One of a few words. The error for another word suggests the nearest."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the word. Raises BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as problem:
            near = get_close_matches(str(value).lower(), self.choices, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.BadParameter(f"{problem.message}{hint}", ctx, param) from None
