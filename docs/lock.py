"""Writes requirements.lock: the version of each package that ivrhooks runs with here.

``make lock`` runs it; ``pip install -c requirements.lock ivrhooks`` installs these
versions, and ``make audit`` looks them up among the known holes.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).parents[1] / "requirements.lock"
EXTRAS = ("holidays", "mysql", "otel", "postgresql")
HEADER = "# Written by `make lock`: what ivrhooks was tested with, extras too.\n"


def closure(name: str, extras: tuple[str, ...]) -> dict[str, str]:
    """Each package that ``name`` needs, with its version."""
    found: dict[str, str] = {}
    waiting = [(name, extras)]
    while waiting:
        package, wanted = waiting.pop()
        for text in distribution(package).requires or ():
            needed = Requirement(text)
            if not _holds(needed, wanted):
                continue
            key = re.sub(r"[-_.]+", "-", needed.name).lower()
            if key not in found:
                try:
                    found[key] = distribution(needed.name).version
                except PackageNotFoundError:  # of another platform
                    continue
                waiting.append((needed.name, tuple(needed.extras)))
    return found


def _holds(needed: Requirement, extras: tuple[str, ...]) -> bool:
    if needed.marker is None:
        return True
    return any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def text() -> str:
    """The whole file."""
    found = closure("ivrhooks", EXTRAS)
    lines = (f"{name}=={version}" for name, version in found.items())
    return HEADER + "".join(f"{line}\n" for line in sorted(lines))


if __name__ == "__main__":
    LOCK.write_text(text(), "utf-8")
