"""How a source is reached is checked, and read, when the configuration is loaded."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.compile.source.connection import address_secrets
from ivrhooks.config.plan import Configuration
from ivrhooks.sources.connection_settings import ConnectionSettings, TlsSettings
from ivrhooks.sources.interface import SourceSettings

ROOT = """\
version: 1
sources:
  crm:
    kind: http
    base_url: %s
%s"""


def with_source(folder: Any, *lines: str, url: str = "https://crm.example.com") -> Any:
    own = "".join(f"    {line}\n" for line in lines if not line.startswith("security"))
    more = "".join(f"{line}\n" for line in lines if line.startswith("security"))
    return folder.root(ROOT % (url, own) + more)


def source_of(folder: Any, **environ: str) -> SourceSettings:
    configuration: Configuration = folder.load(**environ)
    return configuration.sources["crm"]


def settings_of(folder: Any, **environ: str) -> ConnectionSettings:
    return source_of(folder, **environ).connection


@pytest.fixture
def certificate(tmp_path: Path) -> None:
    subprocess.run(
        shlex.split(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=me "
            "-keyout me.key -out me.pem"
        ),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )


def test_missing_keys_have_their_defaults(folder: Any) -> None:
    made = settings_of(with_source(folder))
    assert made == ConnectionSettings()
    assert made.request_id is True


@pytest.mark.usefixtures("certificate")
def test_files_are_relative_to_the_root_file(folder: Any, tmp_path: Path) -> None:
    line = "tls: {ca: me.pem, cert: me.pem, key: me.key}"
    made = settings_of(with_source(folder, line))
    ca, key = str(tmp_path / "me.pem"), str(tmp_path / "me.key")
    assert made.tls == TlsSettings(ca, ca, key)


@pytest.mark.usefixtures("certificate")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tls: {ca: none.pem}", "6:15 sources.crm.tls.ca: "),
        ("tls: {cert: me.pem}", "6:17 sources.crm.tls.cert: me.pem holds no private"),
        ("tls: {key: me.key}", "6:16 sources.crm.tls.key: a key needs its cert"),
        ("tls: {}", "sources.crm.tls: this is empty; write tls: {ca: ca.pem}"),
        ("tls: {verify: false}", "`verify`"),
        ("proxy: socks5://p:1", "6:12 sources.crm.proxy: only http:// proxies"),
        ("proxy: https://p:1", "write http://proxy.example.com:3128"),
        ("proxy: 'http://a b'", "this is no address of a proxy"),
        ("proxy: enviroment", "or the word environment"),
        ("rate_limit: 20", "this is no rate; write 200/s"),
        ("request_id: false", "write none"),
    ],
)
def test_unusable_settings_are_errors(folder: Any, line: str, words: str) -> None:
    assert words in with_source(folder, line).messages()


def test_a_proxy_may_be_named_or_taken_from_the_environment(folder: Any) -> None:
    made = settings_of(with_source(folder, "proxy: environment"))
    assert made.proxy == "environment"
    url = "http://proxy.example.com:3128"
    assert settings_of(with_source(folder, f"proxy: {url}")).proxy == url
    assert "proxy" not in folder.messages("warning")


def test_the_password_of_a_proxy_is_a_secret(folder: Any) -> None:
    with_source(folder, "proxy: http://me:hus%68@proxy:3128")
    assert "sources.crm.proxy" in folder.messages("warning")
    made = source_of(folder)
    assert set(made.secrets) == {"hus%68", "hush"}
    assert "hus" not in repr(made).replace("secrets", "")
    with_source(folder, 'proxy: "${PROXY}"')
    assert "proxy" not in folder.messages("warning", PROXY="http://me:hush@proxy:3128")


def test_certificates_without_tls_are_a_warning(folder: Any) -> None:
    line = "tls: {ca: /etc/ssl/certs/ca-certificates.crt}"
    with_source(folder, line, url="http://crm.example.com")
    assert "nothing is encrypted" in folder.messages("warning")


@pytest.mark.parametrize(
    ("rate", "a_second"), [("20/s", 20.0), ("90/m", 1.5), ("36/h", 0.01)]
)
def test_a_rate_is_counted_in_seconds(folder: Any, rate: str, a_second: float) -> None:
    made = settings_of(with_source(folder, f"rate_limit: {rate}"))
    assert made.rate_limit == pytest.approx(a_second)


def test_the_request_id_may_be_left_out(folder: Any) -> None:
    assert settings_of(with_source(folder, "request_id: none")).request_id is False


def test_the_hosts_that_are_listed_go_with_each_source(folder: Any) -> None:
    listed = 'security: {outbound: [crm.example.com, "*.b.org"]}'
    made = settings_of(with_source(folder, listed))
    assert made.outbound == ("crm.example.com", "*.b.org")
    made = settings_of(
        with_source(folder, listed, url="sandbox"), IVRHOOKS_SANDBOX_URL="http://sand:1"
    )
    assert made.outbound == ("sand",)


def test_an_address_may_hold_a_user(folder: Any) -> None:
    with_source(folder, url='"${URL}"')
    url = "https://me:hus%68@crm.example.com"
    assert source_of(folder, URL=url).base_url == url
    assert {"hush", "hus%68", "bWU6aHVzaA=="} <= set(source_of(folder, URL=url).secrets)
    assert "sources.crm.base_url" not in folder.messages("warning", URL=url)
    with_source(folder, url=url)
    assert "sources.crm.base_url" in folder.messages("warning")


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://crm.example.com", True),
        ("HTTP://crm.example.com", True),
        ("https://crm.example.com", False),
    ],
)
def test_only_an_address_without_tls_asks_for_no_certificate(
    folder: Any, url: str, warned: bool
) -> None:
    line = "tls: {ca: /etc/ssl/certs/ca-certificates.crt}"
    warnings = with_source(folder, line, url=url).messages("warning")
    message = (
        "sources.crm.tls: base_url begins with http://, so nothing is encrypted and no "
        "certificate is asked for; write https://"
    )
    assert (message in warnings) is warned


@pytest.mark.parametrize("proxy", ["enviroment", "proxy"])
def test_a_word_is_no_proxy(folder: Any, proxy: str) -> None:
    assert with_source(folder, f"proxy: {proxy}").messages() == (
        "6:12 sources.crm.proxy: this is no address of a proxy; write "
        "http://proxy.example.com:3128, or the word environment"
    )


def test_the_password_in_an_address() -> None:
    assert address_secrets("https://u:a%20b@x") == ("a%20b", "a b")
    for text in ("https://x", "https://u@x", "https://[::1", "", "https://u:@x"):
        assert address_secrets(text) == ()
