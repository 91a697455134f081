"""A finding of the doctor, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

RED, YELLOW, GREEN = "red", "yellow", "green"


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject``: what it is about (``sources.crm``, ``endpoints.vip``, ``store``);
    ``do``: what to do, "" where all is well."""

    level: str  # red | yellow | green
    subject: str
    message: str
    do: str = ""
