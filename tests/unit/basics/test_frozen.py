"""A value is compared, hashed and replaced as a frozen dataclass is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ivrhooks.basics.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 0


def test_a_value_is_compared_and_hashed_by_its_fields() -> None:
    assert Point(1) == Point(1, 0)
    assert {Point(1), Point(1)} == {Point(1)}
    assert replace(Point(1), y=2) == Point(1, 2)
    assert not hasattr(Point(1), "__dict__")


def test_the_type_checker_refuses_to_change_one(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from ivrhooks.basics.frozen import frozen\n"
        "@frozen\nclass Point:\n    x: int\n"
        "Point(1).x = 2\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Property "x" defined in "Point" is read-only' in checked.stdout
