# ruff: noqa: E501 - a case stands on one line
"""Templates: what they give, what they refuse, and that they are bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.filters import TemplateContext
from ivrhooks.config.templates.inspection import inspect
from ivrhooks.config.templates.names import Names, names_in, plain_facts, plain_field
from ivrhooks.config.templates.paths import field_steps, plain_path

OFFICE = Calendar(((), (), (), (), ((540, 1080),), (), ()))
NAMES = Names(
    inputs=("tel", "n", "Custom params 1"),
    headers=("X-Shop",),
    lookups=("customer", "order", "contacts"),
    template_context=TemplateContext({"office": OFFICE}, "CN"),
)
RECORD = {
    "id": "c-1",
    "_id": 7,
    "code": "0123",
    "plus": "+8613800000001",
    "exp": "1e5",
    "items": [{"x": 1}, {"x": 2}],
    "keys": "k",
    "null": None,
    "pairs": [{"key": "a", "value": 1}, {"field_code": "b", "value": 2}],
}


@pytest.fixture
def templates() -> Templates:
    return Templates(NAMES)


@pytest.fixture
def value(
    templates: Templates, scope: Callable[..., Any], location: Location
) -> Callable[..., Any]:
    """What a template gives for the record above."""

    def give(text: Any, tel: str = "13800000001", **values: Any) -> Any:
        inputs = {"tel": read_phone(tel), "n": 5, "Custom params 1": "x y"}
        context = scope(inputs, **{"customer": RECORD, "order": None, **values})
        expression = templates.compile(text, location)
        assert location.report.problems() == ()
        give.notes = context.notes  # type: ignore[attr-defined]
        return expression.evaluate(context)

    return give


def refused(text: str) -> str:
    report = Report()
    location = Location(report, Document("file.yaml", Node({}, 1, 1)))
    expression = Templates(NAMES).compile(text, location)
    assert expression.evaluate(None) is None  # type: ignore[arg-type]
    return "\n".join(problem.message for problem in report.problems())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ customer.id }}", "c-1"),
        ("{{ customer.code }}", "0123"),
        ("{{ customer.plus }}", "+8613800000001"),
        ("{{ customer.exp }}", "1e5"),
        ("{{ customer.code ~ '' }}", "0123"),
        ("{{ customer._id }}", 7),
        ("{{ customer.items }}", [{"x": 1}, {"x": 2}]),
        ("{{ customer.items[1].x }}", 2),
        ("{{ customer['items'][0]['x'] }}", 1),
        ("{{ customer.keys }}", "k"),
        ("{{ customer.values }}", None),
        ("{{ customer.missing.deeper[3].still }}", None),
        ("{{ order.anything }}", None),
        ("{{ customer.null }}", None),
        ("{{ inputs['Custom params 1'] }}", "x y"),
        ("{{ inputs.n + 1 }}", 6),
        ("{{ inputs.n > 3 and customer.id }}", "c-1"),
        ("{{ customer.id }}\n", "c-1"),
        ("Order {{ customer.id }}", "Order c-1"),
        ("Order {{ order.no }}", None),
        ("Order {{ customer.null }}", None),
        ("Order {{ order.no or '' }}.", "Order ."),
        ("{{ customer.id }}{{ order.no }}", None),
        ("{% if order %}a{% else %}b{% endif %}", "b"),
        ("{% for i in customer['items'] %}{{ i.x }};{% endfor %}", "1;2;"),
        ("{% for i in [7, 8] %}{{ loop.index }}:{{ i }} {% endfor %}", "1:7 2:8 "),
        ("{{ range(3) | sum }}", 3),
        ("{{ customer.pairs | field('b') }}", 2),
        ("{{ customer.pairs | field('zz') }}", None),
        ("{{ customer | json_query('items[].x') }}", [1, 2]),
        ("{{ customer['items'] | map(attribute='x') }}", [1, 2]),
        ("{{ inputs.tel | phone('e164') }}", "+8613800000001"),
        ("{{ customer.missing | phone('e164') }}", None),
        ("{{ customer.missing | default(3) }}", 3),
        ("{{ request.id }}", "r-1"),
        ("{{ now.hour }}", 10),
        ("{{ now | in_hours('office') }}", True),
        ("{{ customer.id.upper() }}", "C-1"),
        ("plain text", "plain text"),
        (5, 5),
        (None, None),
        (True, True),
    ],
)
def test_values_of_templates(
    value: Callable[..., Any], text: Any, expected: Any
) -> None:
    result = value(text)
    assert result == expected
    assert type(result) is type(expected)


def test_headers_are_read_in_any_case(templates: Templates, location: Location) -> None:
    for name in ("X-Shop", "x-shop", "X-SHOP"):
        expression = templates.compile(f"{{{{ headers['{name}'] }}}}", location)
        assert expression.parameters == {"headers.X-Shop"}
    assert location.report.problems() == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ custmer.id }}", "undefined name `custmer` (did you mean `customer`?)"),
        ("{{ tel }}", "undefined name `tel` (did you mean `inputs.tel`?)"),
        ("{{ inputs.telx }}", "`inputs.telx` is not declared (did you mean `tel`?)"),
        ("{{ inputs['nn'] }}", "`inputs.nn` is not declared"),
        ("{{ headers['X-Shpo'] }}", "(did you mean `X-Shop`?)"),
        ("{{ lookups.custmer.status }}", "(did you mean `customer`?)"),
        ("{{ lookups.customer.state }}", "`customer.state` for its result"),
        ("{{ lookups.customer }}", "`lookups.customer.status` for its status"),
        ("{{ lookups }}", "lookups.<name>.status"),
        ("{{ lookups[inputs.tel].status }}", "lookups.<name>.status"),
        ("{{ request.idd }}", "there is `request.id`"),
        ("{{ customer.__class__ }}", "begins with __"),
        ("{{ customer['__x'] }}", "begins with __"),
        ("{{ customer | attr('__class__') }}", "begins with __"),
        ("{{ customer.items | map(attribute='a.__b') }}", "begins with __"),
        ("{{ __import__ }}", "begins with __"),
        ("text {{ customer.__class__ }}", "begins with __"),
        ("{{ inputs.tel | e164 }}", "unknown filter `e164`; write | phone('e164')"),
        ("{{ customer.id | md5 }}", "unknown filter `md5`; write | hash('md5')"),
        ("{{ customer.items | size }}", "unknown filter `size`; write | length"),
        ("{{ customer.id | uper }}", "unknown filter `uper` (did you mean `upper`?)"),
        (
            "{{ customer.id is defned }}",
            "unknown test `defned` (did you mean `defined`",
        ),
        ("{{ customer.id ", "the template cannot be read"),
        ("{% if x %}", "the template cannot be read"),
        ("{{ 1 + }}", "the template cannot be read"),
        ("{% include 'x' %}", "no place"),
        ("{% macro f() %}{% endmacro %}", "no place"),
        ("{{ now | in_hours('offce') }}", "no calendar 'offce' (did you mean `office`"),
        ("{{ inputs.tel | phone('nat') }}", "no form 'nat'"),
        ("{{ inputs.tel | phone }}", "takes one argument"),
        ("{{ customer | json_query('a[') }}", "no JMESPath"),
        ("{{ lipsum() }}", "undefined name `lipsum`"),
    ],
)
def test_templates_refused_at_load(text: str, words: str) -> None:
    assert words in refused(text)


def test_every_problem_of_a_template_is_reported() -> None:
    problems = refused("{{ custmer.id }} {{ inputs.telx }} {{ x | uper }}")
    assert all(word in problems for word in ("custmer", "telx", "`x`", "uper"))


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10 ** (10 ** 10) }}",
        "{{ range(10**9) | list }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 'a' | center(10**9) }}",
        "{{ 'a' | indent(10**9) }}",
        "{{ 1.5 | round(10**9) }}",
        "{{ [1] | batch(10**9, 0) | list }}",
        "{{ [1] | slice(10**9) | list }}",
        "{{ ('a' * 60000) | replace('a', 'b' * 60000) }}",
        "{{ ('a' * 60000) | list | join('b' * 60000) }}",
        "{{ ('a' * 60000) ~ ('b' * 60000) }}",
        "x{{ ('a' * 60000) ~ ('b' * 60000) }}",
        "{{ ('a' * 60000) + ('b' * 60000) }}",
    ],
)
def test_a_template_that_would_grow_without_end_has_no_value(
    value: Callable[..., Any], text: str
) -> None:
    assert value(text) is None
    assert len(value.notes) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "{{ 1 / 0 }}",
        "{{ customer.id + 1 }}",
        "{{ customer.missing() }}",
        "{{ customer['items'].append(1) }}",
        "{{ 'x'.format(1) }}",
        "a {{ customer.id | int + 'x' }}",
        "{{ customer.id | in_hours('office') }}",
    ],
)
def test_an_error_while_evaluating_is_no_value_with_a_note(
    value: Callable[..., Any], text: str
) -> None:
    assert value(text) is None
    assert "gave no value" in value.notes[0]  # type: ignore[attr-defined]


def test_a_note_does_not_hold_the_data(value: Callable[..., Any]) -> None:
    assert value("{{ 'x' | round }}", tel="13912345678") is None
    assert value("{{ now.strptime(inputs.tel, '%Y') }}", tel="13912345678") is None
    assert "139" not in value.notes[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ inputs.tel }}", "anonymous"),
        ("tel:{{ inputs.tel }}", "tel:anonymous"),
        ("{{ inputs.tel | phone('e164') }}", None),
        ("tel:{{ inputs.tel | phone('digits') }}", None),
        ("{{ (inputs.tel | phone('digits'))[-9:] }}", None),
        ("{{ inputs.tel.extension }}", None),
    ],
)
def test_a_withheld_number_has_a_text_and_no_form(
    value: Callable[..., Any], text: str, expected: str | None
) -> None:
    assert value(text, tel="anonymous") == expected


@pytest.mark.parametrize(
    "text",
    ["{{ inputs.tel.extension }}", "{{ inputs['tel'].extension | default('x') }}"],
)
def test_an_extension_can_be_read(value: Callable[..., Any], text: str) -> None:
    assert value(text, tel="tel:+84901230001;ext=12") == "12"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ inputs.tel }}", "+84901230001"),
        ("a {{ inputs.tel }} {{ inputs.n }}", "a +84901230001 5"),
        ("a {{ inputs.tel }} {{ inputs.n + 1 }}", "a +84901230001 6"),
        ("{{ inputs.tel | phone('digits') }}", "84901230001"),
        ("a {{ inputs.tel | upper }}", "a 84901230001"),
        ("{{ inputs.tel[-4:] }}", "0001"),
    ],
)
def test_a_bare_number_is_written_as_its_source_takes_it(
    templates: Templates,
    scope: Callable[..., Any],
    location: Location,
    text: str,
    expected: str,
) -> None:
    context = scope({"n": 5, "tel": read_phone("+84901230001")})
    e164 = templates.compile(text, location, lambda number: f"+{number}")
    assert e164.evaluate(context) == expected
    assert location.report.problems() == ()


def test_names_that_a_template_reads(templates: Templates, location: Location) -> None:
    expression = templates.compile(
        "{{ customer.id if lookups.order.status == 'ok' else inputs.n }}", location
    )
    assert expression.lookups == {"customer"}
    assert expression.statuses == {"order"}
    assert expression.parameters == {"inputs.n"}
    plain = templates.compile("{{ contacts.items[0].x }}", location)
    assert (plain.path, plain.lookups) == ("items.0.x", {"contacts"})
    assert plain.source == "{{ contacts.items[0].x }}"


def test_a_lookup_may_be_called_like_a_function_of_jinja(
    scope: Callable[..., Any], location: Location
) -> None:
    templates = Templates(Names(lookups=("range", "dict")))
    expression = templates.compile("{{ range.x ~ dict.y }}", location)
    assert expression.lookups == {"range", "dict"}
    context = scope(range={"x": 1}, dict={"y": 2})
    assert expression.evaluate(context) == "12"


def test_names_that_a_template_sets_itself_are_no_lookups(
    templates: Templates, location: Location
) -> None:
    expression = templates.compile("{% set a = inputs.n %}{{ a }}", location)
    assert location.report.problems() == ()
    assert expression.lookups == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/orders/{{ inputs.n }}", "/orders/5"),
        ("/a/{{ inputs['Custom params 1'] }}/b", "/a/x%20y/b"),
        ("/a/{{ customer.slash }}", "/a/x%2Fy%3Fz%23"),
        ("/a/{{ customer.dots }}", "/a/.."),
        ("/a/{{ order.no }}", None),
        ("/a/{{ customer.empty }}", None),
        ("/a/{{ customer.name }}", "/a/Nguy%E1%BB%85n"),
        ("/Größe/{{ inputs.n }}", "/Gr%C3%B6%C3%9Fe/5"),
        ("/plain path", "/plain%20path"),
    ],
)
def test_a_path_encodes_each_value_as_one_segment(
    templates: Templates,
    scope: Callable[..., Any],
    location: Location,
    text: str,
    expected: str | None,
) -> None:
    customer = {"slash": "x/y?z#", "dots": "..", "empty": "", "name": "Nguyễn"}
    context = scope({"n": 5, "Custom params 1": "x y"}, customer=customer, order=None)
    assert templates.compile_path(text, location).evaluate(context) == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("ab1", max_size=3)
    | st.floats(-1, 1),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "items", "1"]), inner, max_size=3)
    ),
    max_leaves=8,
)
STEPS = st.lists(
    st.sampled_from([".a", ".b", ".items", "['a']", "['1']", "[0]", "[-1]", "[1]"]),
    max_size=4,
).map("".join)


@given(JSON, STEPS)
def test_a_plain_path_agrees_with_jinja(record: Any, steps: str) -> None:
    location = Location(Report(), Document("file.yaml", Node({}, 1, 1)))
    templates = Templates(NAMES)
    plain = templates.compile(f"{{{{ customer{steps} }}}}", location)
    jinja = templates.compile(f"{{{{ [customer{steps}][0] }}}}", location)

    class Given:
        def __init__(self) -> None:
            self.values = {"customer": record, "now": datetime.now(UTC)}

        def note(self, text: str) -> None:
            raise AssertionError(text)

    text = templates.compile(f"a {{{{ customer{steps} }}}}b", location)
    slow = templates.compile(f"a {{{{ [customer{steps}][0] }}}}b", location)
    path = templates.compile_path(f"/{{{{ customer{steps} }}}}/b", location)
    slower = templates.compile_path(f"/{{{{ [customer{steps}][0] }}}}/b", location)
    assert location.report.problems() == ()
    assert plain.evaluate(Given()) == jinja.evaluate(Given())
    empty = plain.evaluate(Given()) == ""
    assert text.evaluate(Given()) == (None if empty else slow.evaluate(Given()))
    assert path.evaluate(Given()) == slower.evaluate(Given())


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.id }}",
        "{{customer._id}}",
        "{{ inputs.tel }}",
        "{{ order.items }}",
        "{{ contacts.status }}",
    ],
)
def test_a_plain_field_is_read_as_jinja_would_read_it(
    templates: Templates, text: str
) -> None:
    names = templates.names
    field = plain_field(text, names)
    assert field is not None
    environment = templates.environments.environment("exact")
    tree = environment.parse(text)
    assert plain_facts(field) == inspect(tree, environment, names, names_in(tree))
    node = tree.body[0].nodes[0]  # type: ignore[attr-defined]
    assert plain_path(node) == field_steps(node) == field


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody.id }}",
        "{{ inputs.unknown }}",
        "{{ customer.__class__ }}",
        "{{ customer.not }}",
        "{{ customer.None }}",
        "{{ customer.a.b }}",
        "{{ headers.shop }}",
        "{{ lookups.customer }}",
        "{{ customer.id }} ",
        "{{- customer.id }}",
        "{{ now.year }}",
    ],
)
def test_whatever_is_not_plainly_right_goes_to_jinja(text: str) -> None:
    assert plain_field(text, NAMES) is None
    assert plain_field("{{ customer.id }}", replace(NAMES, extra=("response",))) is None


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{ (inputs.name or '').upper }}",
        "Hi {{ inputs.name.upper | default('x') }}",
        "Hi {{ now.isoformat }}",
        "Hi {{ range }}",
    ],
)
def test_a_method_that_is_not_called_is_no_value_in_a_text(
    location: Any, scope: Any, text: str
) -> None:
    """Otherwise a caller hears where it stands in memory."""
    compiled = Templates(Names(inputs=("name",))).compile(text, location)
    assert location.report.problems() == ()
    assert compiled(scope({"name": "Wang"})) is None


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("{{ 1 if customer.id = 2 else 0 }}", "write == to compare"),
        ("{{ customer.id", "write {{ … }}, two braces at each end"),
        ("{{ customer.id } }", "write {{ … }}, two braces at each end"),
        ("{{ (customer.id }}", "close the bracket )"),
        ("{{ [customer.id }}", "close the bracket ]"),
        ("{{ customer.id || 'x' }}", "write `or`"),
        ("{{ customer.id && 'x' }}", "write `and`"),
        ("{{ !customer.id }}", "write `not`"),
        ("{{ customer.id ? 1 : 0 }}", "write a if condition else b"),
        ("{{ customer.id or “x” }}", "write straight quotes, '…'"),
        ("{{ customer.id or ‘x’ }}", "write straight quotes, '…'"),
        ("{{ customer.id 'x' }}", "write an operator or | between the two"),
        ("{{ 1 + }}", "write what is missing before the braces"),
        ("{% if customer.id", "write {% … %} around it"),
        ("{% if customer.id 'x' %}1{% endif %}", "write an operator or a filter between the two"),
        ("{% if customer.id %}1", "close the block with {% endif %}"),
        ("{% for a in customer.items %}1", "close the block with {% endfor %}"),
        ("{{ customer.id § }}", "put texts in quotes"),
        ("{% elseif %}", "write {% elif … %}, with {% if … %} before it"),
        ("{% else %}", "write {% elif … %}, with {% if … %} before it"),
        ("1{% endif %}", "write {% if … %} or {% for … %} before it"),
        ("{% fi customer.id %}1", "write {% if … %}, {% for … %} or {% set … %}"),
        ("{% for customer.items %}1{% endfor %}", "write {% for x in … %}"),
        ("{% if %}1{% endif %}", "write what is missing before %}"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_parse_has_its_cure(text: str, cure: str) -> None:
    message = refused(text)
    assert message.startswith("the template cannot be read: ")
    assert message.rpartition("; ")[2] == cure


def test_a_mistake_in_a_text_of_several_lines_is_reported_at_its_line(
    folder: Any,
) -> None:
    folder.endpoint(
        "endpoint: e\npath: /e\nformat: form\noutputs:\n  a:\n    type: string\n"
        "    default: ''\n    value: |\n      {{ now }}\n      {{ 1 + }}\n"
    )
    (problem,) = folder.problems()
    assert (problem.line, problem.path) == (9, "outputs.a.value")


def test_a_template_that_is_too_deep_says_so() -> None:
    message = refused("{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}")
    assert message == "the template cannot be read: it is too deep; mend it"


@pytest.mark.parametrize(
    ("text", "path", "steps"),
    [
        ("{{ customer.items[0].x }}", "items.0.x", ("customer", "items", 0, "x")),
        ("{{ customer }}", "", ("customer",)),
        ("{{ inputs.tel }}", "", ("inputs", "tel")),
        ("{{ customer.id | upper }}", "", ("customer", "id")),
        ("{{ 1 + 1 }}", "", ()),
        ("{{ now }}", "", ("now",)),
    ],
)
def test_the_path_below_a_lookup_and_the_field_that_is_given(
    templates: Templates, location: Location, text: str, path: str, steps: Any
) -> None:
    expression = templates.compile(text, location)
    assert (expression.path, expression.steps) == (path, steps)
