# ruff: noqa: E501 - a case stands on one line
"""Each problem stands at the key or at the value to which it belongs: ▶ marks the place."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "endpoint: e\npath: /e\nformat: json\n"
OUTPUTS = "outputs: {o: {type: int, default: 0}}\n"
ROOT = """\
version: 1
region: CN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "${KEY}", app_key: "${KEY}"}}
  omi: {kind: omicrm, base_url: sandbox, auth: {api_key: "${KEY}"}}
  desk: {kind: bangwo8, base_url: sandbox, auth: {account: a@example.com, password: "${KEY}"}}
  calls: {kind: meiqia, base_url: sandbox, auth: {access_token: "${KEY}"}}
  shop: {kind: http, base_url: "https://shop.example.com"}
"""


def place_of(text: str) -> tuple[str, int, int]:
    """Return the text without its mark, and line and column of the mark."""
    before, _, after = text.partition("▶")
    line = before.count("\n") + 1
    return before + after, line, len(before) - before.rfind("\n")


def check(problems: Any, file: str, line: int, column: int, words: str) -> None:
    assert [
        (problem.file.rpartition("/")[2], problem.line, problem.column)
        for problem in problems
        if words in problem.message
    ] == [(file, line, column)], problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("outputs: {▶error: {type: int, default: 0}}", "`error` is the name of the error"),
        ("outputs: {▶' ': {type: int, default: 0}}", "needs a printable name"),
        ("▶outputs: {}", "write at least one output"),
        ("outputs: {▶o: {type: int}}", "needs a default"),
        ("outputs: {o: {type: int, default: 0, ▶max_length: 3}}", "for string only"),
        ("outputs: {o: {type: int, default: 0, ▶optional: true}}", "may be left out"),
        ("outputs: {o: {type: int, ▶default: {timeout: 1}}}", "needs `else`"),
        ("outputs: {o: {type: int, default: {▶tmeout: 1, else: 0}}}", "no reason `tmeout`"),
        ("outputs: {o: {type: int, default: {timeout: ▶x, else: 0}}}", "the type is int"),
        ("outputs: {o: {type: int, default: ▶x}}", "the type is int"),
        ("outputs: {o: {type: int, default: 0, value: ▶seven}}", "never a whole number"),
        ("outputs: {o: {type: int, default: 0, map: {a: ▶b}}}", "the type is int"),
        ("outputs: {o: {▶tpye: int, default: 0}}", "did you mean `type`"),
        ("outputs: {o: {type: ▶float, default: 0}}", "write int"),
    ],
)  # fmt: skip
def test_an_output(folder: Any, text: str, words: str) -> None:
    text, line, column = place_of(f"{HEAD}{text}\n")
    folder.root(ROOT).endpoint(text)
    problems = (*folder.problems(), *folder.problems("warning"))
    check(problems, "a.yaml", line, column, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("inputs: {▶' ': {}}", "an input needs a name"),
        ("inputs: {▶a.b: {}}", "is read under this very name"),
        ("inputs: {a: {▶min: 1}}", "`min` is for int only"),
        ("inputs: {a: {type: int, min: 2, max: ▶1}}", "max 1 is less than min 2"),
        ("inputs: {a: {required: true, ▶default: x}}", "exclude each other"),
        ("inputs: {a: {▶secret: true}}", "a secret needs `equals"),
        ("inputs: {a: {equals: x, ▶default: x}}", "this default is never used"),
        ("inputs: {a: {equals: ▶''}}", "can be equal to this"),
        ("inputs: {a: {secret: true, equals: ▶x}}", "in plain text"),
        ("inputs: {a: {enum: ▶x}}", "write a list"),
        ("inputs: {a: {enum: [x, ▶1]}}", "the type is string"),
        ("inputs: {a: {enum: [x], default: ▶y}}", "not one of `enum`"),
        ("inputs: {a: {pattern: ▶'('}}", "no regular expression"),
        ("inputs: {a: {path: ▶'['}}", "no JMESPath"),
        ("inputs: {▶a: {}}", "nothing names the input"),
        ("headers: {▶X Shop: {}}", "has a blank"),
        ("headers: {▶X_Shop: {}}", "has a `_`"),
        ("headers: {▶X-Größe: {}}", "no header name"),
        ("headers: {X-Shop: {}, ▶x-shop: {}}", "declared twice"),
        ("answer: {with: {▶error: 1}}", "`error` is the name of the error"),
        ("answer: {with: {▶o: 1}}", "is an output, too"),
        ("answer: {under: a.b, with: ▶{a: 1}}", "`a` holds the outputs"),
        ("security: {▶outbound: [x]}", "holds for the whole server"),
        ("security: {hmac: {secret: '${KEY}', ▶format: hex}}", "write header: X-Signature too"),
        ("security: {▶hmac: {secret: '${KEY}', header: X-S}}", "no time is checked"),
        ("mock: [{outputs: {▶x: 1}}]", "no output `x`"),
        ("mock: [▶{outputs: {}}, {outputs: {}}]", "matches always"),
        ("tests: [{name: t, expect: {▶status: 1}}]", "stands beside `expect`"),
        ("tests: [{name: t, sources: {▶x: 1}}]", "no lookup `x`"),
        ("tests: [{name: t, expect_actions: [{name: ▶x}]}]", "no action `x`"),
        ("▶colour: red", "unknown key `colour`"),
        ("deadline: ▶5", "write 5s, not 5"),
    ],
)  # fmt: skip
def test_a_key_of_an_endpoint(folder: Any, text: str, words: str) -> None:
    text, line, column = place_of(f"{HEAD}{OUTPUTS}{text}\n")
    folder.root(ROOT).endpoint(text)
    problems = (*folder.problems(), *folder.problems("warning"))
    check(problems, "a.yaml", line, column, words)


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("▶inputs: {source: crm, params: {tel: '1'}}", "a name that templates have already"),
        ("▶in: {source: crm, params: {tel: '1'}}", "templates cannot name a lookup `in`"),
        ("▶größe: {source: crm, params: {tel: '1'}}", "templates cannot name a lookup"),
        ("▶self: {source: crm, params: {tel: '1'}}", "templates cannot name a lookup"),
        ("l: {source: ▶x}", "no source `x`"),
        ("l: {source: [crm, ▶x], params: {tel: '1'}}", "no source `x`"),
        ("l: {source: ▶'crm, omi', params: {tel: '1'}}", "a chain is a list"),
        ("l: {source: ▶[]}", "an empty chain"),
        ("l: {source: crm, operation: ▶x}", "has no operation `x`"),
        ("l: {source: omi, operation: ▶add_note}", "`add_note` writes"),
        ("l: {source: omi, params: {▶phon: '1'}}", "has no parameter `phon`"),
        ("▶l: {source: crm}", "needs at least one of"),
        ("l: {source: crm, ▶params: {}}", "needs at least one of"),
        ("l: {source: crm, params: ▶x}", "takes a mapping of parameters"),
        ("l: {source: crm, ▶request: {path: /x}}", "write `params`, not `request`"),
        ("l: {source: shop, ▶params: {a: b}}", "write `request`, not `params`"),
        ("▶l: {source: shop}", "needs a request"),
        ("l: {source: shop, ▶request: {method: GET}}", "is missing its path"),
        ("l: {source: shop, request: {path: ▶x}}", "begins with /"),
        ("l: {source: shop, request: {path: /x, method: ▶FETCH}}", "is no method here"),
        ("l: {source: shop, request: {path: /x, headers: {▶a b: c}}}", "is no header name"),
        ("l: {source: shop, request: {path: /x, json: 1, ▶form: {}}}", "has one body"),
        ("l: {source: shop, request: {path: /x, ▶content_type: a/b}}", "the label of `body`"),
        ("l: {source: shop, request: {path: /x, ▶url: /y}}", "write `path`"),
        ("l: {source: calls, operation: list_number_groups, ▶pick: first}", "remove `pick`"),
        ("l: {source: crm, params: {tel: '1'}, pick: ▶last}", "write "),
        ("l: {source: crm, params: {tel: '1'}, ▶all_rows: true}", "remove `all_rows`"),
        ("l: {source: crm, params: {tel: '1'}, ▶all_pages: true}", "remove `all_pages`"),
        ("l: {source: crm, params: {tel: '1'}, cache: {fresh: 2s, stale: ▶1s}}", "shorter than fresh"),
        ("l: {source: crm, params: {tel: '1'}, when: ▶yes}", "this is the text `yes`"),
        ("l: {source: [crm, omi], operation: ▶[query_customer], params: {tel: '1'}}", "1 of `operation` for 2 sources"),
        ("▶l: {source: crm, params: {tel: '{{ l.tel }}'}}", "in a circle"),
        ("▶l: {source: crm, params: {tel: '1'}}", "nothing names the lookup"),
    ],
)  # fmt: skip
def test_a_lookup(folder: Any, lookup: str, words: str) -> None:
    text, line, column = place_of(f"{HEAD}{OUTPUTS}lookups: {{{lookup}}}\n")
    folder.root(ROOT).endpoint(text)
    problems = (*folder.problems(), *folder.problems("warning"))
    check(problems, "a.yaml", line, column, words)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("a: {source: ▶[omi, omi], operation: add_note}", "an action has one source"),
        ("a: {source: omi, operation: ▶get_contact}", "only reads"),
        ("▶a: {source: omi}", "an action names its operation"),
        ("a: {source: shop, request: {method: POST, path: /n}, delay: ▶2s, give_up: 1s}", "not shorter than give_up"),
        ("a: {source: shop, request: {method: POST, path: /n}, give_up: ▶0s}", "this is zero"),
        ("a: {source: shop, request: {method: POST, path: /n}, ▶pick: first}", "an action writes and has no result"),
    ],
)  # fmt: skip
def test_an_action(folder: Any, action: str, words: str) -> None:
    text, line, column = place_of(f"{HEAD}{OUTPUTS}actions: {{{action}}}\n")
    folder.root(ROOT).endpoint(text)
    check(folder.problems(), "a.yaml", line, column, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources: {▶a b: {kind: http, base_url: 'https://x.example.com'}}", "has blanks; write one word"),
        ("sources: {a: {kind: ▶htp, base_url: 'https://x.example.com'}}", "no kind `htp`"),
        ("sources: {▶a: {kind: http}}", "base_url: https://host/path"),
        ("sources: {a: {kind: http, base_url: ▶x}}", "does not begin with http"),
        ("sources: {a: {kind: sobot, base_url: sandbox, auth: {app_id: '${KEY}', app_key: '${KEY}'}, ▶success: x}}", "is not for kind sobot"),
        ("sources: {▶a: {kind: sobot, base_url: sandbox}}", "write auth: {"),
        ("sources: {a: {kind: sobot, base_url: sandbox, auth: {app_id: '${KEY}', app_key: '${KEY}'}, paths: {▶x: /y}}}", "has no operation `x` with a path"),
        ("sources: {a: {kind: sobot, base_url: sandbox, auth: {app_id: '${KEY}', app_key: '${KEY}'}, paths: {query_customer: ▶y}}}", "a path begins with /"),
        ("sources: {a: {kind: sobot, base_url: sandbox, auth: {app_id: '${KEY}', app_key: '${KEY}'}, ▶pii: {a: name}}}", "have their kinds already"),
        ("sources: {a: {kind: http, base_url: 'https://x.example.com', pii: {b: ▶nme}}}", "no kind `nme` of a field"),
        ("sources: {a: {kind: http, base_url: 'https://x.example.com', tls: ▶{}}}", "write tls: {ca: ca.pem}"),
        ("sources: {a: {kind: http, base_url: 'https://x.example.com', proxy: ▶enviroment}}", "the word environment"),
        ("calendars: {o: {▶monday: []}}", "did you mean `mon`"),
        ("calendars: {o: {mon: [▶'9-17']}}", "are no hours"),
        ("calendars: {o: {exceptions: {▶2026-02-30: []}}}", "is no day"),
        ("calendars: {o: {holidays: [2026-10-01, ▶x]}}", "is no day"),
        ("console: {▶journal: 2h}", "is `journal.keep` now"),
        ("region: ▶UK", "write GB"),
        ("security: {allow_ips: [10.0.0.0/8, ▶x]}", "no address or network"),
        ("system_api: {source: ▶x}", "no source `x`"),
        ("▶tmezone: UTC", "did you mean `timezone`"),
    ],
)  # fmt: skip
def test_the_root_file(folder: Any, text: str, words: str) -> None:
    text, line, column = place_of(f"version: 1\n{text}\n")
    folder.root(text)
    problems = (*folder.problems(), *folder.problems("warning"))
    check(problems, "ivrhooks.yaml", line, column, words)


@pytest.mark.parametrize(
    ("caller", "text", "words"),
    [
        ("genesys", "outputs: {▶a-b: {type: int, default: 0}}", "Genesys contract"),
        ("connect", "outputs: {▶a/b: {type: int, default: 0}}", "Amazon Connect"),
        ("kamailio", "outputs: {▶a.b: {type: int, default: 0}}", "a dot as a step"),
        ("kamailio", "outputs: {▶a: {type: int, default: 2147483648}}", "write type: string, or a map"),
        ("kamailio", "outputs: {a: {type: int, default: 0}}\n▶deadline: 451ms", "write deadline: 450ms"),
    ],
)  # fmt: skip
def test_names_that_a_caller_cannot_read(
    folder: Any, caller: str, text: str, words: str
) -> None:
    text, line, column = place_of(f"{HEAD}{text}\n")
    folder.root(f"{ROOT}caller: {caller}\n").endpoint(text)
    problems = [
        problem
        for severity in ("error", "warning", "note")
        for problem in folder.problems(severity)
    ]
    check(problems, "a.yaml", line, column, words)
