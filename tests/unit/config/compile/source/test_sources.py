# ruff: noqa: E501 - a case stands on one line
"""A source as it is written: what fits its kind, and each slip with its cure."""

from __future__ import annotations

from typing import Any

import pytest

HTTP = "kind: http, base_url: 'https://x.example.com'"
SOBOT = "kind: sobot, base_url: sandbox, auth: {app_id: '${KEY}', app_key: '${KEY}'}"
KINDS = "`sobot`, `omicrm`, `bangwo8`, `meiqia`, `http`, `table`, `sql`"
WITH_ADDRESS = "sobot, omicrm, bangwo8, meiqia, http"
PII = "`phone`, `name`, `email`, `id`, `text`, `none`"
PLAIN = 'a secret is written here in plain text; write "${NAME}" and set it in the environment'


@pytest.fixture
def messages(folder: Any) -> Any:
    """Return the errors and warnings of one source."""

    def read(source: str, **environ: str) -> list[str]:
        folder.root(f"version: 1\nsources: {{a: {{{source}}}}}\n")
        problems = (
            *folder.problems(**environ),
            *folder.problems("warning", **environ),
        )
        return [
            f"{problem.path.removeprefix('sources.a')}: {problem.message}"
            for problem in problems
            if problem.path.startswith("sources")
        ]

    return read


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("kind: sobt, base_url: sandbox", f".kind: no kind `sobt` (did you mean `sobot`?); write one of {KINDS}"),
        ("kind: zzz, base_url: sandbox", f".kind: no kind `zzz`; write one of {KINDS}"),
        ("base_url: sandbox", ".kind: is missing; write kind: sobot, omicrm, bangwo8, meiqia, http, table or sql"),
        ("kind: sql, url: 'postgresql://host:99999/a', queries: {a: select 1}", ".url: this has a port that cannot be; write one from 1 to 65535"),
        ("kind: http", ".base_url: is missing; write base_url: https://host/path, or the word sandbox"),
        ("kind: http, url: 'https://x.example.com'", ".url: `url` is not for kind http but for sql; write `base_url`"),
        ("kind: sql, base_url: 'sqlite:///x', queries: {a: select 1}", f".base_url: `base_url` is not for kind sql but for {WITH_ADDRESS}; write `url`"),
        ("kind: http, base_url: sandbox, queries: {a: select 1}", ".queries: `queries` is not for kind http but for sql; write `query`"),
        ("kind: table, paths: {}, key: {a: text}", f".paths: `paths` is not for kind table but for {WITH_ADDRESS}; write `file`"),
        ("kind: table, paths: x.csv, key: {a: text}", f".paths: `paths` is not for kind table but for {WITH_ADDRESS}; write `file`"),
        ("kind: sql, url: 'postgresql://host/a', queries: {a: select 1}, tls: {verify: false}", f".tls: `tls` is not for kind sql but for {WITH_ADDRESS}; remove it"),
        (f"{HTTP}, url: x", ".url: `url` is not for kind http but for sql; remove it"),
        (f"{HTTP}, file: x", ".file: `file` is not for kind http but for table; remove it"),
        (f"{SOBOT}, success: x", ".success: `success` is not for kind sobot but for http; remove it"),
        (f"{SOBOT}, pii: {{a: name}}", ".pii: `pii` is for sources whose fields are not known; those of kind sobot have their kinds already; remove it"),
        (f"{HTTP}, pii: {{a: nme}}", f".pii.a: no kind `nme` of a field (did you mean `name`?); write one of {PII}"),
        (f"{HTTP}, pii: {{a: 5}}", f".pii.a: no kind `5` of a field; write one of {PII}"),
        (f"{HTTP}, paths: {{a: /x}}", ".paths.a: kind http has no operation `a` with a path; operations: `request`"),
        (f"{SOBOT}, paths: {{query_custmer: /x}}", ".paths.query_custmer: kind sobot has no operation `query_custmer` with a path (did you mean `query_customer`?); operations: `query_customer`"),
        (f"{SOBOT}, paths: {{query_customer: crm}}", ".paths.query_customer: a path begins with / and has no query; write /crm/query"),
        (f"{SOBOT}, paths: {{query_customer: '/crm?x=1'}}", ".paths.query_customer: a path begins with / and has no query; write /crm/query"),
        (f"{SOBOT}, paths: {{query_customer: 5}}", ".paths.query_customer: a path begins with / and has no query; write /crm/query"),
        (f"{HTTP}, cache: {{fresh: 2s, stale: 1s}}", ".cache.stale: stale is shorter than fresh, and both count from the same moment; write a longer stale, or leave it out"),
        (f"{HTTP}, headers: {{X-Api-Key: plain}}", f".headers.X-Api-Key: {PLAIN}"),
        (f"{HTTP}, headers: {{X-Api-Key: $SHOP_KEY}}", '.headers.X-Api-Key: `$SHOP_KEY` is not filled in; write "${SHOP_KEY}"'),
        (f"{HTTP}, query: {{token: plain}}", f".query.token: {PLAIN}"),
        (f"{HTTP}, auth: {{bearer: plain}}", f".auth.bearer: {PLAIN}"),
    ],
)  # fmt: skip
def test_a_typo_is_reported_once(messages: Any, source: str, message: str) -> None:
    assert messages(source) == [message]


@pytest.mark.parametrize(
    ("url", "problem", "advice"),
    [
        ("x.example.com/api", "this address does not begin with http:// or https://", "https://x.example.com/api"),
        ("'x.example.com:8080'", "this address does not begin with http:// or https://", "https://x.example.com:8080"),
        ("localhost", "this address does not begin with http:// or https://", "https://host/path"),
        ("'a b'", "this address does not begin with http:// or https://", "https://host/path"),
        ("'ftp://x.example.com'", "this address does not begin with http:// or https://", "https://host/path"),
        ("'${KEY}'", "this address does not begin with http:// or https://", "https://host/path"),
        ("'${HOST:-x.example.com}'", "this address does not begin with http:// or https://", "https://host/path"),
        ("$SHOP_URL", "`$SHOP_URL` is not filled in", "${SHOP_URL}"),
        ("'https://x/?a=1'", "a base address has no query, fragment or template", "https://host/path"),
        ("'https://x/#a'", "a base address has no query, fragment or template", "https://host/path"),
        ("'https://x/{{ a }}'", "a base address has no query, fragment or template", "https://host/path"),
        ("'https:///a'", "this is no address", "https://host/path"),
        ("'https://x:0'", "this is no address", "https://host/path"),
        ("'https://x:65536'", "this is no address", "https://host/path"),
        ("'https://[::1'", "this is no address", "https://host/path"),
        ("'https://a b.example.com'", "this is no address", "https://host/path"),
    ],
)  # fmt: skip
def test_an_address_that_is_none(
    messages: Any, url: str, problem: str, advice: str
) -> None:
    assert messages(f"kind: http, base_url: {url}") == [
        f".base_url: {problem}; write {advice}, or the word sandbox"
    ]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("sobot", "write auth: {app_id: …, app_key: …}"),
        ("omicrm", "write auth: {api_key: …}"),
        ("bangwo8", "write either account and password, or secret_id and secret"),
        ("meiqia", "write auth: {access_token: …}"),
    ],
)
def test_credentials_that_are_missing(messages: Any, kind: str, advice: str) -> None:
    for auth in ("", ", auth: null"):
        source = f"kind: {kind}, base_url: sandbox{auth}"
        assert messages(source) == [f".auth: is missing; {advice}"]


@pytest.mark.parametrize(
    ("token_url", "message"),
    [
        ("x", "write a URL with http:// or https://"),
        ("'https://a:0/'", "this is no address; write https://host/path"),
        ("'https://[::1'", "this is no address; write https://host/path"),
        ("'https://u:p@a.example.com'", "credentials do not belong in this address; write https://host/path"),
        ("'https://a.example.com/t?x=1'", ""),
    ],
)  # fmt: skip
def test_the_address_of_tokens(messages: Any, token_url: str, message: str) -> None:
    oauth = f"{{token_url: {token_url}, client_id: a, client_secret: '${{KEY}}'}}"
    expected = [f".auth.oauth2.token_url: {message}"] if message else []
    assert messages(f"{HTTP}, auth: {{oauth2: {oauth}}}") == expected


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        ("sandbox", "http://127.0.0.1:8090/http"),
        ("' sandbox '", "http://127.0.0.1:8090/http"),
        ("'https://x.example.com/api/'", "https://x.example.com/api"),
        ("'http://127.0.0.1:1'", "http://127.0.0.1:1"),
        ("'https://[::1]:8443/a'", "https://[::1]:8443/a"),
        ("'${U:-https://u:p@x.example.com}'", "https://u:p@x.example.com"),
    ],
)
def test_an_address(folder: Any, url: str, base_url: str) -> None:
    folder.root(f"version: 1\nsources: {{a: {{kind: http, base_url: {url}}}}}\n")
    assert folder.load().sources["a"].base_url == base_url
    assert [problem.path for problem in folder.problems("warning")] == [""]


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ("", "empty", ("",)),
        ("empty: ['-']", "empty", ("", "-")),
        ("empty: []", "empty", ("",)),
        ("", "max_concurrent", 64),
        ("max_concurrent: 1", "max_concurrent", 1),
        ("paths: {}", "paths", {}),
        ("pii: {a: name, b.c: phone}", "pii", {"a": "name", "b.c": "phone"}),
        ("retries: 10", "retries", 10),
        ("timeout: 1ms", "timeout", 0.001),
        ("max_response: 1KB", "max_response", 1024),
    ],
)
def test_settings_of_a_source(folder: Any, keys: str, name: str, value: Any) -> None:
    folder.root(f"version: 1\nsources: {{a: {{{HTTP}, {keys}}}}}\n")
    assert getattr(folder.load().sources["a"], name) == value


def test_bangwo8_has_an_empty_date(folder: Any) -> None:
    auth = "auth: {account: a@example.com, password: '${KEY}'}"
    folder.root(
        f"version: 1\nsources: {{a: {{kind: bangwo8, base_url: sandbox, {auth}}}}}\n"
    )
    assert folder.load().sources["a"].empty == ("", "0000-00-00")


@pytest.mark.parametrize(
    ("source", "secrets"),
    [
        (f"{HTTP}, auth: {{bearer: hush}}", {"hush"}),
        (f"{HTTP}, headers: {{X-Api-Key: hush, Accept: json}}", {"hush"}),
        (f"{HTTP}, headers: {{Accept: '${{KEY}}'}}", {"s3cret-value"}),
        (f"{HTTP}, query: {{q: all, api_key: hush}}", {"hush"}),
        ("kind: http, base_url: 'https://u:p%20w@x.example.com'", {"p%20w", "p w", "dTpwIHc="}),
        (f"{HTTP}, auth: {{basic: {{username: u, password: p}}}}", {"p", "dTpw"}),
        (f"{HTTP}, proxy: 'http://u:hush@proxy.example.com:3128'", {"hush"}),
        (HTTP, set()),
    ],
)  # fmt: skip
def test_values_that_are_never_shown(
    folder: Any, source: str, secrets: set[str]
) -> None:
    folder.root(f"version: 1\nsources: {{a: {{{source}}}}}\n")
    assert set(folder.load().sources["a"].secrets) == secrets


@pytest.mark.parametrize("name", ["a b", "a\u00a0b", " "])
def test_the_name_of_a_source_is_one_word(folder: Any, name: str) -> None:
    folder.root(f'version: 1\nsources: {{"{name}": {{{HTTP}}}}}\n')
    (problem,) = folder.problems()
    assert problem.message == (
        f"the name {name!r} of a source has blanks; write one word"
    )


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("rest", "http"),
        ("HTTPS", "http"),
        ("soap", "http"),
        ("csv", "table"),
        ("mysql", "sql"),
        ("database", "sql"),
        ("Sobot", "sobot"),
    ],
)
def test_a_synonym_of_a_kind_gets_the_kinds_name(
    messages: Any, kind: str, meant: str
) -> None:
    message = f".kind: no kind `{kind}` (did you mean `{meant}`?); write one of {KINDS}"
    assert messages(f"kind: {kind}, base_url: sandbox") == [message]


def test_a_source_whose_options_are_wrong_is_reported_once(messages: Any) -> None:
    """What asks it is not wrong as well."""
    (message,) = messages("kind: table, file: none.csv, key: {a: text}")
    assert message.startswith(".file: there is no file `none.csv`")


def test_an_unknown_form_of_numbers_is_reported_once(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    """The doubt about a bare number asks for a form, and one is written."""
    text = root_text.replace("kind: http,", "kind: http, phone: e146,")
    folder.root(text).endpoint(
        endpoint_text.replace(
            'source: crm, params: {tel: "{{ inputs.tel }}"}',
            'source: shop, request: {path: "/c/{{ inputs.tel }}"}',
        )
    )
    assert [problem.path for problem in folder.problems()] == ["sources.shop.phone"]
    assert folder.problems("warning") == []
