"""TLS to sources: which authorities are trusted, and which certificate is shown."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

from ivrhooks.sources.connection_settings import TlsSettings

_PLAIN_KEY = "write it without a passphrase: openssl pkey -in me.key -out plain.key"


class TlsProblem(Exception):
    """A file of ``tls:`` cannot be used. ``key``: ca, cert or key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@cache
def trusted() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, read once.

    Verification cannot be switched off.
    """
    return ssl.create_default_context()


def tls_context(settings: TlsSettings | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of ``ca`` in place of the system's.

    It shows the certificate of ``cert`` to a server that asks for one. Raises
    TlsProblem.
    """
    if settings is None:
        return trusted()
    context = _trusting(settings.ca)
    if settings.cert:
        _show(context, settings)
    elif settings.key:
        raise TlsProblem("key", "a key needs its certificate; write cert: me.pem")
    return context


def _trusting(ca: str) -> ssl.SSLContext:
    if not ca:
        return ssl.create_default_context()
    _need("ca", ca)
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise TlsProblem(
            "ca", f"{Path(ca).name} holds no certificate; write a file in PEM form"
        ) from None


def _show(context: ssl.SSLContext, settings: TlsSettings) -> None:
    where, key = ("key", settings.key) if settings.key else ("cert", settings.cert)
    _need("cert", settings.cert)
    text = _need(where, key)
    if "ENCRYPTED" in text:
        raise TlsProblem(where, f"{Path(key).name} is encrypted; {_PLAIN_KEY}")
    if "PRIVATE KEY-----" not in text:
        raise TlsProblem(
            where, f"{Path(key).name} holds no private key; write key: me.key"
        )
    try:
        context.load_cert_chain(settings.cert, settings.key or None, password="")
    except ssl.SSLError as problem:
        if "MISMATCH" in (problem.reason or ""):
            raise TlsProblem(
                "key", f"{Path(key).name} does not belong to the certificate"
            ) from None
        raise TlsProblem(
            "cert",
            f"{Path(settings.cert).name} and its key cannot be read; write files in "
            "PEM form",
        ) from None


def _need(key: str, file: str) -> str:
    """Return the text of a file. Raises TlsProblem."""
    try:
        return Path(file).read_text("latin-1")
    except OSError as problem:
        raise TlsProblem(
            key,
            f"{file} cannot be read: {problem.strerror or problem}; write the path "
            "of a readable file, relative to ivrhooks.yaml",
        ) from None
