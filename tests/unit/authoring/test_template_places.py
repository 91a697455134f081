"""Where in a template something is wrong."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.template_places import UNREADABLE, placed, stopped_at


@pytest.mark.parametrize(
    ("template", "sign"),
    [
        ("{{ a.b + }}", "}}"),
        ("{{ a.b ! c }}", "!"),
        ("{{ a b }}", "b }}"),
        ("one\n{{ a.b | }} two", "}} two"),
        ("{# a note #}{% raw %}{{ x }}{% endraw %}{{ 1 2 }}", "2 }}"),
    ],
)
def test_the_parser_stops_at_a_sign(template: str, sign: str) -> None:
    assert stopped_at(template) == template.index(sign)


@pytest.mark.parametrize("template", ["{{ a.b ", "{% if a %}b", "{{ 'a' ~"])
def test_an_unclosed_template_ends_with_the_text(template: str) -> None:
    assert stopped_at(template) == len(template)


def test_a_readable_template_has_no_error_place() -> None:
    assert stopped_at("{{ a.b }} and {% if c %}d{% endif %}") is None


@pytest.mark.parametrize(
    ("template", "message", "place"),
    [
        ("{{ a }}\n{{ b + }}", f"{UNREADABLE}: unexpected", (2, 8)),
        ("{{ custmer.x }}", "undefined name `custmer` (did you mean `customer`?)", 4),
        ("x {{ inputs.tell }}", "`inputs.tell` is not declared", 6),
        ("{{ a | phon('e164') }}", "unknown filter `phon`", 8),
        ("{{ now | in_hours('ofice') }}", "no calendar 'ofice'", 20),
        ("{{ inputs['tell'] }}", "`inputs.tell` is not declared", 12),
        ("{{ tellers.tell }}", "`x.tell` is not known", 12),
        ("so {{ a }}", "something else", 4),
    ],
)
def test_a_problem_stands_at_its_word(template, message, place) -> None:
    wrong = placed(template, message, place[0] if isinstance(place, tuple) else 1)
    expected = place if isinstance(place, tuple) else (1, place)
    assert (wrong.line, wrong.column) == expected
