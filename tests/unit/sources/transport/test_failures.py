"""Whatever goes wrong below HTTP becomes a SourceError in words that people read."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Iterator
from typing import Any

import aiodns
import httptools
import pytest

from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.sources.transport.failures import (
    connection_ended,
    no_http,
    not_connected,
)
from ivrhooks.sources.transport.origin import read_origin

CRM = read_origin("https://crm.example:8443")
PLAIN = read_origin("http://crm.example")


def exceptions_of(*modules: Any) -> Iterator[type[Exception]]:
    for module in modules:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception):
                yield kind


EVERY_EXCEPTION = sorted(
    {*exceptions_of(httptools, ssl, aiodns.error), OSError, ConnectionResetError},
    key=lambda kind: f"{kind.__module__}.{kind.__qualname__}",
)


@pytest.mark.parametrize("kind", EVERY_EXCEPTION, ids=lambda kind: kind.__qualname__)
def test_each_exception_of_a_library_has_words(kind: type[Exception]) -> None:
    class Silent(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            Exception.__init__(self)

        verify_message, reason, errno = "untrusted", None, 0

    for error in (
        not_connected(Silent(), CRM),
        connection_ended(Silent(), CRM, heard=False, in_body=False),
    ):
        assert isinstance(error, SourceError)
        assert str(error)


def test_the_cause_is_named_and_where() -> None:
    refused = not_connected(ConnectionRefusedError(111, "x"), CRM)
    assert str(refused) == "no connection to crm.example port 8443: Connection refused"
    assert refused.received is False
    untrusted = ssl.SSLCertVerificationError(1, "[SSL] verify failed (_ssl.c:1)")
    untrusted.verify_message = "self-signed certificate"
    assert str(not_connected(untrusted, CRM)) == (
        "no secure connection to crm.example port 8443: "
        "the certificate is refused: self-signed certificate"
    )
    reset = not_connected(ConnectionResetError(), CRM)
    assert str(reset) == (
        "no connection to crm.example port 8443: it was closed in the TLS handshake"
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "has to renew it"),
        (9, "the clock of this machine"),
        (18, "under tls: {ca: ca.pem}"),
        (19, "under tls: {ca: ca.pem}"),
        (20, "under tls: {ca: ca.pem}"),
        (62, "the host that the certificate names"),
        (64, "the host that the certificate names"),
    ],
)
def test_a_refused_certificate_has_its_remedy(code: int, words: str) -> None:
    refused = ssl.SSLCertVerificationError(1, "x")
    refused.verify_message, refused.verify_code = "it is not liked.", code
    text = str(not_connected(refused, CRM))
    assert ": it is not liked; " in text
    assert words in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", "versions of TLS that are too old"),
        ("UNSUPPORTED_PROTOCOL", "versions of TLS that are too old"),
        ("TLSV1_UNRECOGNIZED_NAME", "does not know that host name"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "asked for a client certificate"),
    ],
)
def test_a_tls_alert_is_explained(reason: str, words: str) -> None:
    problem = ssl.SSLError(1, "x")
    problem.reason = reason
    assert words in str(not_connected(problem, CRM))


def test_a_server_of_tls_that_is_asked_in_plain_text() -> None:
    alert = b"\x15\x03"
    problem = httptools.HttpParserError("Expected HTTP/")
    assert str(no_http(problem, PLAIN, alert)) == (
        "crm.example port 80 speaks TLS; write https://"
    )
    for origin, began in ((PLAIN, b"SS"), (CRM, alert)):
        text = str(no_http(problem, origin, began))
        assert text == "the answer is no HTTP: Expected HTTP/"


def test_a_source_error_means_itself() -> None:
    late = SourceTimeout("no answer in time")
    assert not_connected(late, CRM) is late


@pytest.mark.parametrize(
    ("heard", "in_body", "words"),
    [(False, False, "closed"), (True, False, "closed"), (True, True, "broke off")],
)
def test_a_lost_connection_says_how_far_it_came(
    heard: bool, in_body: bool, words: str
) -> None:
    error = connection_ended(None, CRM, heard, in_body)
    assert words in str(error)
    assert error.received is heard


def test_a_silent_close_is_reported_with_its_likely_cause() -> None:
    texts = [str(connection_ended(None, place, False, False)) for place in (CRM, PLAIN)]
    assert texts == [
        "crm.example port 8443 closed the connection without an answer; it may want a "
        "client certificate, tls: {cert: me.pem, key: me.key}",
        "crm.example port 80 closed the connection without an answer; is it https://?",
    ]
