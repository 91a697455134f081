# ruff: noqa: E501 - a case stands on one line
"""``hmac`` and ``twilio`` as an integrator writes them."""

from __future__ import annotations

from typing import Any

import pytest

ENDPOINT = """\
endpoint: vip
path: /api/vip
format: form
inputs: {tel: {format: phone}}
outputs: {o: {type: string, value: "{{ inputs.tel }}", default: ""}}
security: {%s}
"""
STANDARD = "hmac: {secret: '${KEY}'}"


@pytest.fixture
def security(folder: Any) -> Any:
    def of(text: str, severity: str = "error") -> str:
        folder.endpoint(ENDPOINT % text)
        return str(folder.messages(severity))

    return of


def test_the_standard_form_is_compiled(folder: Any) -> None:
    folder.endpoint(ENDPOINT % "hmac: {secret: ['${KEY}', '${YES}'], tolerance: 1m}")
    scheme = folder.plan().security.hmac
    assert scheme.keys == (b"s3cret-value", b"true")
    assert (scheme.standard, scheme.tolerance) == (True, 60.0)
    assert scheme.needed == ("webhook-signature", "webhook-id", "webhook-timestamp")


def test_an_own_scheme_is_compiled(folder: Any) -> None:
    folder.endpoint(
        ENDPOINT % "hmac: {secret: '${KEY}', header: X-Sig, timestamp: X-Time, "
        "of: '{{ timestamp }}.{{ body }}', with: sha1, format: base64, prefix: 'v=' }"
    )
    scheme = folder.plan().security.hmac
    assert scheme.of == ("timestamp", b".", "body")
    assert (scheme.algorithm, scheme.format, scheme.prefix) == ("sha1", "base64", "v=")
    assert folder.plan().security.schemes == (scheme,)
    assert not scheme.standard


def test_an_own_scheme_has_defaults(folder: Any) -> None:
    folder.endpoint(ENDPOINT % "hmac: {secret: '${KEY}', header: X-Sig}")
    scheme = folder.plan().security.hmac
    assert (scheme.of, scheme.timestamp, scheme.prefix) == (("body",), "", "")
    assert (scheme.algorithm, scheme.format) == ("sha256", "hex")
    assert (scheme.tolerance, scheme.hidden) == (300.0, ())


def test_the_name_of_a_header_that_was_filled_in_is_never_shown(folder: Any) -> None:
    folder.endpoint(ENDPOINT % "hmac: {secret: '${KEY}', header: '${HEAD}'}")
    (problem,) = folder.problems(HEAD="X_Hush")
    assert problem.message == (
        "this is no header name (a `_` is dropped by web servers); write X-Signature"
    )
    assert folder.plan(HEAD="X-Hush").security.hmac.hidden == ("X-Hush",)


def test_twilio_is_compiled(folder: Any) -> None:
    folder.endpoint(
        ENDPOINT % "twilio: {auth_token: '${KEY}', url: 'https://ivr.example.com'}"
    )
    scheme = folder.plan().security.twilio
    assert scheme.urls == ("https://ivr.example.com", "https://ivr.example.com:443")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hmac: {}", "hmac.secret: is missing; write secret"),
        ("hmac: {secret: 5}", "this is no text"),
        ("hmac: {secret: []}", "the list is empty"),
        ("hmac: {secret: ['${KEY}', '']}", "hmac.secret[1]: this secret is empty"),
        ("hmac: {secret: 'whsec_!'}", "behind whsec_ there is no base64"),
        ("hmac: {secret: '${KEY}', of: '{{ body }}'}", "write header: X-Signature"),
        ("hmac: {secret: '${KEY}', with: sha1}", "hmac.with: `with` belongs"),
        ("hmac: {secret: '${KEY}', header: X_Sig}", "write X-Signature"),
        ("hmac: {secret: '${KEY}', header: X, with: md5}", "write sha1, sha256 or"),
        ("hmac: {secret: '${KEY}', header: X, of: '{{ bdy }}'}", "cannot be signed"),
        ("hmac: {secret: '${KEY}', header: X, of: '{{ timestamp }}'}", "X-Timestamp"),
        ("hmac: {secret: '${KEY}', key: x}", "unknown key `key`"),
        ("twilio: {auth_token: '${KEY}'}", "url: is missing"),
        ("twilio: {auth_token: '${KEY}', url: ivr}", "no public address"),
        ("twilio: {url: 'https://a'}", "auth_token: is missing"),
        ("allow_ips: [10.0.0.0/8], hmac: true", "write a mapping"),
    ],
)
def test_a_setting_without_effect_is_refused(
    security: Any, text: str, message: str
) -> None:
    assert message in security(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hmac: {secret: hush}", "plain text"),
        ("hmac: {secret: ['${KEY}', hush]}", "plain text"),
        ("twilio: {auth_token: hush, url: 'https://a'}", "plain text"),
        ("hmac: {secret: '${KEY}', header: X-Sig}", "no time is checked"),
        (
            "hmac: {secret: '${KEY}', header: X-Sig, tolerance: 5m}",
            "no time is checked",
        ),
        (
            "hmac: {secret: '${KEY}', header: X, timestamp: T, of: '{{ body }}'}",
            "the time is not signed",
        ),
    ],
)
def test_settings_that_deserve_a_warning(
    security: Any, text: str, message: str
) -> None:
    assert security(text) == ""
    warnings = security(text, "warning")
    assert message in warnings
    assert "s3cret" not in warnings


def test_the_endpoints_own_wins_key_by_key(folder: Any, root_text: str) -> None:
    above = "security: {hmac: {secret: '${KEY}'}, allow_ips: [10.0.0.0/8]}\n"
    folder.root(root_text + above)
    folder.endpoint(ENDPOINT % "hmac: null")
    security = folder.plan().security
    assert (security.hmac, security.allow_ips) == (None, ("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hmac: {secret: 5}", '6:27 security.hmac.secret: this is no text; write "${NAME}", or a list of such texts'),
        ("hmac: {secret: []}", '6:27 security.hmac.secret: the list is empty; write ["${NEW_SECRET}", "${OLD_SECRET}"]'),
        ("hmac: {secret: ['${KEY}', 'whsec_!']}", "6:38 security.hmac.secret[1]: behind whsec_ there is no base64; copy the whole secret from where it was made"),
        ("hmac: {secret: '${KEY}', prefix: v=}", "6:37 security.hmac.prefix: `prefix` belongs to a scheme of the caller's own, which names its header; write header: X-Signature too, or remove this"),
        ("hmac: {secret: '${KEY}', timestamp: T}", "6:37 security.hmac.timestamp: `timestamp` belongs to a scheme of the caller's own, which names its header; write header: X-Signature too, or remove this"),
        ("hmac: {secret: '${KEY}', header: X, timestamp: X_T}", "6:59 security.hmac.timestamp: `X_T` is no header name (a `_` is dropped by web servers); write X-Timestamp"),
        ("hmac: {secret: '${KEY}', header: X, of: '{{ timestamp }}'}", "6:52 security.hmac.of: `timestamp` is signed, and no header is named that holds it; write timestamp: X-Timestamp"),
        ("twilio: {auth_token: 5, url: 'https://a'}", '6:33 security.twilio.auth_token: this is no text; write "${NAME}", or a list of such texts'),
        ("twilio: {auth_token: '${KEY}', url: a}", "6:48 security.twilio.url: this is no public address of this server; write https://ivr.example.com, the beginning of the URLs at Twilio"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_at_its_place(
    security: Any, text: str, line: str
) -> None:
    assert security(text) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hmac: {secret: '${KEY}', header: X}", "6:12 security.hmac: without `timestamp` no time is checked, and a data request that somebody has recorded can be sent again; write timestamp: X-Timestamp where the caller sends one"),
        ("hmac: {secret: '${KEY}', header: X, timestamp: T, of: '{{ body }}'}", '6:66 security.hmac.of: the time is not signed, so that anybody can renew it; write of: "{{ timestamp }}.{{ body }}" where the caller signs it'),
    ],
)  # fmt: skip
def test_a_doubt_is_reported_at_its_place(security: Any, text: str, line: str) -> None:
    assert security(text, "warning") == line


def test_several_tokens_of_twilio_are_accepted(folder: Any) -> None:
    twilio = "twilio: {auth_token: ['${KEY}', '${YES}'], url: 'https://a.example.com'}"
    folder.endpoint(ENDPOINT % twilio)
    assert folder.plan().security.twilio.tokens == (b"s3cret-value", b"true")


def test_the_standard_form_has_its_own_tolerance(folder: Any) -> None:
    folder.endpoint(ENDPOINT % STANDARD)
    assert folder.plan().security.hmac.tolerance == 300.0
