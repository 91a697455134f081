"""Plans made by hand and sources that do as told, for this folder."""

from support.plan_builder import build

__all__ = ["build"]
