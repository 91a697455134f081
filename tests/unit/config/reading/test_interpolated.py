"""What was filled in: known wherever it stands, shown nowhere."""

from __future__ import annotations

from ivrhooks.config.reading.interpolated import Interpolated, as_written, filled_in


def test_interpolated_values_are_found_at_any_depth() -> None:
    value = Interpolated("Bearer abc", "Bearer ${T}", ("abc",))
    two = Interpolated("x-y", "${A}-${B}", ("x", "y"))
    assert [*filled_in({"a": [{"b": value}, 7, None, "plain"], "c": two})] == [
        *("abc", "x", "y")
    ]


def test_a_value_is_shown_as_it_was_written() -> None:
    value = Interpolated("Bearer abc", "Bearer ${T}", ("abc",))
    assert as_written(value) == "Bearer ${T}"
    assert value.hidden_in("no abc") == "no ***"
    assert (as_written(True), as_written(None), as_written(7)) == ("true", "null", "7")
    assert as_written("x" * 61).endswith("...")
