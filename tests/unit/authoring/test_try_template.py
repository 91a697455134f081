"""One template over results that are given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivrhooks.authoring.try_template import (
    CannotTry,
    TryRequest,
    TryResult,
    try_template,
)
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration

ROOT = """\
version: 1
region: CN
timezone: Asia/Shanghai
calendars:
  office: {mon: ["09:00-18:00"]}
sources:
  crm: {kind: bangwo8, base_url: sandbox, auth: {account: a@b.cn, password: p}}
"""
DESK = """\
endpoint: desk
path: /api/desk
format: form
inputs:
  tel: {type: string, format: phone, required: true}
  menu: {type: int}
lookups:
  customer:
    {source: crm, operation: search_companies, params: {query: "{{ inputs.tel }}"}}
  order:
    {source: crm, operation: search_companies, params: {query: "{{ inputs.menu }}"}}
outputs:
  name: {type: string, value: "{{ customer.hits.total }}", default: ""}
  state: {type: string, value: "{{ order.hits.total }}", default: ""}
"""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    folder = tmp_path_factory.mktemp("configs")
    (folder / "endpoints").mkdir()
    (folder / "ivrhooks.yaml").write_text(ROOT)
    (folder / "endpoints/desk.yaml").write_text(DESK)
    return load(str(folder), environ={})


@pytest.fixture
def tried(configuration: Configuration) -> Any:
    def run(
        template: str, record: Any = None, endpoint: str = "", **more: Any
    ) -> TryResult:
        plan = configuration.by_name(endpoint)
        return try_template(TryRequest(template, record, **more), configuration, plan)

    return run


def test_without_an_endpoint_any_name_is_the_result(tried) -> None:
    result = tried("{{ customer.level }}", {"level": "3"})
    assert (result.value, result.because, result.as_int, result.as_text) == (
        "3",
        "",
        3,
        "3",
    )
    assert [(field.name, field.found, field.value) for field in result.read] == [
        ("customer.level", True, "3")
    ]
    assert tried("{{ shop.items[1].no + 1 }}", {"items": [{}, {"no": 6}]}).value == 7


def test_a_missing_field_is_no_value_and_reported(tried) -> None:
    result = tried("{{ customer.levl }}", {"level": "3"})
    assert (result.value, result.because) == (None, "no_value")
    assert [(field.name, field.found) for field in result.read] == [
        ("customer.levl", False)
    ]


def test_a_failure_and_a_miss_can_be_given(tried) -> None:
    assert tried("{{ a.b or 'x' }}", {"fail": "timeout"}).because == "timeout"
    assert tried("{{ lookups.a.status }}", {"fail": "open"}).value == "open"
    assert tried("{{ lookups.a.status }}", None).value == "not_found"
    assert tried("{{ 'nobody' if not a else a.b }}", None).value == "nobody"


def test_results_of_several_lookups_go_by_their_names(tried) -> None:
    template = "{{ customer.companyName }} {{ order.status }}"
    results = {"customer": {"companyName": "A"}, "order": {"status": 2}}
    assert tried(template, results, "desk").value == "A 2"
    result = tried("{{ order.order }}", {"order": 5}, lookup="order")
    assert result.value == 5
    with pytest.raises(CannotTry, match="customer, order"):
        tried(template, {"companyName": "A"}, "desk")


def test_with_an_endpoint_its_names_and_words_count(tried) -> None:
    result = tried("{{ custmer.companyName }}", {}, "desk")
    [wrong] = result.errors
    assert (wrong.line, wrong.column) == (1, 4)
    assert "did you mean `customer`" in wrong.message
    empty = tried("{{ customer.day }}", {"day": "0000-00-00"}, "desk")
    assert (empty.value, empty.because) == (None, "no_value")
    assert tried("{{ customer.day }}", {"day": "0000-00-00"}).value == "0000-00-00"


def test_inputs_are_read_as_the_contract_reads_them(tried) -> None:
    inputs = {"tel": "+86 138-0000-0001", "menu": "2"}
    result = tried(
        "{{ inputs.tel | phone('national') }}/{{ inputs.menu + 1 }}",
        None,
        "desk",
        inputs=inputs,
    )
    assert result.value == "13800000001/3"
    assert tried("{{ inputs.menu }}", None, "desk").because == "no_value"
    assert tried("{{ inputs.any }}", None, inputs={"any": "x"}).value == "x"


def test_calendars_and_the_moment_are_the_configurations(tried) -> None:
    template = "{{ now | in_hours('office') }}"
    monday = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)  # ten o'clock in Shanghai
    assert tried(template, None, "desk", now=monday).value is True
    evening = monday.replace(hour=12)
    assert tried(template, None, "desk", now=evening).value is False
    assert tried("{{ now | in_hours('ofice') }}", None, "desk").errors[0].column == 20


def test_an_evaluation_error_is_a_note(tried) -> None:
    result = tried("{{ 1 / a.b }}", {"b": 0})
    assert (result.value, result.because) == (None, "no_value")
    assert result.notes and "gave no value" in result.notes[0]


def test_nothing_of_python_can_be_reached(tried) -> None:
    for template in ("{{ a.__class__ }}", "{{ ''.__class__ }}", "{{ __import__ }}"):
        assert tried(template, {}).errors, template
    assert tried("{{ 'a' * 1000000000 }}").because == "no_value"


def test_plain_text_and_unreadable_templates(tried) -> None:
    assert tried("plain").value == "plain"
    [wrong] = tried("{{ a.b + }}", {}).errors
    assert (wrong.line, wrong.column) == (1, 10)


def test_names_that_the_template_sets_itself_are_no_lookups(tried) -> None:
    result = tried(
        "{% for one in a.all %}{{ one.no }},{% endfor %}", {"all": [{"no": 1}]}
    )
    assert result.value == "1,"
    assert [field.name for field in result.read] == ["a.all"]


@pytest.mark.parametrize(
    ("template", "endpoint", "fields"),
    [
        ("{{ inputs.menu }}", "desk", [("inputs.menu", True)]),
        ("{{ inputs.tel.extension }}", "desk", [("inputs.tel.extension", False)]),
        ("{{ headers['X-Shop'] }}", "", [("headers.X-Shop", True)]),
        ("{{ lookups.a.status }}", "", [("lookups.a.status", True)]),
        ("{{ a.b.c or a.b.d or a.b.c }}", "", [("a.b.c", True), ("a.b.d", False)]),
        ("{{ a.list[0].n }}{{ a.list[9] }}", "",
         [("a.list.0.n", True), ("a.list.9", False)]),
        ("{{ now.hour }}", "", []),
        ("{% set x = a.b %}{{ x }}", "", [("a.b", True)]),
    ],
)  # fmt: skip
def test_each_path_that_is_read_is_shown_once_and_whole(
    tried: Any, template: str, endpoint: str, fields: list[tuple[str, bool]]
) -> None:
    record = {"b": {"c": 1}, "list": [{"n": 2}]} if not endpoint else None
    inputs = {"tel": "13800000001", "menu": 7}
    headers = {"X-Shop": "north"}
    result = tried(template, record, endpoint, inputs=inputs, headers=headers)
    assert [(field.name, field.found) for field in result.read] == fields
    assert result.errors == ()


def test_an_error_stands_at_its_line_and_column(tried: Any) -> None:
    [wrong] = tried("line\n  {{ a.b | nofilter }}", {}).errors
    assert (wrong.line, wrong.column) == (2, 12)
    [broken] = tried("{{ a.b", {}).errors
    assert broken.line == 1
