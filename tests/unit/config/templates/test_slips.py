# ruff: noqa: E501 - a case stands on one line
"""Another language's habits in a template, and what is no slip beside them."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment

from ivrhooks.config.templates.filters import ARGUMENTS
from ivrhooks.config.templates.names import Names
from ivrhooks.config.templates.paths import walk
from ivrhooks.config.templates.slips import FILTERS_FOR, slip_of

NAMES = Names(
    inputs=("order_no", "Custom no"), headers=("X-Api-Key",), lookups=("customer",)
)
RESPONSE = Names(extra=("response",))
FILTERS = ("in_hours", "phone", "length")


def slips(text: str, names: Names = NAMES) -> list[tuple[str, bool]]:
    tree = Environment(autoescape=True).parse(f"{{{{ {text} }}}}")
    candidates = (slip_of(node, FILTERS, names) for node in walk(tree))
    return [(slip.message, slip.wrong) for slip in candidates if slip is not None]


@pytest.mark.parametrize(
    ("text", "words", "wrong"),
    [
        ("headers.x-api-key", "write headers['X-Api-Key']", True),
        ("headers.x-api-kee", "write headers['X-Api-Key']", True),
        ("headers.other-name", "write headers['other-name']", True),
        ("inputs.order-no", "write inputs.order_no", True),
        ("inputs.Custom-no", "write inputs['Custom no']", True),
        ("now()", "`now` is no function; write it without ()", True),
        ("in_hours('office')", "write now | in_hours(…)", True),
        ("length(customer)", "write value | length(…)", True),
        ("len(customer.tags)", "`len` is no function here; write value | length", True),
        ("parseInt(customer.n)", "write value | int", True),
        ("md5(inputs.order_no)", "write value | hash('md5')", True),
        ("lookups.customer.status == 'failed'", "the status 'failed'", False),
        ("lookups.customer.status in ['ok', 'oke']", "did you mean `ok`?", False),
    ],
)
def test_a_typo_is_reported_with_its_cure(text: str, words: str, wrong: bool) -> None:
    message, is_wrong = slips(text)[0]
    assert words in message
    assert is_wrong == wrong


def test_a_text_without_quotes_is_reported() -> None:
    tree = Environment(autoescape=True)
    tree.filters["in_hours"] = str
    parsed = tree.parse("{{ now | in_hours(office) }}")
    (slip,) = [
        candidate
        for node in walk(parsed)
        if (candidate := slip_of(node, FILTERS, NAMES))
    ]
    assert slip.message.endswith("a text stands in quotes: in_hours('office')")
    assert len(slip.nodes) == 1


def test_an_answer_s_own_keys_stand_in_its_body() -> None:
    ((message, _),) = slips("response.code", RESPONSE)
    assert "write response.json.code" in message
    assert slips("response.json.code", RESPONSE) == []
    assert slips("response.code") == []  # no such name here, which is told elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "(inputs['Custom no'] | int) - inputs.order_no",
        "1 - inputs.order_no",
        "customer.a - customer.b",
        "customer.state == customer.other",
        "customer.state == none",
        "'a' | replace('b', 'c')",
        "customer.total - customer.paid",
        "inputs.a - 1",
        "now.strftime('%Y')",
        "range(3)",
        "lookups.customer.status == 'ok'",
        "lookups.customer.status in ['ok', 'stale']",
        "lookups.customer.status == inputs.status",
        "customer.status == 'active'",
    ],
)
def test_correct_texts_are_no_typo(text: str) -> None:
    assert slips(text) == []


def test_each_filter_that_stands_for_a_function_is_there() -> None:
    known = {*Environment(autoescape=True).filters, *ARGUMENTS}
    for cure in FILTERS_FOR.values():
        assert cure.partition("(")[0] in known


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("my-order.no", True),
        ("my-order", True),
        ("my-other.no", False),
        ("(1)-order.no", False),
        ("my-order.no - 1", True),
    ],
)
def test_a_lookup_with_a_hyphen_is_no_second_mistake_where_it_is_used(
    text: str, is_found: bool
) -> None:
    """Its name is refused already, where it stands."""
    names = Names(lookups=("my-order",))
    assert (("", True) in slips(text, names)) is is_found


def test_only_the_names_of_the_lookup_are_reported_elsewhere(folder: Any) -> None:
    folder.endpoint(
        "endpoint: e\npath: /e\nformat: form\n"
        "lookups: {my-order: {source: shop, request: {path: /o}}}\n"
        "outputs:\n  a: {type: string, default: '', "
        "value: '{{ my-order.no }} {{ mine }}'}\n"
    )
    messages = [problem.message.partition(";")[0] for problem in folder.problems()]
    assert messages == [
        "templates cannot name a lookup `my-order`",
        "undefined name `mine`",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("headers.X-Api-Key", "`headers.X-Api-Key` subtracts; write headers['X-Api-Key']"),
        ("inputs.order-no", "`inputs.order-no` subtracts; write inputs.order_no"),
        ("now()", "`now` is no function; write it without ()"),
        ("phone(1)", "`phone` is a filter; write value | phone(…)"),
        ("lookups.customer.status == 'oke'", "no lookup has the status 'oke' (did you mean `ok`?); statuses: `ok`, `not_found`, `timeout`, `error`, `open`, `busy`, `skipped`, `stale`"),
        ("'a' | regex_search('\\b')", "`regex_search` is given a control character, since one backslash is no backslash within quotes; write two: '\\\\1', '\\\\b'"),
        ("customer.state == paid", "undefined name `paid`; a text stands in quotes: 'paid'"),
    ],
)  # fmt: skip
def test_a_typo_gets_a_correction(text: str, message: str) -> None:
    assert slips(text)[0][0] == message


def test_the_keys_of_an_answer_are_listed_once() -> None:
    ((message, _),) = slips("response.body", RESPONSE)
    assert message.endswith(
        "for a key of the body; there is `response.status`, `response.headers`, "
        "`response.text`, `response.json`, `response.xml`"
    )
