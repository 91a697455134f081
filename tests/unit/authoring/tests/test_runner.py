"""The ``tests:`` of endpoints: what passes, what fails, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.answering import engine
from ivrhooks.answering.compiled import CompiledPlan
from ivrhooks.authoring.tests.runner import (
    CaseResult,
    EndpointResult,
    is_found,
    run_tests,
)
from ivrhooks.basics.errors import ConfigError
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Query

Run = Callable[..., CaseResult]
KEY = "headers: {X-Api-Key: desk-key-7}"
TEL = 'inputs: {tel: "13800000001"}'
WANG = "customer: {nick: Wang, isVip: '1'}"


@pytest.fixture
def run(authored, vip_text: str) -> Run:  # type: ignore[no-untyped-def]
    """One test of the endpoint ``vip``, its entry as YAML on one line."""

    def of(*entry: str, endpoint: str = vip_text) -> CaseResult:
        text = endpoint.partition("tests:")[0]
        entries = ", ".join(entry)
        loaded = authored.load({"vip": f"{text}tests:\n  - {{name: it, {entries}}}\n"})
        results = {result.endpoint: result for result in run_tests(loaded)}
        (case,) = results["vip"].cases
        return case

    return of


def test_every_endpoint_has_its_results(configuration) -> None:  # type: ignore[no-untyped-def]
    results = run_tests(configuration)
    assert {result.endpoint: len(result.cases) for result in results} == {
        "system": 0,
        "desk": 1,
        "vip": 1,
    }
    assert not any(result.failed for result in results)
    assert [result.file.rpartition("/")[2] for result in results if result.cases] == [
        "desk.yaml",
        "vip.yaml",
    ]


def test_a_test_prepares_no_endpoint_but_its_own(configuration, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    prepared: list[str] = []

    class Counted(CompiledPlan):
        def __init__(self, plan: Any, sources: Any) -> None:
            prepared.append(plan.endpoint)
            super().__init__(plan, sources)

    monkeypatch.setattr(engine, "CompiledPlan", Counted)
    run_tests(configuration)
    assert sorted(prepared) == ["desk", "vip"]


def test_templates_when_map_and_defaults_apply(run: Run) -> None:
    order = "order: {fail: timeout}"
    first = run(KEY, TEL, f"sources: {{{WANG}}}", "expect: {isVip: 1, state: null}")
    assert first.passed, first.reasons
    inputs = 'inputs: {tel: "13800000001", order no: 7}'
    second = run(
        KEY,
        inputs,
        f"sources: {{{WANG}, {order}}}",
        "expect: {isVip: 1, state: null}",
        "degraded: order=timeout",
    )
    assert second.passed, second.reasons


def test_a_difference_shows_types_and_why(run: Run) -> None:
    case = run(KEY, TEL, "sources: {customer: null}", "expect: {isVip: 1, name: W}")
    assert case.reasons == (
        "isVip: expected 1, came 0 (default, because not found)",
        'name: expected "W", came "Caller" (default, because not found)',
    )
    left_out = run(
        KEY, TEL, f"sources: {{{WANG}}}", "expect: {state: open, name: null}"
    )
    assert [str(difference.came) for difference in left_out.differences] == [
        "left out",
        "Wang",
    ]


@pytest.mark.parametrize(
    ("result", "degraded"),
    [
        *((f"{{fail: {how}}}", f"customer={how}") for how in ("timeout", "error")),
        *((f"{{fail: {how}}}", f"customer={how}") for how in ("open", "busy")),
        ("{fail: not_found}", '""'),
        ("{}", '""'),
        ("null", "null"),
    ],
)
def test_a_lookup_can_fail_in_every_way(run: Run, result: str, degraded: str) -> None:
    case = run(
        KEY,
        TEL,
        f"sources: {{customer: {result}}}",
        "expect: {isVip: 0, name: Caller}",
        f"degraded: {degraded}",
    )
    assert case.passed, case.reasons


def test_a_lookup_that_is_asked_needs_an_entry(run: Run) -> None:
    case = run(KEY, TEL, "expect: {isVip: 0}")
    assert not case.passed
    assert "the lookup customer is asked" in case.problems[0]
    withheld = run(KEY, "inputs: {tel: anonymous}", "expect: {isVip: 0}")
    assert withheld.passed, withheld.reasons
    ignored = run(KEY, TEL, f"sources: {{{WANG}, order: {{state: paid}}}}")
    assert ignored.passed, ignored.reasons


def test_an_entry_of_an_unknown_lookup_is_refused(run: Run) -> None:
    with pytest.raises(ConfigError, match="custmer"):
        run(KEY, TEL, "sources: {custmer: null}")


def test_the_contract_is_checked_with_its_secrets(run: Run) -> None:
    without = "headers: {X-Api-Key: null}"
    case = run(without, TEL, "expect: {isVip: 0}")
    assert "the data request is refused, 401 unauthorized" in case.problems[0]
    refused = ("status: 401", "error: unauthorized", "expect: {isVip: 0}")
    assert run(without, TEL, *refused).passed
    assert run("headers: {x-api-key: other}", TEL, *refused).passed
    assert not run(KEY, TEL, f"sources: {{{WANG}}}", "status: 401").passed
    wrong = run(KEY, "inputs: {order no: 1000}", "error: invalid_input")
    assert wrong.passed, wrong.reasons


def test_an_agreed_value_that_a_test_does_not_name_is_filled_in(run: Run) -> None:
    case = run(TEL, f"sources: {{{WANG}}}", "status: 200")
    assert case.passed, case.reasons


def test_no_secret_is_shown(run: Run) -> None:
    case = run(
        KEY,
        TEL,
        "sources: {customer: {nick: desk-key-7}}",
        "expect: {name: desk-key-7 or so}",
    )
    assert not case.passed
    assert "desk-key-7" not in str(case.reasons)


def test_mode_and_now_of_a_test_override(authored, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("IVRHOOKS_MODE", "mock")
    text = (
        "endpoint: vip\npath: /a\nformat: form\n"
        "outputs: {h: {type: int, value: '{{ now.hour }}', default: 0}}\n"
        "mock: [{outputs: {h: 77}}]\n"
        "tests:\n"
        "  - {name: a, now: '2026-03-03T09:00:00+00:00', expect: {h: 9}}\n"
        "  - {name: b, now: '2026-03-03T09:00:00+02:00', expect: {h: 7}}\n"
        "  - {name: c, mode: mock, expect: {h: 77}}\n"
    )
    cases = cases_of(run_tests(authored.load({"vip": text})))
    assert [case.reasons for case in cases] == [(), (), ()]


def test_a_chain_has_one_result_for_all_its_links(authored, vip_text: str) -> None:  # type: ignore[no-untyped-def]
    text = vip_text.partition("tests:")[0].replace(
        "{source: crm, params:", "{source: [crm, crm], params:"
    )
    entries = (
        f"  - {{name: a, {KEY}, {TEL}, sources: {{{WANG}}}, expect: {{isVip: 1}}}}\n"
        f"  - {{name: b, {KEY}, {TEL}, sources: {{customer: {{fail: busy}}}}, "
        "degraded: customer=busy}\n"
    )
    cases = cases_of(run_tests(authored.load({"vip": f"{text}tests:\n{entries}"})))
    assert [case.reasons for case in cases] == [(), ()]


def cases_of(results: tuple[EndpointResult, ...]) -> tuple[CaseResult, ...]:
    (cases,) = (result.cases for result in results if result.endpoint == "vip")
    return cases


def test_actions_are_expected_and_none_is_stored(authored, vip_text: str) -> None:  # type: ignore[no-untyped-def]
    def reasons(expected: str) -> tuple[str, ...]:
        endpoint = vip_text.partition("tests:")[0]
        crm = "request: {method: POST, path: /notes, json: {text: '{{ inputs.tel }}'}}"
        action = (
            f"actions: {{note: {{source: shop, {crm}, when: '{{{{ customer }}}}'}}}}"
        )
        case = f"{{name: it, {KEY}, {TEL}, sources: {{{WANG}}}, {expected}}}"
        loaded = authored.load({"vip": f"{endpoint}{action}\ntests: [{case}]\n"})
        results = {result.endpoint: result for result in run_tests(loaded)}
        return results["vip"].cases[0].reasons

    part = "{name: note, params: {json: {text: '13800000001'}}}"
    assert reasons(f"expect_actions: [{part}]") == ()
    assert reasons("expect_actions: []") == ('actions: expected [], came ["note"]',)
    other = "{name: note, params: {path: /x}}"
    assert reasons(f"expect_actions: [{other}]") == (
        'actions.note.path: expected "/x", came "/notes"',
    )
    with pytest.raises(ConfigError, match="no action `nota`"):
        reasons("expect_actions: [{name: nota}]")


BANGWO8 = {operation.name: operation for operation in KINDS["bangwo8"].operations}
SOBOT = {operation.name: operation for operation in KINDS["sobot"].operations}
HTTP = KINDS["http"].operations[0]


@pytest.mark.parametrize(
    ("operation", "result", "expected"),
    [
        (HTTP, None, False),
        (HTTP, [], False),
        (HTTP, {}, True),
        (HTTP, 0, True),
        (SOBOT["query_customer"], None, False),
        (SOBOT["query_customer"], {}, False),
        (SOBOT["query_customer"], {"id": None, "tags": []}, False),
        (SOBOT["query_customer"], {"id": "c-1"}, True),
        (SOBOT["query_customer"], "a text", True),
        (BANGWO8["search_companies"], {"results": [], "count": 0}, False),
        (BANGWO8["search_companies"], {"results": [{"id": 1}]}, True),
        (BANGWO8["search_companies"], {"other": 1}, True),
    ],
)
def test_a_result_of_a_test_is_found_as_a_source_would_find_it(
    operation: Any, result: Any, expected: bool
) -> None:
    assert is_found(Query(operation, {}), result) is expected


@pytest.mark.parametrize(
    ("more", "result", "expected"),
    [
        ({"pick": "first"}, {"results": [], "count": 1}, True),
        ({"pick": "none"}, {"results": [], "count": 1}, False),
        ({"all_rows": True}, {"rows": [], "count": 1}, False),
        ({"all_rows": True}, {"rows": [{}]}, True),
        ({"all_rows": True}, [1], True),
    ],
)
def test_an_entry_that_is_picked_is_no_list(
    more: dict[str, Any], result: Any, expected: bool
) -> None:
    assert is_found(Query(BANGWO8["search_companies"], {}, **more), result) is expected


def test_a_word_chooses_the_tests_whose_name_holds_it(configuration) -> None:  # type: ignore[no-untyped-def]
    for word, names in (("NINE", ["At nine"]), ("vip", ["A VIP with an order"])):
        cases = [case for r in run_tests(configuration, word=word) for case in r.cases]
        assert [case.name for case in cases] == names
        assert all(0 <= case.seconds < 60 for case in cases)
    vip = configuration.by_name("vip")
    assert [result.endpoint for result in run_tests(configuration, [vip])] == ["vip"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (("status: 401",), "status: expected 401, came 200"),
        (("error: unauthorized",), 'error: expected "unauthorized", came null'),
        (("degraded: customer=busy",), 'degraded: expected "customer=busy", came ""'),
        (('expect: {isVip: "1"}',), None),
        (("expect: {name: Wáng}",), 'name: expected "Wáng", came "Wang"'),
        (("expect: {name: null}",), 'name: expected left out, came "Wang"'),
        (("expect: {state: paid}",), 'state: expected "paid", came left out'),
    ],
)
def test_each_expectation_is_reported_by_its_name(
    run: Run, entry: tuple[str, ...], reason: str | None
) -> None:
    entries = (KEY, TEL, f"sources: {{{WANG}}}", *entry)
    if reason is None:
        with pytest.raises(ConfigError, match="int"):
            run(*entries)
        return
    case = run(*entries)
    assert [text.partition(" (")[0] for text in case.reasons] == [reason]


def test_a_refusal_that_is_not_expected_names_its_fields(run: Run) -> None:
    case = run(KEY, "inputs: {order no: x}", "expect: {isVip: 0}")
    (problem,) = case.problems
    assert problem.startswith("the data request is refused, 400 invalid_input (")
    assert "tel: is missing" in problem and "; order no: " in problem
    assert problem.endswith("mend the test, or write error: invalid_input")
    expected = run(KEY, "inputs: {order no: x}", "error: invalid_input")
    assert expected.passed, expected.reasons
    by_status = run(KEY, "inputs: {order no: x}", "status: 400")
    assert by_status.passed, by_status.reasons


def test_a_refusal_without_fields_says_what_to_send(run: Run) -> None:
    (problem,) = run("headers: {X-Api-Key: null}", TEL).problems
    assert "401 unauthorized (send the header X-Api-Key" in problem


def test_only_texts_that_are_secrets_are_hidden(run: Run) -> None:
    case = run(KEY, TEL, f"sources: {{{WANG}}}", "expect: {name: 13800000001 desk}")
    assert case.reasons == ('name: expected "13800000001 desk", came "Wang"',)


JSON_ENDPOINT = """\
endpoint: vip
path: /vip/{ref}
format: json
inputs:
  ref: {required: true}
  number: {path: data.caller.number}
  menu: {type: int}
  key: {secret: true, equals: desk-key-7}
headers: {X-Menu: {}}
outputs:
  ref: {type: string, value: "{{ inputs.ref }}", default: ""}
  number: {type: string, value: "{{ inputs.number }}", default: none}
  menu: {type: int, value: "{{ inputs.menu }}", default: -1}
  header: {type: string, value: "{{ headers['X-Menu'] }}", default: none}
tests: []
"""


@pytest.mark.parametrize(
    ("endpoint_format", "inputs", "headers", "expected"),
    [
        ("json", "{ref: a b, number: 138, menu: 7}", "{}",
         "{ref: a b, number: '138', menu: 7, header: none}"),
        ("json", "{ref: 5, menu: null}", "{X-Menu: 4}",
         "{ref: '5', number: none, menu: -1, header: '4'}"),
        ("form", "{ref: a, number: 138, menu: 7}", "{x-menu: null}",
         "{ref: a, number: '138', menu: 7, header: none}"),
        ("form", "{ref: a, number: null, menu: null}", "{}",
         "{number: none, menu: -1}"),
        ("query", "{ref: a, number: nhà, menu: 7}", "{}", "{number: nhà, menu: 7}"),
    ],
)  # fmt: skip
def test_parameters_of_a_test_are_sent_in_the_endpoints_format(
    run: Run, endpoint_format: str, inputs: str, headers: str, expected: str
) -> None:
    endpoint = JSON_ENDPOINT.replace("format: json", f"format: {endpoint_format}")
    if endpoint_format != "json":
        endpoint = endpoint.replace("{path: data.caller.number}", "{}")
    sent = (f"inputs: {inputs}", f"headers: {headers}")
    case = run(*sent, f"expect: {expected}", "status: 200", endpoint=endpoint)
    assert case.passed, case.reasons


def test_a_form_has_words_where_json_has_types(run: Run) -> None:
    true = ("inputs: {ref: a, menu: true}",)
    form = JSON_ENDPOINT.replace("format: json", "format: form")
    form = form.replace("{path: data.caller.number}", "{}")
    refused = run(*true, "error: invalid_input", endpoint=form)
    assert refused.passed, refused.reasons
    result = run(*true, "expect: {menu: 1}", endpoint=JSON_ENDPOINT)
    assert result.passed, result.reasons


@pytest.mark.parametrize(
    ("secret", "shown"), [("abcdef", "***"), ("abcde", "abcde"), ("desk-7", "***")]
)
def test_a_secret_of_six_letters_or_more_is_hidden(
    run: Run, secret: str, shown: str
) -> None:
    endpoint = JSON_ENDPOINT.replace("desk-key-7", secret)
    sent = f"inputs: {{ref: {secret}}}"
    case = run(sent, "expect: {ref: other}", endpoint=endpoint)
    assert case.reasons == (f'ref: expected "other", came "{shown}"',)


def test_an_agreed_input_can_be_left_out_or_be_wrong(run: Run) -> None:
    for key, status in (("null", 401), ("other", 401), ("desk-key-7", 200)):
        inputs = f"inputs: {{ref: a, key: {key}}}"
        case = run(inputs, f"status: {status}", endpoint=JSON_ENDPOINT)
        assert case.passed, case.reasons


def test_a_default_says_why_and_a_value_does_not(run: Run) -> None:
    case = run(KEY, TEL, f"sources: {{{WANG}}}", "expect: {isVip: 0, name: x}")
    assert [difference.because for difference in case.differences] == ["", ""]
    assert case.notes == ()
