# ruff: noqa: E501 - a case stands on one line
"""What `check` warns of because others could use it."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.compile.access.exposure import is_loopback

OPEN = """\
endpoint: vip
path: /api/vip
format: %s
inputs: {tel: {format: phone}}
outputs: {o: {type: string, value: "{{ inputs.tel }}", default: ""}}
"""
ROOT = "version: 1\n"


@pytest.fixture
def exposed(folder: Any) -> Any:
    def of(root: str = ROOT, more: str = "", form: str = "form") -> str:
        folder.root(root).endpoint(OPEN % form + more)
        return "\n".join(
            f"{exposure.path}: {exposure.message}"
            for exposure in folder.load().exposures
        )

    return of


def test_an_endpoint_that_nothing_protects(exposed: Any, folder: Any) -> None:
    assert "endpoint: nothing protects this endpoint" in exposed()
    assert folder.problems("warning") == []  # it is no mistake in the file


@pytest.mark.parametrize(
    "more",
    [
        "security: {allow_ips: [10.0.0.0/8]}\n",
        "security: {hmac: {secret: '${KEY}'}}\n",
        "security: {twilio: {auth_token: '${KEY}', url: 'https://a'}}\n",
        "headers: {X-Key: {secret: true, equals: '${KEY}'}}\n",
        "headers: {X-Key: {enum: ['${KEY}'], required: true}}\n",
    ],
)
def test_an_endpoint_that_is_protected(exposed: Any, more: str) -> None:
    assert exposed(more=more) == ""


@pytest.mark.parametrize(
    ("more", "protected"),
    [
        ("headers: {X-Key: {enum: ['${KEY}']}}\n", False),
        ("headers: {X-Key: {pattern: '^${KEY}$'}}\n", False),
        ("headers: {X-Key: {pattern: '^${KEY}$', required: true}}\n", True),
        ("headers: {X-Key: {equals: '${KEY}'}}\n", True),
        ("headers: {X-Key: {enum: [a], required: true}}\n", False),
    ],
)
def test_an_optional_secret_protects_nothing(
    exposed: Any, more: str, protected: bool
) -> None:
    assert ("nothing protects this endpoint" in exposed(more=more)) is not protected


def test_the_root_protects_all(exposed: Any) -> None:
    assert exposed(ROOT + "security: {allow_ips: [10.0.0.0/8]}\n") == ""


@pytest.mark.parametrize(
    "networks", ["0.0.0.0/0", "'::/0'", "0.0.0.0/1, 128.0.0.0/1", "10.0.0.0/8, '::/0'"]
)
def test_networks_that_hold_all_addresses(exposed: Any, networks: str) -> None:
    text = f"security: {{allow_ips: [{networks}], trusted_proxies: [{networks}]}}\n"
    warnings = exposed(ROOT + text)
    assert "security.allow_ips: these addresses are everybody" in warnings
    assert "security.trusted_proxies: these addresses are trusted" in warnings
    assert "nothing protects" in warnings


def test_the_console_for_other_machines(exposed: Any) -> None:
    assert "console.allow_remote: " in exposed(ROOT + "console: {allow_remote: true}\n")


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://crm.example.com", True),
        ("http://10.0.0.7/x", True),
        ("http://127.0.0.1:1/x", False),
        ("http://localhost", False),
        ("http://[::1]:8", False),
        ("https://crm.example.com", False),
        ("sandbox", False),
    ],
)
def test_credentials_over_plain_http(exposed: Any, url: str, warned: bool) -> None:
    crm = f"kind: omicrm, base_url: '{url}', auth: {{api_key: '${{KEY}}'}}"
    warnings = exposed(f"{ROOT}sources: {{crm: {{{crm}}}}}\n")
    assert ("sources.crm.base_url: the credentials" in warnings) is warned


def test_credentials_in_an_address(exposed: Any) -> None:
    for url, warned in (
        ("http://me:x@crm.example.com", True),
        ("http://crm/a@b", False),
    ):
        warnings = exposed(
            f"{ROOT}sources: {{crm: {{kind: http, base_url: '{url}'}}}}\n"
        )
        assert ("over plain http" in warnings) is warned


def test_a_secret_in_the_file(exposed: Any) -> None:
    crm = "{kind: omicrm, base_url: 'https://a', auth: {api_key: hush}}"
    warnings = exposed(f"{ROOT}sources: {{crm: {crm}}}\n")
    assert "sources.crm.auth.api_key: a secret is written here" in warnings
    assert "hush" not in warnings


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://[fe80::1]", "https://2852039166"]
)
def test_a_metadata_address_is_an_error_unless_it_is_listed(
    exposed: Any, folder: Any, url: str
) -> None:
    source = f"sources: {{s: {{kind: http, base_url: '{url}'}}}}\n"
    folder.root(ROOT + source).endpoint(OPEN % "form")
    assert "sources.s.base_url: this is a link-local" in folder.messages()
    host = url.partition("://")[2].partition("/")[0].strip("[]")
    listed = f"security: {{outbound: ['{host}']}}\n"
    assert "link-local or metadata address, at which" in exposed(ROOT + source + listed)


def test_a_signature_that_covers_nothing(exposed: Any) -> None:
    hmac = "security: {hmac: {secret: '${KEY}'}}\n"
    assert exposed(more=hmac) == ""
    assert "covers no input" in exposed(more=hmac, form="query")
    own = "security: {hmac: {secret: '${KEY}', header: X-S, of: '{{ query }}'}}\n"
    assert exposed(more=own, form="query") == ""


def test_two_signatures_at_once(exposed: Any) -> None:
    root = ROOT + "security: {hmac: {secret: '${KEY}'}}\n"
    twilio = "security: {twilio: {auth_token: '${KEY}', url: 'https://a'}%s}\n"
    assert "needs both signatures" in exposed(root, twilio % "")
    assert exposed(root, twilio % ", hmac: null") == ""


def test_addresses_in_every_notation() -> None:
    for text in ("127.1", "2130706433", "0x7f000001", "[::1]", "::ffff:127.0.0.1"):
        assert is_loopback(text), text
    for text in ("crm", "10.0.0.1", "", "127.0.0.1.example.com", "0.0.0.0"):
        assert not is_loopback(text), text


def test_an_unprotected_endpoint_is_reported_with_its_cure(exposed: Any) -> None:
    assert exposed() == (
        "endpoint: nothing protects this endpoint, whoever reaches it is answered; "
        "write security.hmac, a header or input with `secret` and `equals`, or "
        "security.allow_ips"
    )
    lines = exposed(ROOT + "console: {allow_remote: true}\n").splitlines()
    assert (
        "console.allow_remote: the console is open to other machines, to whoever has "
        "its token; write false, and reach it by an SSH tunnel"
    ) in lines


def test_the_system_api_has_no_parameters_to_protect_it(
    folder: Any, root_text: str
) -> None:
    folder.root(root_text + "system_api: {source: crm}\n")
    (exposure,) = folder.load().exposures
    assert exposure.path == "system_api"
    assert exposure.message.endswith("write security.hmac or security.allow_ips")


def test_networks_are_reported_where_they_are_written(exposed: Any) -> None:
    root = ROOT + "security: {allow_ips: [0.0.0.0/0]}\n"
    everybody = "these addresses are everybody; write the networks of those who call"
    lines = exposed(root).splitlines()
    assert [line for line in lines if everybody in line] == [
        f"security.allow_ips: {everybody}"
    ]
    own = exposed(ROOT, "security: {allow_ips: ['::/0']}\n")
    assert own.count(everybody) == 1
    assert "trusted_proxies: these addresses are trusted, everybody, to say whose " in (
        exposed(ROOT + "security: {trusted_proxies: [0.0.0.0/0]}\n")
    )


def test_credentials_that_fetch_a_token_over_plain_http(exposed: Any) -> None:
    oauth = "auth: {oauth2: {token_url: 'http://%s/t', client_id: '${KEY}', client_secret: '${KEY}'}}"
    source = f"kind: http, base_url: 'https://a.example.com', {oauth}"
    text = f"{ROOT}sources: {{s: {{{source}}}}}\n"
    line = (
        "sources.s.auth: the credentials of this source go to token_url over plain "
        "http; write https://"
    )
    assert line in exposed(text % "a.example.com").splitlines()
    assert line not in exposed(text % "127.0.0.1").splitlines()


def test_each_of_several_hosts_is_looked_at(folder: Any) -> None:
    """A good address before a metadata address hides nothing."""
    oauth = "auth: {oauth2: {token_url: 'http://169.254.169.254/t', client_id: '${KEY}', client_secret: '${KEY}'}}"
    folder.root(
        f"{ROOT}sources: {{s: {{kind: http, base_url: 'https://a.example.com', {oauth}}}}}\n"
    )
    assert [problem.path for problem in folder.problems()] == ["sources.s.auth"]


def test_names_of_this_machine() -> None:
    for text in ("localhost", "localhost.", "x.localhost", "127.0.0.1", "::1"):
        assert is_loopback(text), text
    for text in ("localhost.example.com", "alocalhost", "10.0.0.1"):
        assert not is_loopback(text), text
