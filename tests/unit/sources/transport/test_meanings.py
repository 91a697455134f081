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
from ivrhooks.sources.transport.meanings import connection_ended, not_connected
from ivrhooks.sources.transport.origin import read_origin

CRM = read_origin("https://crm.example:8443")


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
