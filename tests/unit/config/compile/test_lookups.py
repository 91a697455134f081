# ruff: noqa: E501 - a case stands on one line
"""Lookups -> links: chains, parameters, requests, circles, and what is not asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.plan import Skip
from ivrhooks.sources.interface import CacheSettings, Query

SOURCES = """\
version: 1
region: VN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "${KEY}"},
        cache: {fresh: 30s, stale: 10m}, empty: ["-"]}
  contacts: {kind: omicrm, base_url: sandbox, auth: {api_key: "${KEY}"}}
  companies: {kind: bangwo8, base_url: sandbox,
              auth: {account: a@b.c, password: "${KEY}"}}
  calls: {kind: meiqia, base_url: sandbox, auth: {access_token: "${KEY}"}}
  shop: {kind: http, base_url: https://shop.example.com}
"""
HEAD = """\
endpoint: vip
path: /api/vip
format: form
inputs: {tel: {format: phone}, name: {}, n: {type: int}, ids: {}}
outputs: {a: {type: int, default: 0}}
lookups:
"""


@pytest.fixture
def plan(folder: Any) -> Callable[[str], Any]:
    """The plan of an endpoint with these lookups."""

    def compiled(lookups: str) -> Any:
        text = "".join(f"  {line}\n" for line in lookups.splitlines())
        return folder.root(SOURCES).endpoint(HEAD + text).plan()

    return compiled


@pytest.fixture
def ask(plan: Callable[[str], Any], scope: Any) -> Callable[..., Query | Skip]:
    """What the only link of a lookup `a` asks for these inputs."""

    def query_of(entry: str, tel: str = "0901234561", **values: Any) -> Query | Skip:
        inputs = {"tel": read_phone(tel), "name": "Lê Văn", "n": None, "ids": "1,2"}
        inputs.update(values.pop("inputs", {}))
        link = plan(f"a: {entry}").lookups[0].calls[0]
        return link.bind(scope(inputs, **values))

    return query_of


@pytest.fixture
def examine(folder: Any) -> Callable[..., str]:
    """What is said of an endpoint with these lookups."""

    def problems(lookups: str, severity: str = "error") -> str:
        text = "".join(f"  {line}\n" for line in lookups.splitlines())
        return folder.root(SOURCES).endpoint(HEAD + text).messages(severity)

    return problems


def test_the_default_operation_its_pick_and_the_cache_of_the_source(ask: Any) -> None:
    query = ask('{source: crm, params: {tel: "{{ inputs.tel }}"}}')
    assert query.operation.name == "query_customer"
    assert query.params == {"tel": "0901234561"}
    assert query.pick == "risk_first"
    assert query.cache == CacheSettings(30.0, 600.0)
    assert not query.all_pages


def test_a_cache_of_its_own(ask: Any) -> None:
    query = ask("{source: crm, params: {id: x}, cache: {fresh: 5s}, pick: none}")
    assert query.cache == CacheSettings(5.0, 5.0)
    assert query.pick == "none"


def test_parameters_without_value_are_left_out(ask: Any) -> None:
    entry = (
        '{source: crm, params: {id: "{{ inputs.n }}", tel: "{{ inputs.tel }}", '
        'email: "{{ inputs.name }}"}}'
    )
    for empty in ("", "-", None):
        query = ask(entry, inputs={"name": empty})
        assert query.params == {"tel": "0901234561"}


def test_a_lookup_without_a_needed_parameter_is_skipped(ask: Any) -> None:
    entry = '{source: crm, params: {id: "{{ inputs.n }}"}}'
    assert ask(entry) == Skip("missing one of id, tel, email, thirdAccountId")
    assert ask(entry, inputs={"n": 5}).params == {"id": 5}


@pytest.mark.parametrize(
    "template",
    [
        "{{ inputs.tel }}",
        "tel:{{ inputs.tel }}",
        "{{ inputs.tel | phone('national') }}",
        "+{{ inputs.tel | phone('digits') }}",
        "{{ inputs.tel | upper }}",
        "{{ 'x' ~ inputs.tel }}",
    ],
)
def test_a_withheld_number_is_never_asked(ask: Any, template: str) -> None:
    entry = f'{{source: crm, params: {{id: x, tel: "{template}"}}}}'
    assert ask(entry, tel="anonymous") == Skip("withheld")
    assert isinstance(ask(entry), Query)
    request = f'{{source: shop, request: {{path: "/c/{template}"}}}}'
    assert ask(request, tel="anonymous") == Skip("withheld")
    query = f'{{source: shop, request: {{path: /c, query: {{a: "{template}"}}}}}}'
    assert ask(query, tel="anonymous") == Skip("withheld")
    body = f'{{source: shop, request: {{path: /c, json: {{a: ["{template}"]}}}}}}'
    assert ask(body, tel="anonymous") == Skip("withheld")


def test_an_empty_withheld_number_is_not_asked_even_where_it_is_optional(
    ask: Any,
) -> None:
    entry = '{source: crm, params: {id: x, tel: "{{ inputs.tel }}"}}'
    assert ask(entry, tel="") == Skip("withheld")


@pytest.mark.parametrize(
    "template",
    [
        "{{ (inputs.tel | phone('digits'))[-9:] }}",
        "00{{ inputs.tel }}",
        "{{ inputs.name or inputs.tel }}",
        "{{ inputs['tel'].extension }}",
        "{{ inputs }}",
    ],
)
def test_whatever_reads_a_withheld_number_is_not_asked(ask: Any, template: str) -> None:
    optional = f'{{source: crm, params: {{id: x, tel: "{template}"}}}}'
    assert ask(optional, tel="anonymous") == Skip("withheld")
    assert isinstance(ask(optional, tel="13800000001"), Query)


def test_a_condition_may_look_at_a_withheld_number(ask: Any) -> None:
    entry = '{source: crm, params: {id: x}, when: "{{ inputs.tel }}"}'
    assert ask(entry, tel="anonymous").params == {"id": "x"}


def test_a_lookup_may_allow_withheld_numbers(ask: Any) -> None:
    entry = (
        '{source: crm, allow_withheld: true, params: {id: "{{ inputs.tel }}", '
        "tel: \"{{ inputs.tel | phone('e164') }}\"}}"
    )
    assert ask(entry, tel="anonymous").params == {"id": "anonymous"}


def test_a_request_with_all_its_parts(ask: Any) -> None:
    query = ask(
        '{source: shop, request: {method: post, path: "/o/{{ inputs.name }}/x y", '
        'query: {q: "{{ inputs.tel }}", none: "{{ inputs.n }}", l: ["{{ inputs.tel }}",'
        ' 1]}, headers: {X-Name: "{{ inputs.name }}", X-None: "{{ inputs.n }}"}, '
        'json: {a: {b: "{{ inputs.n }}", c: "{{ inputs.tel }}", d: null, e: ""}, '
        'f: [1, "{{ inputs.n }}"]}, idempotent: true}}'
    )
    assert query.operation.name == "request"
    assert query.params == {
        "method": "POST",
        "path": "/o/L%C3%AA%20V%C4%83n/x%20y",
        "query": {"q": "0901234561", "l": ["0901234561", 1]},
        "headers": {"X-Name": "Lê Văn"},
        "json": {"a": {"c": "0901234561", "d": None, "e": ""}, "f": [1]},
        "idempotent": True,
    }


def test_a_form_and_a_complete_result_as_a_body(ask: Any) -> None:
    query = ask(
        '{source: shop, request: {method: PUT, path: /o, form: {a: "{{ inputs.n }}", '
        'b: "x{{ inputs.ids }}"}}}'
    )
    assert query.params == {"method": "PUT", "path": "/o", "form": {"b": "x1,2"}}
    query = ask(
        '{source: shop, request: {method: PUT, path: /o, json: "{{ inputs }}"}}'
    )
    assert query.params["json"]["ids"] == "1,2"


@pytest.mark.parametrize("value", ["..", ".", "", None])
def test_a_path_is_not_climbed_and_needs_its_parts(ask: Any, value: Any) -> None:
    entry = '{source: shop, request: {path: "/o/{{ inputs.name }}/x"}}'
    assert ask(entry, inputs={"name": value}) == Skip("missing path")
    assert ask(entry, inputs={"name": "../x"}).params["path"] == "/o/..%2Fx/x"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_line_break_in_a_header_is_not_sent(ask: Any, value: str) -> None:
    entry = '{source: shop, request: {path: /o, headers: {X-N: "{{ inputs.name }}"}}}'
    assert ask(entry, inputs={"name": value}) == Skip(
        "the header X-N holds a line break"
    )


def test_a_chain_spreads_its_lists(plan: Any, scope: Any) -> None:
    lookup = plan(
        "c:\n  source: [contacts, crm, shop]\n"
        "  operation: [get_contact, query_customer, null]\n"
        '  params: [{phone: "{{ inputs.tel }}"}, {tel: "{{ inputs.tel }}"}, null]\n'
        '  request: [null, null, {path: "/c/{{ inputs.tel }}"}]\n'
    ).lookups[0]
    made = [link.bind(scope({"tel": read_phone("0901")})) for link in lookup.calls]
    assert [link.source for link in lookup.calls] == ["contacts", "crm", "shop"]
    assert [query.params for query in made] == [
        {"phone": "0901"},
        {"tel": "0901"},
        {"method": "GET", "path": "/c/0901"},
    ]


def test_one_for_all_links_of_a_chain(plan: Any, scope: Any) -> None:
    text = "c: {source: [crm, crm], operation: query_customer, params: {id: x}}"
    links = plan(text).lookups[0].calls
    assert [link.bind(scope()).params for link in links] == [{"id": "x"}] * 2


def test_dependencies_of_a_lookup(plan: Any) -> None:
    compiled = plan(
        'd: {source: crm, params: {id: "{{ b.id }}"}, when: "{{ c.x }}"}\n'
        'c: {source: crm, params: {id: "{{ inputs.n }}"}, '
        "when: \"{{ lookups.b.status == 'ok' }}\"}\n"
        "b: {source: crm, params: {id: x}}"
    )
    by_name = {lookup.name: lookup for lookup in compiled.lookups}
    assert by_name["d"].waits_for == {"b", "c"}
    assert by_name["d"].calls[0].lookups == {"b"}
    assert by_name["c"].waits_for == {"b"}
    assert by_name["c"].when.lookups == frozenset()
    assert compiled.order == ("b", "c", "d")
    assert [lookup.name for lookup in compiled.lookups] == ["d", "c", "b"]


@pytest.mark.parametrize(
    "lookups",
    [
        'a: {source: crm, params: {id: "{{ a.x }}"}}',
        'a: {source: crm, params: {id: "{{ b.x }}"}}\n'
        'b: {source: crm, params: {id: x}, when: "{{ c }}"}\n'
        "c: {source: crm, params: {id: \"{{ 'x' if lookups.a.status }}\"}}",
    ],
)
def test_a_circle_is_an_error(examine: Any, lookups: str) -> None:
    problems = examine(lookups)
    assert problems.count("in a circle") == 1
    assert "7:3 lookups.a: lookups wait for each other in a circle: a → " in problems


def test_every_cycle_is_reported_without_its_dependents(examine: Any) -> None:
    problems = examine(
        'a: {source: crm, params: {id: "{{ a.x }}"}}\n'
        'b: {source: crm, params: {id: "{{ b.x }}"}}\n'
        'c: {source: crm, params: {id: "{{ a.x }}"}}'
    )
    assert problems.count("in a circle") == 2


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{source: cmr, params: {id: x}}", "no source `cmr` (did you mean `crm`?)"),
        ("{params: {id: x}}", "source: is missing"),
        ("{source: [], params: {id: x}}", "empty chain"),
        ("{source: crm, operation: query, params: {id: x}}", "`query_customer`"),
        (
            "{source: crm, params: {tell: x}}",
            "no parameter `tell` (did you mean `tel`?)",
        ),
        ("{source: crm}", "needs at least one of"),
        ("{source: crm, params: {}}", "needs at least one of"),
        ('{source: crm, params: {tel: ""}}', "needs at least one of"),
        ("{source: crm, params: [a]}", "takes a mapping"),
        ("{source: crm, params: x}", "takes a mapping"),
        ("{source: crm, request: {path: /x}}", "write `params`, not `request`"),
        ("{source: shop}", "needs a request"),
        ("{source: shop, params: {id: x}}", "write `request`, not `params`"),
        ("{source: shop, request: {}}", "path"),
        ("{source: shop, request: {path: x}}", "begins with /"),
        ("{source: shop, request: {path: '/x?a=1'}}", "under `query`"),
        ("{source: shop, request: {path: /x/../y}}", "does not climb"),
        ("{source: shop, request: {path: /x, method: FETCH}}", "is no method"),
        ("{source: shop, request: {path: /x, json: {}, form: {}}}", "one body"),
        ("{source: shop, request: {path: /x, pth: 1}}", "did you mean `path`?"),
        ("{source: shop, request: {path: /x, query: a}}", "write a mapping"),
        ("{source: shop, request: {path: /x, headers: {a b: c}}}", "no header name"),
        ("{source: shop, request: {path: /x}, pick: newest}", "write `first`"),
        ("{source: shop, request: {path: /x}, all_pages: true}", "has no pages"),
        ("{source: crm, params: {id: x}, all_pages: true}", "has no pages"),
        ("{source: crm, params: {id: x}, pick: best}", "risk_first"),
        ("{source: contacts, operation: add_note, params: [{}]}", "only reads"),
        ("{source: contacts, operation: contact_details}", "`contact_details` needs"),
        ("{source: [crm, crm], params: [{id: x}]}", "1 of `params` for 2 sources"),
        ("{source: crm, params: {id: x}, cache: {fresh: 9s, stale: 1s}}", "shorter"),
        ("{source: crm, params: {id: x}, cache: 5s}", "write a mapping"),
        ("{source: crm, params: {id: x}, wen: x}", "did you mean `when`?"),
        ("{source: crm, params: {id: '{{ inputs.x.y }}'}}", "`inputs.x`"),
    ],
)
def test_a_lookup_that_is_refused(examine: Any, entry: str, words: str) -> None:
    problems = examine(f"a: {entry}")
    assert words in problems
    assert problems.startswith("7:")


@pytest.mark.parametrize("name", ["inputs", "headers", "lookups", "now", "request"])
def test_names_that_templates_have_already(examine: Any, name: str) -> None:
    assert "templates have already" in examine(
        f"{name}: {{source: crm, params: {{id: x}}}}"
    )


@pytest.mark.parametrize("name", ["my-lookup", "a b", "1st", "__x", "true", "not"])
def test_names_that_no_template_can_write(examine: Any, name: str) -> None:
    assert "cannot name" in examine(f'"{name}": {{source: crm, params: {{id: x}}}}')


def test_actions_write(folder: Any) -> None:
    head = HEAD.replace("lookups:\n", "actions:\n")
    folder.root(SOURCES).endpoint(
        head + "  n: {source: contacts, operation: add_note, params: [{note_by: a, "
        'content: "x {{ inputs.n }}", phone: "{{ inputs.tel }}"}]}\n'
    )
    assert folder.messages() == ""
    folder.endpoint(head + "  n: {source: crm, params: {id: x}}\n")
    assert "an action writes" in folder.messages()


@pytest.mark.parametrize(
    "path", ["/a/{{ inputs.name }}", "/a/{{ inputs.name | trim }}{% if 1 %}{% endif %}"]
)
def test_a_word_that_is_empty_at_the_source_is_no_part_of_a_path(
    folder: Any, scope: Any, path: str
) -> None:
    shop = "shop: {kind: http, base_url: https://shop.example.com"
    folder.root(SOURCES.replace(shop, f"{shop}, empty: ['-']"))
    folder.endpoint(HEAD + f"  a: {{source: shop, request: {{path: '{path}'}}}}\n")
    link = folder.plan().lookups[0].calls[0]
    assert isinstance(link.bind(scope({"name": "-"})), Skip)
    assert link.bind(scope({"name": "Lê"})).params["path"] == "/a/L%C3%AA"


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        (
            "{source: [crm, contacts], params: [{tel: '{{ inputs.tel }}'}]}",
            "lookups.a.params",
            "1 of `params` for 2 sources",
        ),
        (
            "{source: contacts, params: {phon: '{{ inputs.tel }}'}}",
            "lookups.a.params.phon",
            "did you mean `phone`?",
        ),
        (
            "{source: crm, params: {tel: '-'}}",  # which is empty at this source
            "lookups.a.params",
            "needs at least one of",
        ),
    ],
)
def test_one_mistake_in_params_is_one_error(
    folder: Any, entry: str, path: str, words: str
) -> None:
    folder.root(SOURCES).endpoint(HEAD + f"  a: {entry}\n")
    assert [problem.path for problem in folder.problems()] == [path]
    assert words in folder.messages()


def test_an_action_of_a_kind_that_only_reads(folder: Any) -> None:
    action = "actions: {n: {source: crm, params: {tel: '{{ inputs.tel }}'}}}\n"
    text = HEAD.replace("lookups:\n", action)
    folder.root(SOURCES).endpoint(text)
    assert folder.messages().endswith("write it under `lookups`")


BARE = (
    "`{0}` goes to `shop` as its digits alone, +86138… as 86138…; write `phone: e164`, "
    "national or digits at `shop`, or a filter: | phone('e164')"
)


@pytest.mark.parametrize(
    ("source", "template", "bare"),
    [
        ("shop", "{{ inputs.tel }}", "inputs.tel"),
        ("shop", "{{ inputs.tel }}/{{ inputs.name }}", "inputs.tel"),
        ("shop", "{{ headers['x-from'] }}", "headers.X-From"),
        ("shop", "{{ inputs.tel | phone('e164') }}", ""),
        ("shop", "{{ inputs.name }}", ""),  # no telephone number
        ("national", "{{ inputs.tel }}", ""),
    ],
)
def test_a_bare_number_to_an_http_api_is_a_warning(
    folder: Any, source: str, template: str, bare: str
) -> None:
    folder.root(
        SOURCES
        + "  national: {kind: http, phone: national, base_url: 'https://n.example'}\n"
    )
    lookup = f'a: {{source: {source}, request: {{path: "/{template}"}}}}'
    folder.endpoint(
        f"{HEAD}  {lookup}\nheaders: {{X-From: {{format: phone}}}}\n".replace(
            "default: 0}", 'default: 0, value: "{{ a.n }}{{ inputs | to_json }}"}'
        )
        .replace("type: int, default", "type: string, default")
        .replace(": 0,", ": '',")
    )
    messages = [
        problem.message
        for problem in folder.problems("warning")
        if problem.path == "lookups.a"
    ]
    assert messages == ([BARE.format(bare)] if bare else [])


def test_a_query_has_the_id_of_the_data_request(ask: Any) -> None:
    entry = "{source: crm, params: {id: x}}"
    assert ask(entry, request={"id": "r-7"}).request_id == "r-7"
    assert ask(entry, request={}).request_id == ""


def test_a_call_hides_its_own_and_its_sources_secrets(
    plan: Any,
) -> None:
    (lookup,) = plan("a: {source: crm, params: {id: 'x-${PORT}'}}").lookups
    assert {"5", "s3cret-value"} <= set(lookup.calls[0].secrets)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("''", False), ("'-'", False), ("null", False), ("0", True), ("x", True)],
)
def test_a_constant_without_value_is_left_out(ask: Any, value: str, kept: bool) -> None:
    query = ask(f"{{source: crm, params: {{id: x, email: {value}}}}}")
    assert ("email" in query.params) is kept


ALWAYS = (
    "this is the text `{}`, which is always true; write true or false, without quotes"
)


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("yes", ALWAYS.format("yes")),
        ("'false'", ALWAYS.format("false")),
        ("'0'", ALWAYS.format("0")),
        ("OFF", ALWAYS.format("OFF")),
        ("n > 1", 'this is the text `n > 1`; for its value write "{{ n > 1 }}"'),
        ("inputs.n", 'this is the text `inputs.n`; for its value write "{{ inputs.n }}"'),
        ("'{inputs.n}'", "`{inputs.n}` is no template; write {{inputs.n}}, two braces at each end"),
    ],
)  # fmt: skip
def test_a_condition_that_is_a_text_is_doubted_once(
    folder: Any, when: str, message: str
) -> None:
    """docs/rules.md#lookups: a text other than empty is true."""
    entry = f"a: {{source: crm, params: {{tel: '1'}}, when: {when}}}"
    folder.root(SOURCES).endpoint(f"{HEAD}  {entry}\n")
    doubts = [p for p in folder.problems("warning") if p.path == "lookups.a.when"]
    assert [problem.message for problem in doubts] == [message]


@pytest.mark.parametrize(
    "when", ["true", "false", "''", "null", "1", "'{{ inputs.n }}'"]
)
def test_a_condition_that_is_meant_is_not_doubted(folder: Any, when: str) -> None:
    entry = f"a: {{source: crm, params: {{tel: '1'}}, when: {when}}}"
    folder.root(SOURCES).endpoint(f"{HEAD}  {entry}\n")
    assert not [p for p in folder.problems("warning") if p.path == "lookups.a.when"]
