# ruff: noqa: E501 - a case stands on one line
"""A folder is loaded, or refused with every problem and its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import ConfigError
from ivrhooks.config.loader import examine, load
from ivrhooks.config.reading.yaml_reader import plain, read_yaml


def test_a_small_configuration_is_compiled(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(endpoint_text)
    configuration = folder.load()
    assert [plan.path for plan in configuration.plans.values()] == ["/api/vip"]
    assert configuration.by_name("vip").order == ("customer",)
    assert configuration.sources["crm"].base_url == "http://127.0.0.1:8090/sobot"
    assert len(configuration.fingerprint) == 6
    assert [Path(name).name for name in configuration.files] == [
        "ivrhooks.yaml",
        "a.yaml",
    ]


def test_the_fingerprint_changes_with_any_file(folder: Any, endpoint_text: str) -> None:
    first = folder.endpoint(endpoint_text).load().fingerprint
    assert folder.load().fingerprint == first
    assert folder.endpoint(endpoint_text + "# more\n").load().fingerprint != first


def test_all_problems_of_all_files_come_in_one_report(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.root(root_text + "deadline: 2\ntimezon: UTC\n")
    folder.endpoint(endpoint_text.replace("customer.isVip", "custmer.isVip"), "b.yaml")
    folder.endpoint("endpoint: x\npath: [\n", "a.yaml")
    with pytest.raises(ConfigError) as caught:
        folder.load()
    places = [
        (Path(problem.file).name, problem.line, problem.column)
        for problem in caught.value.problems
    ]
    assert places == [
        ("a.yaml", 3, 1),
        ("b.yaml", 9, 29),
        ("ivrhooks.yaml", 6, 11),
        ("ivrhooks.yaml", 7, 1),
    ]
    text = str(caught.value)
    assert "deadline: a duration needs a unit: write 2s, not 2" in text
    assert "timezon: unknown key `timezon`; did you mean `timezone`?" in text


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    _, problems = examine(tmp_path / "nowhere", environ={})
    assert "there is no such folder" in problems[0].message
    _, problems = examine(tmp_path, environ={})
    assert problems[0].file.endswith("ivrhooks.yaml")
    with pytest.raises(ConfigError):
        load(tmp_path / "nowhere", environ={})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("- a\n", "no mapping"),
        ("just text", "no mapping"),
        ("version: 2\n", "write 1"),
        ("version: 1\ncaller: sobt\n", "did you mean `sobot`"),
        ("version: 1\nmode: mocking\n", "write real or mock"),
        ("version: 1\nregion: cn\n", "write CN"),
        ("version: 1\nregion: UK\n", "write GB"),
        ("version: 1\ntimezone: Asia/Shangai\n", "write Asia/Shanghai"),
        ("version: 1\ndeadline: 0s\n", "zero"),
        ("version: 1\ninclude: [more]\n", "no folder `more`"),
        ("version: 1\nsources: [a]\n", "write a mapping"),
        ("version: 1\nsystem_api: {source: nope}\n", "no source `nope`"),
        ("version: 1\nsystem_api: {path: /x}\n", "is missing"),
        ("version: 1\nconsole: {enabled: maybe}\n", "write true or false"),
        ("version: 1\nsecurity: {rate_limit: 5}\n", "write 200/s"),
        ("version: 1\nsecurity: {max_body: 5}\n", "write 5KB"),
        ("version: 1\nsecurity: {allow_ips: [here]}\n", "write 10.0.0.0/8"),
        ("version: 1\nsecurity: {outbound: ['https://a/b']}\n", "is no host"),
        ("version: 1\nsecurity: {hmac: {header: X}}\n", "is missing"),
        ("version: 1\ncalendars: {o: {mon: ['9-17']}}\n", "09:00-18:00"),
        ("version: 1\ncalendars: {o: {monday: []}}\n", "did you mean `mon`"),
        ("version: 1\ncalendars: {o: {holidays: [2026-02-30]}}\n", "2026-10-01"),
    ],
)
def test_a_root_file_that_is_refused(folder: Any, text: str, words: str) -> None:
    assert words in folder.root(text).messages()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{kind: sobt, base_url: sandbox}", "(did you mean `sobot`?)"),
        ("{base_url: sandbox}", "kind: is missing"),
        ("{kind: http}", "base_url: is missing"),
        ("{kind: http, base_url: 'ftp://x'}", "http:// or https://"),
        ("{kind: http, base_url: 'https://x/?a=1'}", "no query"),
        ("{kind: http, base_url: sandbox, retries: -1}", "write 0 or more"),
        ("{kind: http, base_url: sandbox, cache: {stale: 5s}}", "fresh: is missing"),
        ("{kind: http, base_url: sandbox, cache: {fresh: 9s, stale: 5s}}", "shorter"),
        ("{kind: http, base_url: sandbox, breaker: {failures: 0}}", "write 1 or more"),
        ("{kind: http, base_url: sandbox, max_response: 5}", "write 5KB"),
        ("{kind: http, base_url: sandbox, timeout: fast}", "write 250ms"),
        ("{kind: http, base_url: sandbox, success: '{{ respons }}'}", "`response`"),
        ("{kind: http, base_url: sandbox, success: 'ok'}", "write a template"),
        ("{kind: sobot, base_url: sandbox, success: x}", "is not for kind sobot"),
        ("{kind: sobot, base_url: sandbox, auth: {app_idd: '1'}}", "app_id: …"),
        ("{kind: omicrm, base_url: sandbox}", "write auth: {api_key: …}"),
        ("{kind: http, base_url: sandbox, auth: {basic: {user: a}}}", "`username`"),
        ("{kind: sobot, base_url: sandbox, paths: {query: /x}}", "query_customer"),
        ("{kind: http, base_url: sandbox, tmeout: 1s}", "did you mean `timeout`"),
    ],
)
def test_a_source_that_is_refused(folder: Any, source: str, words: str) -> None:
    assert words in folder.root(f"version: 1\nsources:\n  a: {source}\n").messages()


def test_a_source_has_the_defaults_of_the_page(folder: Any) -> None:
    folder.root("version: 1\nsources: {a: {kind: http, base_url: 'https://x/'}}\n")
    source = folder.load().sources["a"]
    assert source.base_url == "https://x"
    assert (source.timeout, source.retries, source.cache) == (None, 0, None)
    assert (source.breaker.failures, source.breaker.reset) == (5, 10.0)
    assert (source.max_concurrent, source.max_response) == (64, 1024 * 1024)
    assert source.empty == ("",)


def test_the_sandbox_is_where_the_environment_says(folder: Any) -> None:
    source = folder.load(IVRHOOKS_SANDBOX_URL="http://127.0.0.1:1/").sources["crm"]
    assert source.base_url == "http://127.0.0.1:1/sobot"


def test_numbers_and_flags_are_converted_where_they_are_filled_in(folder: Any) -> None:
    folder.root(
        "version: 1\nconsole: {enabled: '${YES}'}\nsources: {a: {kind: http, "
        "base_url: sandbox, retries: '${PORT}', timeout: '${T:-2s}'}}\n"
    )
    configuration = folder.load()
    assert configuration.console.enabled is True
    assert configuration.sources["a"].retries == 5
    assert configuration.sources["a"].timeout == 2.0


def test_success_is_judged_by_the_body(folder: Any) -> None:
    folder.root(
        "version: 1\nsources: {a: {kind: http, base_url: sandbox, "
        "success: '{{ response.json.code == 0 }}'}}\n"
    )
    success = folder.load().sources["a"].options.rules.success
    assert success({"response": {"json": {"code": 0}}})
    assert not success({"response": {"json": {"code": 1}}})
    assert not success({"response": {"json": [1]}})


def test_a_literal_secret_is_a_warning_and_never_shown(
    folder: Any, endpoint_text: str
) -> None:
    folder.root(
        "version: 1\nsources: {crm: {kind: sobot, base_url: sandbox, "
        "auth: {app_id: '1', app_key: hush}}}\n"
        "security: {hmac: {header: X-Signature, secret: hush}}\n"
    )
    folder.endpoint(endpoint_text + "headers: {X-Key: {secret: true, equals: hush}}\n")
    problems = folder.messages("warning")
    assert problems.count("plain text") == 3
    assert "hush" not in problems + folder.messages("note") + repr(folder.load())


def test_values_from_the_environment_are_never_shown(
    folder: Any, endpoint_text: str
) -> None:
    folder.root(
        "version: 1\ndeadline: ${KEY}\nregion: ${KEY}\ntimezone: ${KEY}\n"
        "mode: ${KEY}\nstore: ${KEY}\nsources: {crm: {kind: '${KEY}', "
        "base_url: '${KEY}', retries: '${KEY}', auth: '${KEY}'}}\n"
        "security: {outbound: ['${KEY} '], allow_ips: ['${KEY}'], rate_limit: '${KEY}'}"
    )
    folder.endpoint(
        endpoint_text.replace("{{ customer.isVip }}", "{{ ${KEY} + }}")
        + "on_invalid: ${KEY}\nheaders: {X: {type: int, default: '${KEY}', "
        "pattern: '(${KEY}'}}\n"
    )
    problems = folder.messages()
    assert "s3cret" not in problems
    assert problems.count("${KEY}") >= 5


def test_sources_call_only_allowed_hosts(folder: Any) -> None:
    text = (
        "version: 1\nsecurity: {{outbound: {hosts}}}\n"
        "sources: {{a: {{kind: http, base_url: 'https://crm.example.com/x'}}}}\n"
    )
    for hosts in ("[crm.example.com]", "['*.example.com']"):
        assert folder.root(text.format(hosts=hosts)).messages() == ""
    for hosts in ("[example.com]", "['*.crm.example.com']", "[]"):
        problems = folder.root(text.format(hosts=hosts)).messages()
        assert "not under security.outbound" in problems
        assert problems.startswith("3:")


def test_modes_from_the_environment_win(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(endpoint_text + "mode: real\n")
    assert folder.plan().mode == "real"
    plan = folder.plan(IVRHOOKS_MODE="mock")
    assert (plan.mode, plan.own_mode) == ("mock", "real")
    assert folder.plan(IVRHOOKS_MODE="").mode == "real"
    assert "IVRHOOKS_MODE" in folder.messages(IVRHOOKS_MODE="mocked")


def test_another_caller_than_sobot_is_answered_all_four(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.root(root_text + "caller: twilio\nsystem_api: {source: crm}\n")
    assert not folder.plan("system").outputs[0].optional


def test_asterisk_takes_4000_bytes(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text)
    assert folder.plan().size_limit is None
    folder.root(root_text + "caller: asterisk\n")
    assert folder.plan().size_limit == 4000


def test_names_and_paths_belong_to_one_endpoint(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.root(root_text + "system_api: {source: crm, path: /api/s}\n")
    folder.endpoint(endpoint_text).endpoint(endpoint_text, "b.yaml")
    folder.endpoint(
        endpoint_text.replace("endpoint: vip", "endpoint: system").replace(
            "/api/vip", "/api/s"
        ),
        "c.yaml",
    )
    problems = folder.messages()
    assert "`vip` is taken already" in problems
    assert "a.yaml:1" in problems
    assert "`/api/vip` is taken already" in problems
    assert "`/api/s` is taken already" in problems
    assert "`system` is the name of the System API" in problems


def test_an_endpoint_may_be_called_system_where_no_system_api_is_served(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text.replace("endpoint: vip", "endpoint: system"))
    assert folder.plan("system").path == "/api/vip"


def test_further_folders_are_included(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    (folder.path / "more").mkdir()
    (folder.path / "more" / "x.yaml").write_text(endpoint_text)
    (folder.path / "more" / "y.yml").write_text(endpoint_text)
    folder.root(root_text + "include: [more]\n")
    assert folder.plan().path == "/api/vip"
    assert "name it with .yaml" in folder.messages("warning")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///journal.db", ""),
        ("journal.db", "write a URL as postgresql+psycopg://user@host/name"),
        ("oracle+nothing://host/name", "no database that can be used"),
    ],
)
def test_where_the_journal_is_kept_must_be_a_database(
    folder: Any, root_text: str, endpoint_text: str, url: str, message: str
) -> None:
    folder.root(f"{root_text}store: {url}\n")
    folder.endpoint(endpoint_text)
    assert (
        message in folder.messages("error") if message else not folder.problems("error")
    )


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("rediss://user:word@cache.example.com/0?socket_timeout=0.2", True),
        ("127.0.0.1:6379", False),
        ("redis://127.0.0.1/0?socket_timeout=quick", False),
    ],
)
def test_shared_caches_need_a_redis(
    folder: Any, root_text: str, endpoint_text: str, url: str, good: bool
) -> None:
    folder.root(f"{root_text}shared_cache: {url}\n")
    folder.endpoint(endpoint_text)
    if good:
        assert not folder.problems("error")
    else:
        assert "write redis://host:6379/0" in folder.messages("error")
        assert "127.0.0.1" not in folder.messages("error")


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        (
            "alerts: {url: 'https://[::1'}",
            "alerts.url",
            "this is no address; write https://alerts.example.com/…",
        ),
        (
            "alerts: {url: 'https://alerts.example.com:99999'}",
            "alerts.url",
            "this is no address; write https://alerts.example.com/…",
        ),
        (
            "alerts: {url: alerts.example.com}",
            "alerts.url",
            "this is no address; write https://alerts.example.com/…",
        ),
        ("store: 'postgresql://[::1/x'", "store", "this is no URL; write a URL as"),
        ("shared_cache: 'redis://[::1'", "shared_cache", "write redis://host:6379/0"),
        (
            "sources: {a: {kind: sql, url: 'mysql://[::1', queries: {q: select 1}}}",
            "sources.a.url",
            "this is no URL; write postgresql://host/name",
        ),
        (
            "sources: {a: {kind: http, base_url: 'https://[::1'}}",
            "sources.a.base_url",
            "this is no address; write https://host/path, or the word sandbox",
        ),
    ],
)
def test_an_address_that_cannot_be_parsed_is_one_error(
    folder: Any, line: str, path: str, words: str
) -> None:
    (problem,) = folder.root(f"version: 1\n{line}\n").problems()
    assert problem.path == path
    assert words in problem.message


def test_certificates_for_an_address_that_cannot_be_parsed(folder: Any) -> None:
    source = "{kind: http, base_url: 'https://[::1', tls: {ca: none.pem}}"
    folder.root(f"version: 1\nsources: {{a: {source}}}\n")
    paths = [problem.path for problem in folder.problems()]
    assert paths == ["sources.a.base_url", "sources.a.tls.ca"]


@pytest.mark.parametrize(
    "url",
    ["https://alerts.example.com/x?token=1", "http://127.0.0.1:9000", "${KEY_URL}"],
)
def test_alerts_have_an_address(folder: Any, url: str) -> None:
    folder.root(f"version: 1\nalerts: {{url: '{url}'}}\n")
    alerts = folder.load(KEY_URL="https://a.example.com/hook").alerts
    assert alerts == url.replace("${KEY_URL}", "https://a.example.com/hook")


def test_an_empty_configuration_says_that_nothing_is_served(folder: Any) -> None:
    assert "nothing is served" in folder.messages("warning")
    assert folder.load().plans == {}


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"a: \x00", b"[" * 5000, b"&a [*a]", b"a: &b\n  <<: *b\n"]
)
def test_hostile_files_are_refused_and_nothing_raises(folder: Any, data: bytes) -> None:
    assert folder.endpoint(data).messages()
    assert folder.root(data).messages()


WEIRD = [None, 5, True, "", "x", [], {}, [[]], [None], {"a": 1}, "{{ x", "${NOPE}"]


@pytest.mark.parametrize("weird", WEIRD, ids=repr)
def test_a_wrong_value_anywhere_is_refused_and_never_raises(
    folder: Any, root_text: str, endpoint_text: str, weird: Any
) -> None:
    trees = {
        "root": plain(read_yaml(root_text.encode())[0]),
        "endpoint": plain(read_yaml(endpoint_text.encode())[0]),
    }
    for name, write in (("root", folder.root), ("endpoint", folder.endpoint)):
        for path in every_path(trees[name]):
            write(json.dumps(with_value(trees[name], path, weird)))
            folder.messages()


def every_path(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from every_path(item, (*path, key))


def with_value(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    return {**tree, path[0]: with_value(tree[path[0]], path[1:], value)}


ONE_MISTAKE = {
    "a key that is nearly one that must be there": (
        "format: form",
        "formt: form",
        "3:1 formt: unknown key `formt`; did you mean `format`?",
    ),
    "a default that is misspelt": (
        "default: 0",
        "defalt: 0",
        "9:53 outputs.isVip.defalt: unknown key `defalt`; did you mean `default`?",
    ),
    "request at a source with operations": (
        'params: {tel: "{{ inputs.tel }}"}',
        "request: {path: /x}",
        "7:27 lookups.customer.request: `crm` is of kind sobot; write `params`, not "
        "`request`",
    ),
    "params at a source of kind http": (
        "source: crm",
        "source: shop",
        "7:28 lookups.customer.params: `shop` is of kind http; write `request`, not "
        "`params`",
    ),
}


@pytest.mark.parametrize("mistake", ONE_MISTAKE)
def test_one_mistake_is_one_error(
    folder: Any, endpoint_text: str, mistake: str
) -> None:
    right, wrong, message = ONE_MISTAKE[mistake]
    folder.endpoint(endpoint_text.replace(right, wrong))
    assert folder.messages() == message


def test_outputs_that_are_missing_are_one_error(
    folder: Any, endpoint_text: str
) -> None:
    head = endpoint_text.partition("outputs:")[0]
    for text, place in (("", "1:1"), ("outputs: {}", "8:1"), ("outputs:", "8:1")):
        folder.endpoint(head + text)
        assert folder.messages().startswith(f"{place} outputs: ")
        assert len(folder.problems()) == 1


def test_a_lookup_with_a_name_of_the_templates_is_one_error(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text.replace("customer", "inputs"))
    assert "a name that templates have already" in folder.messages()
    assert "circle" not in folder.messages()
    folder.endpoint(
        endpoint_text.replace("  customer:", "  inputs:").replace("customer.", "cust.")
    )
    assert folder.messages().count("`inputs`, `headers`") == 2
    assert "`request`, `inputs`" not in folder.messages()


def test_a_cycle_reports_no_unused_lookup(folder: Any, endpoint_text: str) -> None:
    folder.endpoint(endpoint_text.replace("{{ inputs.tel }}", "{{ customer.tel }}"))
    assert "in a circle" in folder.messages()
    assert folder.messages("warning") == ""


def test_a_missing_version_is_no_error_and_not_silent(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text)
    folder.root(root_text.removeprefix("version: 1\n"))
    assert folder.messages("note") == "1:1 version: is missing; write version: 1"
    folder.load()
    folder.root(root_text.replace("version", "verison"))
    assert "did you mean `version`" in folder.messages()
    assert folder.messages("note") == ""


def test_a_missing_key_gets_a_correction(folder: Any) -> None:
    folder.root("version: 1\nsources: {crm: {}}\n")
    folder.endpoint("description: nothing else\n")
    problems = folder.messages()
    for words in (
        "endpoint: is missing; write endpoint: a-name",
        "path: is missing; write path: /api/a-name",
        "format: is missing; write format: form, json or query",
        "outputs: is missing; write outputs: {name: {type: int, value: …, default: 0}}",
        "sources.crm.kind: is missing; write kind: sobot, omicrm, bangwo8, meiqia",
    ):
        assert words in problems


def test_every_missing_credential_is_named_at_once(folder: Any) -> None:
    folder.root("version: 1\nsources: {crm: {kind: sobot, base_url: sandbox}}\n")
    problems = folder.messages()
    assert (
        "sources.crm.auth: is missing; write auth: {app_id: …, app_key: …}" in problems
    )


def test_the_system_api_needs_to_know_where_the_number_goes(folder: Any) -> None:
    folder.root(
        "version: 1\nsources: {b: {kind: bangwo8, base_url: sandbox, "
        'auth: {account: a@example.com, password: "${KEY}"}}}\n'
        "system_api: {source: b}\n"
    )
    assert len(folder.problems()) == 1
    assert "does not know where the caller's number goes" in folder.messages()


WHAT_TO_WRITE = {
    "{{ customer.isVip }": "unexpected '}'; write {{ … }}, two braces at each end",
    "{{ customer.isVip": "write {{ … }}, two braces at each end",
    "{{ customer is vipp }}": "unknown test `vipp`; write one of Jinja's: defined",
    "{{ inputs.tel | phone }}": "takes one argument; write phone('…')",
    "{% include 'x' %}": "has no place in a template here; remove it",
    "{{ headers.X-Shop }}": "`headers.X-Shop` subtracts; write headers['X-Shop']",
    "{% if customer %}1": "close the block with {% endif %}",
    "{{ customer.isVip ? }}": "write a if condition else b",
}


@pytest.mark.parametrize("template", WHAT_TO_WRITE)
def test_a_refused_template_gets_a_correction(
    folder: Any, endpoint_text: str, template: str
) -> None:
    text = endpoint_text.replace("{{ customer.isVip }}", template)
    folder.endpoint(text + "headers: {X-Shop: {}}\n")
    assert WHAT_TO_WRITE[template] in folder.messages()


@pytest.mark.parametrize(
    ("key", "path"),
    [("_schema", "_schema"), ('""', "['']"), ('"a.b"', "['a.b']"), ("a b", "a b")],
)
def test_the_path_of_an_odd_key_can_be_read(
    folder: Any, root_text: str, key: str, path: str
) -> None:
    folder.root(root_text + f"{key}: 1\n")
    line = root_text.count("\n") + 1
    assert folder.messages().startswith(f"{line}:1 {path}: unknown key")


def test_a_host_that_is_none_is_the_only_problem(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text)
    folder.root(root_text + "security: {outbound: ['https://shop.example.com']}\n")
    assert [problem.path for problem in folder.problems()] == ["security.outbound[0]"]


def test_a_default_past_max_length_is_reported(folder: Any, endpoint_text: str) -> None:
    extra = "  name: {type: string, default: nobody, max_length: 3}\n"
    folder.endpoint(endpoint_text + extra)
    assert "longer than max_length, and is answered whole" in folder.messages("warning")


def test_the_journal_is_kept_as_configured(folder: Any) -> None:
    usual = folder.load().journal
    assert (usual.enabled, usual.keep, usual.answers) == (False, 7 * 86400.0, True)
    assert usual.max_entries == 1_000_000
    folder.root("version: 1\njournal: {enabled: true, keep: 1h, answers: false}\n")
    journal = folder.load().journal
    assert (journal.enabled, journal.keep, journal.answers) == (True, 3600.0, False)


def test_the_journal_of_the_console_is_still_read(folder: Any) -> None:
    folder.root("version: 1\nconsole: {journal: 2h}\n")
    assert folder.load().journal.keep == 7200.0
    assert "`console.journal` is `journal.keep` now" in folder.messages("warning")
    folder.root("version: 1\nconsole: {journal: 2h}\njournal: {keep: 1h}\n")
    assert folder.load().journal.keep == 3600.0
    assert "this one counts for nothing" in folder.messages("warning")


def test_a_good_configuration_has_no_problem_and_knows_its_files(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.root(
        root_text + "system_api: {source: crm}\nsecurity: {allow_ips: 10.0.0.1}\n"
    )
    configuration = folder.endpoint(endpoint_text).load()
    assert configuration.problems == () == configuration.exposures
    assert list(configuration.plans) == ["/api/system/customer", "/api/vip"]
    assert [Path(file).name for file in configuration.files] == [
        "ivrhooks.yaml",
        "a.yaml",
    ]
    assert (configuration.folder, configuration.caller) == (str(folder.path), "sobot")
    assert (configuration.store, configuration.shared_cache) == ("", "")
    assert set(configuration.sources) == {"crm", "shop"}
    assert configuration.fingerprint == folder.load().fingerprint
    changed = folder.endpoint(endpoint_text + "\n").load().fingerprint
    assert changed != configuration.fingerprint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ('"a b"', "1:11 endpoint: an endpoint's name has no blanks and slashes; write order-status"),
        ("a/b", "1:11 endpoint: an endpoint's name has no blanks and slashes; write order-status"),
        ('"a\u200bb"', "1:11 endpoint: an endpoint's name has no blanks and slashes; write order-status"),
        ("system", "1:11 endpoint: `system` is the name of the System API; write another name"),
        ("systems", ""),
        ("订单", ""),
    ],
)  # fmt: skip
def test_the_name_of_an_endpoint(
    folder: Any, root_text: str, endpoint_text: str, name: str, message: str
) -> None:
    folder.root(root_text + "system_api: {source: crm}\n")
    folder.endpoint(endpoint_text.replace("endpoint: vip", f"endpoint: {name}"))
    assert folder.messages() == message


def test_a_duplicate_is_reported_with_its_first_place(
    folder: Any, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text)
    other = endpoint_text.replace("path: /api/vip", "path: //api//vip/")
    folder.endpoint(other, "b.yaml")
    first = "endpoints/a.yaml"
    assert [str(p).replace(f"{folder.path}/", "") for p in folder.problems()] == [
        f"endpoints/b.yaml:1:11: endpoint: `vip` is taken already, at {first}:1; write another",
        f"endpoints/b.yaml:2:7: path: `/api/vip` is taken already, at {first}:2; write another",
    ]


def test_the_path_of_the_system_api_is_taken_whether_it_is_written_or_not(
    folder: Any, root_text: str, endpoint_text: str
) -> None:
    folder.endpoint(endpoint_text.replace("/api/vip", "/api/system/customer"))
    for more in ("", ", path: /api/system/customer"):
        folder.root(f"{root_text}system_api: {{source: crm{more}}}\n")
        (problem,) = folder.problems()
        assert problem.path == "path" and problem.file.endswith("a.yaml")
        assert "ivrhooks.yaml:6; write another" in problem.message


def test_two_endpoints_called_system_are_one_error_without_a_system_api(
    folder: Any, endpoint_text: str
) -> None:
    system = endpoint_text.replace("endpoint: vip", "endpoint: system")
    folder.endpoint(system).endpoint(system.replace("/api/vip", "/b"), "b.yaml")
    assert "`system` is taken already" in folder.messages()
    assert len(folder.problems()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://alerts.example.com",
        "https://",
        "http:///x",
        "https://a.example.com:0",
        "a",
    ],
)
def test_alerts_go_to_a_web_address(folder: Any, url: str) -> None:
    folder.root(f"version: 1\nalerts: {{url: '{url}'}}\n")
    message = "this is no address; write https://alerts.example.com/…"
    assert [problem.message for problem in folder.problems()] == [message]


@pytest.mark.parametrize(
    ("source", "deadline", "noted"),
    [
        ("timeout: 5s", "", True),
        ("timeout: 2s", "", False),
        ("timeout: 5s", "deadline: 5s\n", False),
        ("timeout: 5s, cache: {fresh: 1s}", "", False),  # goes on after the answer
        ("retries: 0", "", False),
    ],
)
def test_a_timeout_over_every_deadline_is_noted(
    folder: Any,
    root_text: str,
    endpoint_text: str,
    source: str,
    deadline: str,
    noted: bool,
) -> None:
    folder.root(root_text.replace("kind: sobot,", f"kind: sobot, {source},"))
    folder.endpoint(endpoint_text + deadline)
    message = (
        "is longer than every deadline of those that ask it (2s), and nobody waits so "
        "long; write less"
    )
    notes = [problem.message for problem in folder.problems("note")]
    assert notes == ([message] if noted else [])


def test_an_unused_source_has_no_deadline(folder: Any, root_text: str) -> None:
    folder.root(root_text.replace("kind: http,", "kind: http, timeout: 9s,"))
    assert folder.problems("note") == []
