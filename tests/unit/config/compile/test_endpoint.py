"""Endpoints -> plans: the rules of parameters, outputs, mocks, tests and paths."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.plan import MockRule

HEAD = "endpoint: vip\npath: /api/vip\nformat: form\n"
OUTPUT = "outputs: {a: {type: int, default: 0}}\n"


def test_defaults_of_an_endpoint(folder: Any) -> None:
    plan = folder.endpoint(HEAD + OUTPUT).plan()
    assert (plan.method, plan.format, plan.deadline) == ("POST", "form", 2.0)
    assert (plan.mode, plan.on_invalid, plan.strict_format) == ("real", 400, False)
    assert (plan.region, plan.timezone, plan.size_limit) == ("CN", "UTC", None)
    assert {
        output.name: output.default
        for output in plan.outputs
        if output.default is not None
    } == {"a": 0}
    assert plan.security.max_body == 64 * 1024
    assert plan.file.endswith("a.yaml")


def test_a_query_endpoint_is_asked_by_get(folder: Any) -> None:
    text = HEAD.replace("form\n", "query\n") + OUTPUT
    assert folder.endpoint(text).plan().method == "GET"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("api/vip", "write /api/vip"),
        ("/api/vip?x=1", "no query"),
        ("/_console/x", "the server's own"),
        ("/healthz", "the server's own"),
        ("/readyz", "the server's own"),
        ("/metrics", "the server's own"),
        ("/a b", "blank"),
        ("/größe", "ASCII"),
    ],
)
def test_a_path_that_is_refused(folder: Any, path: str, words: str) -> None:
    folder.endpoint(HEAD.replace("/api/vip", f"'{path}'") + OUTPUT)
    problems = folder.messages()
    assert problems.startswith("2:7 path: ")
    assert words in problems


@pytest.mark.parametrize("name", ["a b", "a/b"])
def test_an_endpoint_name_that_is_refused(folder: Any, name: str) -> None:
    folder.endpoint(HEAD.replace("vip\n", f"'{name}'\n", 1) + OUTPUT)
    assert "no blanks and slashes" in folder.messages()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inputs: {a: {type: string, min: 1}}", "`min` is for int only"),
        ("inputs: {a: {type: int, max_length: 1}}", "`max_length` is for string only"),
        ("inputs: {a: {type: int, format: phone}}", "`format` is for string only"),
        ("inputs: {a: {type: int, min: 5, max: 1}}", "less than min"),
        ("inputs: {a: {pattern: '('}}", "no regular expression"),
        ("inputs: {a: {required: true, default: x}}", "exclude each other"),
        ("inputs: {a: {type: int, default: '5'}}", "the type is int"),
        ("inputs: {a: {type: int, default: true}}", "the type is int"),
        ("inputs: {a: {default: 5}}", 'write it in quotes: "5"'),
        ("inputs: {a: {enum: [x, y], default: z}}", "not one of `enum`"),
        ("inputs: {a: {enum: x}}", "write a list"),
        ("inputs: {a: {enum: [1]}}", "write them in quotes, or type: int"),
        ("inputs: {a: {enum: [1, x]}}", 'write it in quotes: "1"'),
        ("inputs: {a: {type: int, max: 3, default: 4}}", "within min and max"),
        ("inputs: {a: {max_length: 1, default: xy}}", "longer than max_length"),
        ("inputs: {a: {pattern: '^x', default: y}}", "does not match"),
        ("inputs: {a: {max_length: 0}}", "write 1 or more"),
        ("inputs: {a: {secret: true}}", "needs `equals"),
        ("inputs: {a: {tpye: int}}", "did you mean `type`?"),
        ("inputs: {a: {type: number}}", "this is 'number'; write int"),
        ("headers: {X Shop: {}}", "has a blank"),
        ("headers: {X_Shop: {}}", "has a `_`"),
        ("headers: {'X-Größe': {}}", "no header name"),
        ("headers: {X-Shop: {}, x-shop: {}}", "declared twice"),
        ("headers: {X-Key: {secret: true}}", "needs `equals"),
        ("headers: {X-Key: {equals: ''}}", "can be equal to this"),
        ("on_invalid: 500", "write 400, 200 or ignore"),
        ("deadline: 5", "write 5s, not 5"),
        ("mode: fake", "write real or mock"),
        ("strict_format: maybe", "write true or false"),
        ("colour: red", "unknown key `colour`"),
        ("used_by: 5", "write a list of texts"),
    ],
)
def test_invalid_endpoints_are_refused(folder: Any, line: str, words: str) -> None:
    problems = folder.endpoint(f"{HEAD}{OUTPUT}{line}\n").messages()
    assert words in problems
    assert problems.startswith("5:")


def test_parameters_are_compiled(folder: Any) -> None:
    folder.endpoint(
        HEAD + OUTPUT + "headers: {X-Key: {secret: true, equals: '${KEY}'}, "
        "X-Shop: {enum: [north, south], default: north}}\n"
        "inputs: {n: {type: int, min: 1, max: 9}, t: {pattern: '^[0-9]+$'}, "
        "Custom params 1: {}}\n"
    )
    plan = folder.plan()
    key, shop = plan.headers
    assert (key.name, key.secret, key.equals) == ("X-Key", True, "s3cret-value")
    assert "s3cret" not in repr(plan)
    assert (shop.enum, shop.default, shop.place) == (
        ("north", "south"),
        "north",
        "header",
    )
    number, text, blank = plan.inputs
    assert (number.type, number.min, number.max, number.required) == (
        "int",
        1,
        9,
        False,
    )
    assert text.pattern.search("12")
    assert blank.name == "Custom params 1"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{value: x, default: 0}", "type: is missing"),
        ("{type: float, default: 0}", "this is 'float'; write int"),
        ("{type: int}", "needs a default"),
        ("{type: int, default: '0'}", "the type is int"),
        ("{type: int, default: null}", "the type is int"),
        ("{type: int, default: 9007199254740992}", "too large"),
        ("{type: string, default: 0}", 'write it in quotes: "0"'),
        ("{type: string, default: true}", "write text, in quotes"),
        ("{type: int, default: 0, max_length: 3}", "for string only"),
        ("{type: int, default: 0, map: {a: b}}", "the type is int"),
        ("{type: string, default: '', map: {a: 1}}", 'write it in quotes: "1"'),
        ("{type: int, default: 0, map: [1]}", "write a mapping"),
        ("{type: int, default: 0, value: {a: 1}}", "never a mapping"),
        ("{type: int, default: 0, defualt: 1}", "did you mean `default`?"),
        ("{type: string, optional: yes}", "write true or false"),
    ],
)
def test_an_output_that_is_refused(folder: Any, rule: str, words: str) -> None:
    assert words in folder.endpoint(f"{HEAD}outputs:\n  a: {rule}\n").messages()


def test_there_is_at_least_one_output_and_none_is_called_error(folder: Any) -> None:
    for text in ("outputs: {}\n", "outputs:\n"):
        assert "at least one output" in folder.endpoint(HEAD + text).messages()
    assert "outputs: is missing" in folder.endpoint(HEAD).messages()
    folder.endpoint(HEAD + "outputs: {error: {type: int, default: 0}}\n")
    assert "`error` is the name" in folder.messages()


def test_outputs_are_compiled(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(
        endpoint_text + '  s: {type: string, value: "a {{ customer.nick }}", default: '
        '"", max_length: 9}\n'
        '  o: {type: string, value: "{{ lookups.customer.status }}", optional: true}\n'
        '  m: {type: int, value: "{{ customer.x }}", map: {1: 1, true: 2, "no": 3}, '
        "default: 0}\n"
    )
    plan = folder.plan()
    by_name = {rule.name: rule for rule in plan.outputs}
    assert by_name["s"].lookups == {"customer"}
    assert by_name["s"].max_length == 9
    assert by_name["o"].lookups == frozenset()
    assert by_name["o"].optional
    assert by_name["m"].map == {"1": 1, "true": 2, "no": 3}
    assert {
        output.name: output.default
        for output in plan.outputs
        if output.default is not None
    } == {"isVip": 0, "s": "", "m": 0}
    assert "may be left out" in folder.messages("warning")


def test_keys_of_a_map_are_text(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(
        endpoint_text.replace("default: 0", "default: 0, map: {true: 1, false: 0}")
    )
    assert folder.plan().outputs[0].map == {"true": 1, "false": 0}


def test_mock_answers_are_typed(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(
        endpoint_text + 'mock:\n  - {when: {tel: "138"}, outputs: {isVip: 1}}\n'
        "  - {outputs: {isVip: null}}\n"
    )
    assert folder.plan().mock == (
        MockRule({"tel": "138"}, {"isVip": 1}),
        MockRule({}, {"isVip": None}),
    )
    assert folder.messages("warning") == ""


@pytest.mark.parametrize(
    ("mock", "severity", "words"),
    [
        ("[{when: {tel: 138}, outputs: {}}]", "error", 'write it in quotes: "138"'),
        ("[{when: {tle: '1'}, outputs: {}}]", "error", "did you mean `tel`?"),
        ("[{outputs: {isVip: '1'}}]", "error", "the type is int"),
        ("[{outputs: {isVp: 1}}]", "error", "did you mean `isVip`?"),
        ("[{when: {tel: '1'}}]", "error", "outputs: is missing"),
        ("{outputs: {isVip: 1}}", "error", "write a list"),
        ("[{when: {tel: '1'}, outputs: {isVip: 1}}]", "warning", "without `when`"),
        ("[{outputs: {}}, {outputs: {}}]", "warning", "write it last"),
    ],
)
def test_mock_answers_that_are_refused(
    folder: Any, endpoint_text: str, mock: str, severity: str, words: str
) -> None:
    assert words in folder.endpoint(f"{endpoint_text}mock: {mock}\n").messages(severity)


def test_tests_are_kept_with_the_plan(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(
        endpoint_text + "tests:\n- name: vip\n  inputs: {tel: '138', m: ''}\n"
        "  sources: {customer: {isVip: '1'}}\n  expect: {isVip: 1}\n  status: 200\n"
        "- {name: down, inputs: {tel: '1'}, sources: {customer: {fail: timeout}}, "
        "degraded: customer=timeout, now: 2026-10-01T09:30:00+08:00, mode: mock}\n"
    )
    first, second = folder.plan().tests
    assert (first.name, first.inputs["tel"], first.expect) == (
        "vip",
        "138",
        {"isVip": 1},
    )
    assert (second.degraded, second.mode) == ("customer=timeout", "mock")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("{inputs: {}}", "name: is missing"),
        ("{name: t, inputs: {tle: ''}}", "did you mean `tel`?"),
        ("{name: t, sources: {custmer: {}}}", "did you mean `customer`?"),
        ("{name: t, sources: {customer: {fail: boom}}}", "`not_found`"),
        ("{name: t, expect: {isVip: '1'}}", "the type is int"),
        ("{name: t, expect: {isVp: 1}}", "did you mean `isVip`?"),
        ("{name: t, error: invalid}", "no error code"),
        ("{name: t, status: 20}", "write 100 or more"),
        ("{name: t, now: tomorrow}", "2026-10-01T09:30"),
        ("{name: t, mode: fake}", "write real or mock"),
        ("{name: t, expects: {}}", "did you mean `expect`?"),
    ],
)
def test_tests_that_are_refused(
    folder: Any, endpoint_text: str, case: str, words: str
) -> None:
    assert words in folder.endpoint(f"{endpoint_text}tests: [{case}]\n").messages()


def test_the_request_of_a_test_is_sent_unchanged(
    folder: Any, endpoint_text: str
) -> None:
    """Of whatever type, so that bad input can be tested."""
    case = "{name: t, inputs: {tel: 138}, headers: {X-Shop: [1]}}"
    folder.endpoint(f"{endpoint_text}tests: [{case}]\n")
    (test,) = folder.plan().tests
    assert (test.inputs, test.headers) == ({"tel": 138}, {"X-Shop": [1]})


def test_an_input_or_a_lookup_that_nothing_names_is_a_warning(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(
        endpoint_text.replace(
            "lookups:\n",
            "  spare: {}\nlookups:\n  idle: {source: crm, params: {id: x}}\n",
        )
    )
    problems = folder.messages("warning")
    assert "nothing names the input `spare`" in problems
    assert "nothing names the lookup `idle`" in problems
    folder.endpoint(
        endpoint_text.replace("lookups:\n", "  spare: {}\nlookups:\n")
        + "mock: [{when: {spare: x}, outputs: {}}, {outputs: {}}]\n"
    )
    assert folder.messages("warning") == ""


def test_security_of_an_endpoint_stands_over_that_of_the_root(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.root(
        root_text + "security: {max_body: 1KB, allow_ips: [10.1.2.3/8], "
        "trusted_proxies: 127.0.0.1, rate_limit: 10/m}\n"
    )
    folder.endpoint(endpoint_text + "security: {max_body: 2KB, rate_limit: 5/s}\n")
    security = folder.plan().security
    assert security.max_body == 2048
    assert security.allow_ips == ("10.0.0.0/8",)
    assert security.trusted_proxies == ("127.0.0.1/32",)
    assert (security.rate_limit.count, security.rate_limit.seconds) == (5, 1.0)
    assert folder.load().security.rate_limit.seconds == 60.0


def test_field_names_close_to_known_ones_are_warnings(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(
        endpoint_text + '  p: {type: string, value: "{{ customer.province_name }}", '
        'default: ""}\n'
        '  c: {type: string, value: "{{ customer.cf_1001 }}", default: ""}\n'
    )
    problems = folder.messages("warning")
    assert "`customer.provice_name`" in problems
    assert "cf_1001" not in problems
    folder.endpoint(
        endpoint_text.replace(
            '"{{ customer.isVip }}"',
            "\"{{ customer['isvip'] or 0 }} {{ customer.x }}\"",
        )
    )
    assert "9:29 outputs.isVip.value" in folder.messages("warning")
    assert "`customer.isVip`" in folder.messages("warning")


def test_fields_of_the_entry_that_is_picked_are_known(folder: Any) -> None:
    folder.root(
        "sources: {m: {kind: meiqia, base_url: sandbox, auth: {access_token: "
        "'${KEY}'}}}\n"
    )
    text = (
        HEAD + "lookups: {{r: {{source: m, operation: list_records{}}}}}\n"
        'outputs: {{a: {{type: string, value: "{{{{ r.{} }}}}", default: ""}}}}\n'
    )
    folder.endpoint(text.format(", pick: newest", "start_tme"))
    assert "`r.start_time`" in folder.messages("warning")
    folder.endpoint(text.format(", pick: newest", "start_time"))
    assert folder.messages("warning") == ""
    folder.endpoint(text.format("", "calls.data[0].start_time"))
    assert folder.messages("warning") == ""


def test_the_templates_of_every_part_are_checked(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(
        endpoint_text.replace("{{ inputs.tel }}", "{{ inputs.tl }}")
        .replace("customer.isVip", "custmer.isVip")
        .replace('}}"}}', '}}"}, when: "{{ a }}"}')
        + 'actions: {n: {source: shop, request: {path: "/{{ b }}", method: POST}}}\n'
    )
    problems = folder.messages()
    for words in ("`inputs.tl`", "`custmer`", "`a`", "`b`"):
        assert words in problems


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("{enum: ['${KEY}', b]}", "enum"),
        ("{pattern: '^${KEY}$'}", "pattern"),
        ("{secret: true, equals: '${KEY}'}", "equals"),
        ("{equals: '${KEY}'}", "equals"),
    ],
)
def test_interpolated_values_are_marked(
    folder: Any, endpoint_text: str, text: str, hidden: str
) -> None:
    folder.endpoint(endpoint_text.replace("inputs:", f"inputs:\n  k: {text}"))
    plan = folder.plan()
    key = plan.inputs[0]
    assert key.hidden == {hidden}
    assert key.confidential
    assert plan.secret_names == {"k"}
    assert "s3cret-value" in plan.secret_texts
    assert key.equals_written in ("${KEY}", "^${KEY}$")
    assert (key.shown_enum, key.shown_pattern) == ((), "")


@pytest.mark.parametrize(
    "text",
    [
        "{type: int, enum: ['${KEY}']}",
        "{pattern: '${KEY}('}",
        "{enum: [a], default: '${KEY}'}",
        "{pattern: '${KEY}', default: b}",
        "{enum: ['${KEY}'], default: b}",
    ],
)
def test_no_error_of_check_names_an_interpolated_value(
    folder: Any, endpoint_text: str, text: str
) -> None:
    folder.endpoint(endpoint_text.replace("inputs:", f"inputs:\n  k: {text}"))
    problems = folder.messages()
    assert problems
    assert "s3cret" not in problems


def test_an_input_with_equals_need_not_be_named(
    folder: Any, endpoint_text: str
) -> None:
    key = "inputs:\n  k: {secret: true, equals: '${KEY}'}"
    folder.endpoint(endpoint_text.replace("inputs:", key))
    assert folder.messages("warning") == ""


def test_a_default_beside_equals_is_never_used(folder: Any) -> None:
    folder.endpoint(HEAD + "inputs: {k: {equals: a, default: a}}\n" + OUTPUT)
    assert "inputs.k.default: what has `equals` must be sent" in folder.messages(
        "warning"
    )


def test_parameters_have_a_kind_by_word_or_by_type(folder: Any) -> None:
    inputs = (
        "inputs: {tel: {format: phone}, n: {type: int}, text: {}, who: {pii: name}, "
        "no: {pii: none}}\nheaders: {X-Mail: {pii: email}}\n"
    )
    plan = folder.endpoint(HEAD + inputs + OUTPUT).plan()
    assert [parameter.pii for parameter in plan.inputs] == [
        "phone",
        "none",
        "text",
        "name",
        "none",
    ]
    assert plan.headers[0].pii == "email"
    folder.endpoint(HEAD + "inputs: {a: {pii: nam}}\n" + OUTPUT)
    assert "inputs.a.pii" in folder.messages()


KIND_ROOT = """\
version: 1
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "${KEY}"}}
  shop:
    kind: http
    base_url: "https://shop.example.com"
    pii: {nick: name, buyer.phone: phone}
"""
LOOKED_UP = """\
inputs: {tel: {format: phone}}
headers: {X-Id: {pii: id}}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  order: {source: shop, request: {path: "/o/{{ inputs.tel }}"}}
  either:
    source: [crm, shop]
    params: [{tel: "{{ inputs.tel }}"}, null]
    request: [null, {path: "/o/{{ inputs.tel }}"}]
"""


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("customer.nick", "name"),
        ("customer.isVip", "none"),
        ("customer.cf_1001", "text"),
        ("customer.nick | default('')", "name"),
        ("customer.nick or ''", "name"),
        ("customer.tel | phone('national')", "phone"),
        ("customer.cf_list | field('nick')", "name"),
        ("(customer.cf_list | field('nick'))[0].display_value", "name"),
        ("order.buyer.phone", "phone"),
        ("order.lines[0].nick", "name"),
        ("order.total", "text"),
        ("either.nick", "name"),
        ("inputs.tel", "phone"),
        ("headers['x-id']", "id"),
        ("lookups.customer.status", "none"),
        ("now", "none"),
        ("customer.nick ~ order.total", "text"),
    ],
)
def test_an_output_has_the_kind_of_its_field(
    folder: Any, template: str, kind: str
) -> None:
    value = (
        f'outputs: {{a: {{type: string, value: "{{{{ {template} }}}}", default: ""}}}}'
    )
    plan = folder.root(KIND_ROOT).endpoint(HEAD + LOOKED_UP + value + "\n").plan()
    assert plan.outputs[0].pii == kind


def test_pii_is_declared_at_sources_without_known_fields(folder: Any) -> None:
    folder.root(KIND_ROOT.replace("pii: {nick: name", "pii: {nick: nmae"))
    assert "did you mean `name`" in folder.messages()
    folder.root(KIND_ROOT.replace('app_key: "${KEY}"}', 'app_key: "k"}, pii: {a: id}'))
    assert "have their kinds already" in folder.messages()


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ("{{ now.hour }}", True),
        ("{{ now | in_hours('office') | int }}", True),
        ("{{ 'office' | opens_at | length }}", True),
        ("{{ 1 }}", False),
    ],
)
def test_whether_an_answer_depends_on_the_moment(
    folder: Any, value: str, reads: bool
) -> None:
    calendars = "calendars: {office: {mon: ['09:00-12:00']}}\n"
    output = f'outputs: {{a: {{type: int, value: "{value}", default: 0}}}}\n'
    assert folder.root(calendars).endpoint(HEAD + output).plan().clock is reads


OMI = (
    "  omi: {kind: omicrm, base_url: sandbox, auth: {api_key: '${KEY}'}, "
    "empty: ['-']}\n"
)


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("customer", False),
        ("_x1", False),
        ("Order", False),
        ("__x", True),
        ("1st", True),
        ("my-order", True),
        ("größe", True),
        ("self", True),
        ("Not", True),
        ("lookups", True),
        ("answer", True),
    ],
)
def test_the_name_of_a_lookup(folder: Any, name: str, is_refused: bool) -> None:
    """docs/rules.md#lookups"""
    lookup = f"lookups: {{{name}: {{source: shop, request: {{path: /x}}}}}}\n"
    folder.endpoint(HEAD + lookup + OUTPUT)
    problems = folder.problems()
    assert [problem.path for problem in problems] == (
        [f"lookups.{name}"] if is_refused else []
    )
    if name in ("lookups", "answer"):
        assert problems[0].message == (
            f"`{name}` is a name that templates have already (`inputs`, `headers`, "
            "`lookups`, `now`, `request`, `actions`, `action`, `answer`); write another"
        )


@pytest.mark.parametrize(
    ("value", "clock", "reads"),
    [
        ("{{ inputs.n }}", False, {"inputs.n"}),
        ("{{ now.hour }}{{ inputs.n }}", True, None),
        ("{{ request.id }}{{ inputs.n }}", False, None),
        ("{{ 'office' | opens_at }}", True, None),
    ],
)
def test_inputs_that_an_answer_depends_on(
    folder: Any, root_text: str, value: str, clock: bool, reads: set[str] | None
) -> None:
    folder.root(root_text + "calendars: {office: {mon: ['09:00-18:00']}}\n")
    output = f"outputs: {{a: {{type: string, value: \"{value}\", default: ''}}}}\n"
    plan = folder.endpoint(HEAD + "inputs: {n: {}}\n" + output).plan()
    assert (plan.clock, plan.reads) == (clock, reads)


def test_the_deadline_and_mode_are_the_endpoints_own_else_the_roots(
    folder: Any, root_text: str
) -> None:
    folder.root(root_text + "deadline: 3s\nmode: mock\n").endpoint(HEAD + OUTPUT)
    plan = folder.plan()
    assert (plan.deadline, plan.mode, plan.own_mode) == (3.0, "mock", "mock")
    folder.endpoint(f"{HEAD}{OUTPUT}deadline: 1s\nmode: real\n")
    plan = folder.plan()
    assert (plan.deadline, plan.mode, plan.own_mode) == (1.0, "real", "real")


def test_the_words_for_no_value_are_those_of_every_source_of_a_chain(
    folder: Any, root_text: str
) -> None:
    """docs/rules.md#outputs"""
    folder.root(root_text + OMI).endpoint(
        HEAD + "inputs: {tel: {format: phone}}\n"
        "lookups: {c: {source: [crm, omi], params: [{tel: '{{ inputs.tel }}'}, "
        "{phone: '{{ inputs.tel }}'}]}}\n"
        "outputs: {a: {type: string, value: '{{ c.nick }}', default: ''}}\n"
    )
    assert folder.plan().outputs[0].empty == {"", "-"}


def test_a_personal_input_is_personal_in_an_output(folder: Any) -> None:
    folder.endpoint(
        HEAD + "inputs: {tel: {format: phone}}\nheaders: {X-Mail: {pii: email}}\n"
        "outputs: {a: {type: string, value: '{{ inputs.tel }}', default: ''}, "
        "b: {type: string, value: \"{{ headers['X-MAIL'] }}\", default: ''}}\n"
    )
    assert [rule.pii for rule in folder.plan().outputs] == ["phone", "email"]
