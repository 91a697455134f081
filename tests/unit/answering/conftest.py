"""Plans made by hand and sources that do as told, for this folder."""

from plans import build

__all__ = ["build"]
