"""Where the house stands, for the tests that walk through it."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def source_files() -> list[Path]:
    """Every Python file of the package."""
    return sorted((CHECKOUT / "ivrhooks").rglob("*.py"))
