"""``ivrhooks doctor`` on systems that are dead, slow, lying or well: real sockets."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ivrhooks.store.cipher import Cipher
from ivrhooks.store.shared import Shared
from support.stub_system import stub_system

Run = Callable[..., Result]
Diagnose = Callable[..., dict[str, Any]]
ROOT = """\
version: 1
sources:
  shop:
    kind: http
    base_url: "{url}"
    timeout: {timeout}
    phone: digits{more}
    auth: {{bearer: "${{file:token}}"}}
system_api:
  path: /api/system/customer
  source: shop
  request: {{path: /find, query: {{tel: "{{{{ inputs.tel }}}}"}}}}
  deadline: {deadline}
"""


class System(ThreadingHTTPServer):
    """A customer system that answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.date = 200, b'{"ok": true}', ""
        self.hangs = threading.Event()
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: System

    def do_GET(self) -> None:
        if self.server.hangs.is_set():
            self.server.ended.wait()
        self.send_response_only(self.server.status)
        if self.server.date:
            self.send_header("Date", self.server.date)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def system() -> Iterator[System]:
    server = System()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def diagnose(run: Run, tmp_path: Path) -> Diagnose:
    """What the doctor says of a source at ``url``: by subject, with the exit status."""

    def made(
        url: str, timeout: str = "800ms", deadline: str = "2s", more: str = ""
    ) -> dict[str, Any]:
        folder = tmp_path / "doctor"
        folder.mkdir()
        text = ROOT.format(url=url, timeout=timeout, deadline=deadline, more=more)
        (folder / "ivrhooks.yaml").write_text(text, "utf-8")
        (folder / "token").write_text("s3cret-token-of-ours", "utf-8")
        done = run("doctor", folder, "--json")
        assert "s3cret" not in done.output
        data = json.loads(done.stdout)
        data["exit"] = done.exit_code
        data["shop"] = [
            finding
            for finding in data["findings"]
            if finding["subject"] == "sources.shop"
        ]
        return data

    return made


def test_a_system_that_is_well(diagnose: Diagnose, system: System) -> None:
    report = diagnose(system.url)
    assert (report["ok"], report["exit"]) == (True, 0)
    (shop,) = report["shop"]
    assert shop["level"] == "green" and shop["message"].startswith("answered after")
    assert list(report)[:2] == ["ok", "findings"]
    assert set(shop) == {"level", "subject", "message", "do"}


def test_a_system_that_is_dead(diagnose: Diagnose) -> None:
    report = diagnose("http://127.0.0.1:9")
    assert (report["ok"], report["exit"]) == (False, 1)
    assert "refused" in report["shop"][0]["message"].lower()
    assert "nothing listens there" in report["shop"][0]["do"]


def certified(folder: Path, name: str, days: int) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate for ``name``, which ends in so many days, and its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now, names = datetime.now(UTC), x509.SubjectAlternativeName([x509.DNSName(name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


@pytest.mark.parametrize(
    ("name", "days", "known", "message", "do"),
    [
        ("localhost", -1, True, "certificate has expired", "have to renew it"),
        ("other.example.com", 9, True, "not valid for 'localhost'",
         "the host that the certificate names"),
        ("localhost", 9, False, "self-signed certificate", "under tls: ca:"),
        ("localhost", 9, True, "answered after", ""),
    ],
)  # fmt: skip
def test_a_certificate_and_what_to_do(
    diagnose: Diagnose, tmp_path: Path,
    name: str, days: int, known: bool, message: str, do: str,
) -> None:  # fmt: skip
    context, file = certified(tmp_path, name, days)
    answer = (200, {"Content-Type": "application/json"}, b"{}")
    more = f"\n    tls: {{ca: {file}}}" if known else ""
    with stub_system(lambda seen: answer, context) as real:
        url = real.url.replace("127.0.0.1", "localhost")
        finding = diagnose(url, more=more)["shop"][0]
    assert message in finding["message"] and do in finding["do"]
    assert finding["level"] == ("red" if do else "green")


def test_plain_http_where_tls_is_expected(diagnose: Diagnose, system: System) -> None:
    finding = diagnose(system.url.replace("http:", "https:"))["shop"][0]
    assert finding["level"] == "red" and "write http:// in base_url" in finding["do"]


def test_tls_where_plain_http_is_expected(diagnose: Diagnose, tmp_path: Path) -> None:
    context, _ = certified(tmp_path, "localhost", 9)
    with stub_system(lambda seen: (200, {}, b"{}"), context) as real:
        finding = diagnose(real.url.replace("https:", "http:"))["shop"][0]
    assert finding["level"] == "red" and finding["do"].startswith("write https://")


def test_a_name_that_does_not_resolve(diagnose: Diagnose) -> None:
    report = diagnose("http://no-such-host.invalid")
    assert report["exit"] == 1
    assert "no-such-host.invalid does not resolve" in report["shop"][0]["message"]


def test_a_name_that_only_the_proxy_knows(diagnose: Diagnose, system: System) -> None:
    system.date = "Mon, 01 Jan 2024 00:00:00 GMT"
    report = diagnose("http://crm.invalid", more=f"\n    proxy: {system.url}")
    assert [finding["level"] for finding in report["shop"]] == ["green", "yellow"]
    assert "clock" in report["shop"][1]["message"]


def test_a_proxy_that_is_dead(diagnose: Diagnose) -> None:
    report = diagnose("https://crm.invalid", more="\n    proxy: http://127.0.0.1:9")
    assert report["exit"] == 1
    assert "no connection to the proxy 127.0.0.1 port 9" in report["shop"][0]["message"]
    assert report["shop"][0]["do"].startswith("check proxy: of the source shop")


def test_a_system_that_never_answers(diagnose: Diagnose, system: System) -> None:
    system.hangs.set()
    report = diagnose(system.url, timeout="100ms")
    assert report["exit"] == 1
    assert report["shop"][0]["message"] == "no answer within 0.1 s"


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_are_refused(
    diagnose: Diagnose, system: System, status: int
) -> None:
    system.status = status
    report = diagnose(system.url)
    assert report["exit"] == 1
    assert "credentials are refused" in report["shop"][0]["message"]
    assert "check auth: of the source shop" in report["shop"][0]["do"]


def test_a_page_where_an_api_was_expected(diagnose: Diagnose, system: System) -> None:
    system.status, system.body = 500, b"<html>"
    report = diagnose(system.url)
    assert (report["exit"], report["shop"][0]["level"]) == (0, "yellow")
    assert "HTTP 500" in report["shop"][0]["message"]


@pytest.mark.parametrize(
    ("status", "body", "more", "message", "do"),
    [
        (200, b"<html>Log in</html>", "", "of its base_url: no JSON", "see whether"),
        (200, b'{"a": 7}', '\n    success: "{{ false }}"', "`success`", "see whether"),
        (302, b"", "", "HTTP 302 to a GET of its base_url", "write where it leads"),
        (429, b"", "", "HTTP 429", "write rate_limit: at the source shop"),
        (503, b"", "", "HTTP 503", "down or overloaded"),
        (200, b"x" * 2_000_000, "", "larger than", "raise max_response: of the source"),
    ],
)  # fmt: skip
def test_a_missing_answer_is_reported_with_its_remedy(
    diagnose: Diagnose, system: System, status: int, body: bytes, more: str,
    message: str, do: str,
) -> None:  # fmt: skip
    system.status, system.body = status, body
    (finding, *_) = diagnose(system.url, more=more)["shop"]
    assert message in finding["message"]
    assert do in finding["do"]
    assert finding["level"] in ("yellow", "red")


def test_a_clock_that_is_off(diagnose: Diagnose, system: System) -> None:
    system.date = "Tue, 03 Mar 2020 09:00:00 GMT"
    report = diagnose(system.url)
    assert "differ by" in report["shop"][1]["message"]
    assert (report["exit"], report["shop"][1]["level"]) == (0, "yellow")


def test_a_chain_that_may_be_longer_than_its_deadline(
    diagnose: Diagnose, system: System
) -> None:
    report = diagnose(system.url, timeout="1900ms")
    messages = [
        finding
        for finding in report["findings"]
        if finding["subject"] == "endpoints.system"
    ]
    assert "customer may take 1.9 s of a deadline of 2 s" in messages[0]["message"]
    assert report["budgets"][0]["lookups"] == ["customer"]


def test_a_key_that_others_may_read(
    diagnose: Diagnose, system: System, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    for name in ("key", "journal.db"):
        (data / name).write_text("k" * 44 if name == "key" else "", "utf-8")
        (data / name).chmod(0o640)
    (data / "outbox.db").touch(0o600)
    findings = diagnose(system.url)["findings"]
    remedies = {
        finding["do"] for finding in findings if finding["subject"].startswith("files.")
    }
    files = {f"chmod 600 {data / name}" for name in ("key", "journal.db")}
    assert remedies == {f"chmod 700 {data}", *files}


def test_a_token_of_the_console_that_is_short(
    diagnose: Diagnose, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRHOOKS_CONSOLE_TOKEN", "letmein")
    report = diagnose(system.url)
    assert "letmein" not in str(report)
    (message,) = [
        finding for finding in report["findings"] if finding["subject"] == "console"
    ]
    assert message["level"] == "yellow" and "fewer than 16" in message["message"]


def test_findings_are_listed_by_severity(run: Run, diagnose: Diagnose) -> None:
    diagnose("http://127.0.0.1:9")
    folder = Path("..") / "doctor"
    lines = run("doctor", folder).output.splitlines()
    assert lines[0].startswith("red    sources.shop: no connection")
    assert any(line.startswith("ENDPOINT ") for line in lines)


def test_a_redis_shared_under_different_keys_is_reported(
    run: Run, tmp_path: Path, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    root = f"version: 1\nshared_cache: {redis_server.url}?socket_timeout=5\n"
    (folder / "ivrhooks.yaml").write_text(root, "utf-8")

    def levels() -> tuple[str, str]:
        findings = json.loads(run("doctor", folder, "--json").stdout)["findings"]
        (report,) = [
            finding for finding in findings if finding["subject"] == "shared_cache"
        ]
        return report["level"], report["do"]

    async def another() -> None:
        shared = Shared(redis_server.url, Cipher([b"another key" * 4]))
        await shared.unknown_keys()
        await shared.close()

    monkeypatch.setenv("IVRHOOKS_KEY", "k" * 32)
    assert levels() == ("green", "")
    assert levels() == ("green", "")  # whoever looks names no key of its own
    asyncio.run(another())
    assert levels() == ("yellow", "set the same IVRHOOKS_KEY on every machine")
    redis_server.stop()
    assert levels()[0] == "yellow"
