# ruff: noqa: E501 - a case stands on one line
"""What a template may name: each name, attribute, filter and statement that it may not,
and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.reading.report import Location
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.filters import ARGUMENTS, TemplateContext
from ivrhooks.config.templates.names import Names

NAMES = Names(
    inputs=("tel", "order_no", "Custom params 1"),
    headers=("X-Shop",),
    lookups=("customer", "range"),
    actions=("note",),
    template_context=TemplateContext({"office": Calendar()}),
)
KNOWN = "known here: `inputs`, `headers`, `lookups`, `now`, `request`, `actions`, `customer`, `range`"
OWN_FILTERS = ", ".join(f"`{name}`" for name in ARGUMENTS)
HASHES = "write `md5`, `sha1`, `sha256`, `sha512`"


def judged(
    text: str, location: Location, names: Names = NAMES
) -> tuple[Any, list[str]]:
    expression = Templates(names).compile(text, location)
    return expression, [problem.message for problem in location.report.problems()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ custmer.nick }}", "undefined name `custmer` (did you mean `customer`?)"),
        ("{{ tel }}", "undefined name `tel` (did you mean `inputs.tel`?)"),
        ("{{ note.id }}", "undefined name `note` (did you mean `actions.note.id`?)"),
        ("{{ zzz }}", f"undefined name `zzz`; {KNOWN}"),
        ("{{ null }}", "undefined name `null`; what has no value is `none`"),
        ("{{ undefined }}", "undefined name `undefined`; what has no value is `none`"),
        ("{{ self }}", f"undefined name `self`; {KNOWN}"),
        ("a {{ self.tel }}", f"undefined name `self`; {KNOWN}"),
        ("{{ loop.index }}", f"undefined name `loop`; {KNOWN}"),
        ("{{ lipsum() }}", f"undefined name `lipsum`; {KNOWN}"),
        ("{% for x in [1] %}{% endfor %}{{ x }}", f"undefined name `x`; {KNOWN}"),
        ("{{ __class__ }}", "the name `__class__` begins with __, which is refused"),
        ("{{ customer.__class__ }}", "the attribute `__class__` begins with __, which is refused"),
        ("{{ customer['__init__'] }}", "the attribute `__init__` begins with __, which is refused"),
        ("{{ customer | attr('__init__') }}", "the attribute `__init__` begins with __: refused"),
        ("{{ customer.rows | map(attribute='a.__class__') | list }}", "the attribute `__class__` begins with __: refused"),
        ("{{ customer.rows | sort(attribute='__class__') }}", "the attribute `__class__` begins with __: refused"),
        ("{{ inputs.tle }}", "`inputs.tle` is not declared (did you mean `tel`?)"),
        ("{{ inputs.zzz }}", "`inputs.zzz` is not declared; declared: `tel`, `order_no`, `Custom params 1`"),
        ("{{ inputs.Custom }}", "`inputs.Custom` is not declared; write inputs['Custom params 1']"),
        ("{{ headers.zzz }}", "`headers.zzz` is not declared; declared: `X-Shop`"),
        ("{{ headers['X-Shp'] }}", "`headers.X-Shp` is not declared (did you mean `X-Shop`?)"),
        ("{{ request.ip }}", "`request.ip` is not known; there is `request.id`"),
        ("{{ lookups }}", "of `lookups` write lookups.<name>.status only"),
        ("{{ lookups.customer }}", "write `lookups.customer.status` for its status, `customer` for its result"),
        ("{{ lookups.customer.nick }}", "write `lookups.customer.status` for its status, `customer.nick` for its result"),
        ("{{ lookups.custmer.status }}", "`lookups.custmer` is no lookup of this endpoint (did you mean `customer`?)"),
        ("{{ lookups.zzz.status }}", "`lookups.zzz` is no lookup of this endpoint; lookups: `customer`, `range`"),
        ("{{ lookups[inputs.tel].status }}", "write lookups.<name>.status, with the lookup's name"),
        ("{{ actions }}", "of `actions` write actions.<name>.id only"),
        ("{{ actions.note }}", "of `actions` write actions.<name>.id only"),
        ("{{ actions.note.status }}", "of `actions` write actions.<name>.id only"),
        ("{{ actions.nte.id }}", "`actions.nte` is no action of this endpoint (did you mean `note`?)"),
        ("{{ actions[inputs.tel].id }}", "write actions.<name>.id, with the action's name"),
        ("{{ customer.nick | uper }}", "unknown filter `uper` (did you mean `upper`?)"),
        ("{{ customer.nick | zzz }}", f"unknown filter `zzz`; write one of Jinja's, or of {OWN_FILTERS}"),
        ("{{ customer is nne }}", "unknown test `nne` (did you mean `none`?)"),
        ("{{ customer is zzz }}", "unknown test `zzz`; write one of Jinja's: defined, none, number, string, …"),
        ("{% include 'a' %}", "{% include %} has no place in a template here; remove it"),
        ("{% import 'a' as b %}", "{% import %} has no place in a template here; remove it"),
        ("{% from 'a' import b %}", "{% from … import %} has no place in a template here; remove it"),
        ("{% extends 'a' %}", "{% extends %} has no place in a template here; remove it"),
        ("{% block a %}{% endblock %}", "{% block %} has no place in a template here; remove it"),
        ("{% macro a() %}{% endmacro %}", "{% macro %} has no place in a template here; remove it"),
        ("{% call a() %}{% endcall %}", "{% call %} has no place in a template here; remove it"),
    ],
)  # fmt: skip
def test_a_forbidden_name_is_one_error(
    location: Location, text: str, message: str
) -> None:
    assert judged(text, location)[1] == [message]


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ("inputs.tel | phone", "the filter phone takes one argument; write phone('…')"),
        ("inputs.tel | phone('e164', 'x')", "the filter phone takes one argument; write phone('…')"),
        ("inputs.tel | phone('e165')", "no form 'e165' of a number; write `e164`, `national`, `digits`"),
        ("inputs.tel | phone(1)", "the filter phone takes a text, phone('…')"),
        ("inputs.tel | phone(form='e165')", "no form 'e165' of a number; write `e164`, `national`, `digits`"),
        ("now | in_hours", "the filter in_hours takes one argument; write in_hours('…')"),
        ("now | in_hours('offce')", "no calendar 'offce' (did you mean `office`?); calendars: `office`"),
        ("'zzz' | opens_at", "no calendar 'zzz'; calendars: `office`"),
        ("'zzz' | closes_at", "no calendar 'zzz'; calendars: `office`"),
        ("'office' | opens_at('x')", "the filter opens_at takes no argument; write | opens_at"),
        ("customer | field", "the filter field takes one argument; write field('…')"),
        ("customer | field(1)", "the filter field takes a text, field('…')"),
        ("inputs.tel | hash('md6')", f"no hash 'md6' (did you mean `md5`?); {HASHES}"),
        ("inputs.tel | hmac", "the filter hmac takes 1 to 2 arguments; write hmac('…')"),
        ("inputs.tel | hmac('k', 'zzz')", f"no hash 'zzz'; {HASHES}"),
        ("inputs.tel | b64encode('x')", "the filter b64encode takes no argument; write | b64encode"),
        ("inputs.tel | regex_search('(')", "no regular expression: missing ) at position 1; mend it"),
        ("inputs.tel | regex_replace('(', 'x')", "no regular expression: missing ) at position 1; mend it"),
        ("inputs.tel | regex_replace('a', 'b', 'c')", "the filter regex_replace takes 1 to 2 arguments; write regex_replace('…')"),
        ("inputs.tel | to_datetime('%')", "'%' is no format of a moment; write '%Y-%m-%d %H:%M:%S'"),
    ],
)  # fmt: skip
def test_a_constant_argument_that_cannot_work_is_an_error(
    location: Location, filter_: str, message: str
) -> None:
    assert judged(f"{{{{ {filter_} }}}}", location)[1] == [message]


@pytest.mark.parametrize(
    ("text", "reason", "cure"),
    [
        ("{{ 1 + }}", "unexpected 'end of print statement'", "write what is missing before the braces"),
        ("{{ customer | }}", "expected token 'name', got 'end of print statement'", "write what is missing before the braces"),
        ("{{ a b }}", "expected token 'end of print statement', got 'b'", "write an operator or | between the two"),
        ("{{ tel = 1 }}", "got '='", "write == to compare"),
        ("{{ (1 }}", "expected ')'", "close the bracket )"),
        ("{{ [1 }}", "expected ']'", "close the bracket ]"),
        ("{{ customer || 1 }}", "got '|'", "write `or`"),
        ("{{ customer && 1 }}", "unexpected char '&'", "write `and`"),
        ("{{ !customer }}", "unexpected char '!'", "write `not`"),
        ("{{ customer ? 1 }}", "unexpected char '?'", "write a if condition else b"),
        ("{{ “a” }}", "unexpected char '“'", "write straight quotes, '…'"),
        ("{{ ‘a’ }}", "unexpected char '‘'", "write straight quotes, '…'"),
        ("{{ 'a }}", "unexpected char", "put texts in quotes"),
        ("{% if customer %}x", "'endif'", "close the block with {% endif %}"),
        ("{% for x in [1] %}x", "'endfor'", "close the block with {% endfor %}"),
        ("{{ customer }", "unexpected '}'", "write {{ … }}, two braces at each end"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_read_says_how_to_mend_it(
    location: Location, text: str, reason: str, cure: str
) -> None:
    (message,) = judged(text, location)[1]
    assert message.startswith("the template cannot be read: ")
    assert reason in message
    assert message.endswith(f"; {cure}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{{ customer.nick }}", {"lookups": {"customer"}}),
        ("{{ range.nick }} {{ now }}", {"lookups": {"range"}, "clock": True}),
        ("{{ range.nick | upper }}", {"lookups": {"range"}}),  # no global of Jinja
        ("{{ lookups.customer.status }}", {"statuses": {"customer"}}),
        ("{{ lookups['customer']['status'] }}", {"statuses": {"customer"}}),
        ("{{ actions.note.id or '' }}", {"actions": {"note"}}),
        ("{{ inputs.tel | upper }}", {"parameters": {"inputs.tel"}}),
        ("{{ inputs['Custom params 1'] }}", {"parameters": {"inputs.Custom params 1"}, "bare": {"inputs.Custom params 1"}}),
        ("{{ headers['x-SHOP'] }}", {"parameters": {"headers.X-Shop"}, "bare": {"headers.X-Shop"}}),
        ("{{ inputs | to_json }}", {"parameters": {"inputs.*"}}),
        ("{{ inputs[customer.nick] }}", {"lookups": {"customer"}, "parameters": {"inputs.*"}}),
        ("{{ request.id }}", {"request": True}),
        ("{{ 'office' | opens_at }}", {"clock": True}),
        ("{{ now | in_hours('office') }}", {"clock": True}),
        ("{% set a = customer %}{{ a }}", {"lookups": {"customer"}}),
        ("{% set customer = 1 %}{{ customer }}", {}),
        ("{% for x in customer.rows %}{{ x }}{{ loop.index }}{% endfor %}", {"lookups": {"customer"}}),
        ("{% raw %}{{ x }}{% endraw %}", {}),
        ("{# {{ x }} #}a", {}),
    ],
)  # fmt: skip
def test_reads_of_a_template(
    location: Location, text: str, parts: dict[str, Any]
) -> None:
    expression, messages = judged(text, location)
    assert messages == []
    kinds = ("lookups", "statuses", "parameters", "actions")
    assert {kind: getattr(expression, kind) for kind in kinds} == {
        kind: frozenset(parts.get(kind, ())) for kind in kinds
    }
    assert expression.clock is parts.get("clock", False)
    assert expression.request is parts.get("request", False)
    if "bare" in parts:
        assert expression.bare == parts["bare"]


def test_two_mistakes_are_two_errors(location: Location) -> None:
    _, messages = judged("{{ lookups.customer }}{{ tle }}{{ tle }}", location)
    assert len(messages) == 2


def test_an_error_stands_in_the_line_of_a_text_of_several_lines(
    location: Location,
) -> None:
    judged("a\n{{ customer.nick }}\n{{ zzz }}", location)
    (problem,) = location.report.problems()
    assert problem.line == location.document.root.line + 2
