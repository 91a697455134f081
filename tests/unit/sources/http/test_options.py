"""The keys of kind http, out of real YAML: compiled, and told where they are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.sources.http.answers import ResponseNames, Rules
from ivrhooks.sources.http.options import HttpOptions
from ivrhooks.sources.interface import Query, Response, SourceSettings

BASE = "kind: http, base_url: 'https://erp.example.com'"


def options(settings: SourceSettings) -> HttpOptions:
    assert isinstance(settings.options, HttpOptions)
    return settings.options


def test_headers_and_query_go_with_every_request(compiled: Any) -> None:
    source = f"{{{BASE}, headers: {{X-App-Id: '${{S}}'}}, query: {{v: 2, ok: true}}}}"
    settings = compiled.source(source)
    assert options(settings).headers == (("X-App-Id", "s3cret"),)
    assert options(settings).query == (("v", "2"), ("ok", "1"))
    assert settings.secrets == ("s3cret",)


def test_a_sign_is_compiled(compiled: Any) -> None:
    source = (
        f"{{{BASE}, sign: {{with: hmac_sha256, secret: '${{S}}', name: sig, in: form, "
        "of: '{{ method }}{{ params.a }}{{ secret }}', add: {ts: '{{ timestamp }}'}, "
        "timestamp: ms, format: HEX}}"
    )
    sign = options(compiled.source(source)).sign
    assert sign is not None
    assert (sign.algorithm, sign.place, sign.name, sign.format, sign.timestamp) == (
        "hmac_sha256",
        "form",
        "sig",
        "HEX",
        "ms",
    )
    names = {"method": "GET", "params": {"a": "1"}, "secret": sign.secret}
    assert sign.of(names) == "GET1s3cret"
    assert [(name, value({"timestamp": "5"})) for name, value in sign.add] == [
        ("ts", "5")
    ]
    assert sign.zone == "Asia/Shanghai"
    assert "s3cret" not in repr(sign)


def rules(query: Query) -> Rules:
    assert isinstance(query.rules, Rules)
    return query.rules


def test_the_rules_of_a_request_win_over_the_sources(compiled: Any) -> None:
    source = (
        f"{{{BASE}, answer: json, result: data, success: '{{{{ response.json.ok }}}}'}}"
    )
    lookup = "request: {path: /x, answer: xml, result: a.b}"
    decided = rules(compiled.query(source, lookup))
    assert decided.answer == "xml" and decided.success is not None
    assert decided.result is not None and decided.result({"a": {"b": 7}}) == 7
    own = rules(compiled.query(source, "request: {path: /x}"))
    assert own.answer == "json" and own != decided
    assert own == rules(compiled.query(source, "request: {path: /y}"))


def test_pick_of_source_request_and_lookup(compiled: Any) -> None:
    source = f"{{{BASE}, pick: first}}"
    assert compiled.query(source, "request: {path: /x}").pick == "first"
    assert compiled.query(source, "request: {path: /x, pick: none}").pick == "none"
    both = "{request: {path: /x, pick: first}, pick: none}"
    lookup = both.strip("{}").replace(", pick: none", "\n    pick: none")
    assert "pick: none" in lookup
    query = compiled.query(source, "request: {path: /x, pick: first}\n    pick: none")
    assert query.pick == "none"


def test_a_judge_sees_the_answer(compiled: Any) -> None:
    source = (
        f'{{{BASE}, not_found: "{{{{ response.json.code == 1004 }}}}", '
        "success: \"{{ response.headers['X-Ok'] and response.status == 200 }}\"}"
    )
    made = options(compiled.source(source)).rules
    response = Response(200, {"x-ok": "yes"}, b'{"code": 1004}')
    names = {"response": ResponseNames(response)}
    assert made.not_found is not None and made.not_found(names)
    assert made.success is not None and made.success(names)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("answer: yaml", "write json, xml or text"),
        ("pick: newest", "write first or none"),
        ("success: true", "write a template"),
        ("not_found: '{{ respons.json }}'", "did you mean `response`?"),
        ("result: 'a['", "no JMESPath"),
        ("result: 5", "write JMESPath"),
        ("headers: [a]", "write a mapping"),
        ("headers: {a b: c}", "no header name"),
        ("headers: {X: '{{ inputs.tel }}'}", "is no template"),
        ('headers: {X: "a\\nb"}', "line break"),
        ("query: {a: {b: c}}", "write a text"),
        ("sign: {with: md4, secret: x, of: y}", "md5"),
        ("sign: {with: md5, of: y}", "secret: is missing"),
        ("sign: {with: md5, secret: x, of: '{{ parms }}'}", "did you mean `params`?"),
        (
            "sign: {with: md5, secret: x, of: y, in: cookie}",
            "query, form, json, header",
        ),
        ("sign: {with: md5, secret: x, of: y, timestamp: seconds}", "a format"),
        ("sign: {with: md5, secret: x, of: y, name: 'a b'}", "no name"),
        ("sign: {with: md5, secret: x, of: y, nam: z}", "did you mean `name`?"),
        ("sign: md5", "write a mapping"),
        ("file: x.csv", "is not for kind http but for table"),
    ],
)
def test_settings_that_cannot_work_are_reported(
    compiled: Any, keys: str, words: str
) -> None:
    made, problems = compiled.examine(f"{{{BASE}, {keys}}}")
    assert made is None and words in problems


@pytest.mark.parametrize("key", ["sign: {with: md5}", "headers: {a: b}", "answer: xml"])
def test_the_keys_of_kind_http_are_of_no_other_kind(compiled: Any, key: str) -> None:
    source = (
        f"{{kind: sobot, base_url: sandbox, auth: {{app_id: a, app_key: b}}, {key}}}"
    )
    _, problems = compiled.examine(source, "params: {tel: '{{ inputs.tel }}'}")
    assert "is not for kind sobot but for http" in problems


def test_a_literal_secret_is_warned_of(compiled: Any) -> None:
    source = (
        f"{{{BASE}, sign: {{with: md5, secret: abc, of: x, add: {{app_key: k}}}}, "
        "headers: {X-Api-Key: abc, X-Shop: north}}"
    )
    _, problems = compiled.examine(source)
    assert "warning sources.s.sign.secret: a secret is written here" in problems
    assert "warning sources.s.sign.add.app_key: a secret" in problems
    assert "warning sources.s.headers.X-Api-Key: a secret" in problems
    assert "X-Shop" not in problems
