"""Reads the request of a WSGI environ under other servers: its head, then its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gunicorn.http.errors import NoMoreData, ParseException

from ivrhooks.basics.errors import ContractError
from ivrhooks.http.access_policy import AccessPolicy
from ivrhooks.http.body_reader import DRAINED, BodyReader
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.route import Route
from ivrhooks.languages.catalogue import because
from ivrhooks.server.pages.bridge import REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE = 65536

_BARE = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_TWICE = frozenset({"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"})
"""Keys that some servers add to CONTENT_TYPE and CONTENT_LENGTH."""


def request_of(environ: Mapping[str, Any]) -> HttpRequest:
    """Return the request of a WSGI environ: as our server read it, else without a
    body."""
    read: HttpRequest | None = environ.get(REQUEST)
    if read is not None:
        return read
    request = HttpRequest(
        environ["REQUEST_METHOD"],
        target_of(environ),
        environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        peer=environ.get("REMOTE_ADDR", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
    )
    request.version = environ.get("SERVER_PROTOCOL", "HTTP/1.1").removeprefix("HTTP/")
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = "" if key in _TWICE else key[5:]
        else:
            name = key if value and key in _BARE else ""
        if name:
            request.add(
                name.replace("_", "-").encode("latin-1", "replace"),
                value.encode("latin-1", "replace"),
            )
    return request


def take(environ: WSGIEnvironment, route: Route) -> HttpRequest:
    """Return a data request that the server has not read yet."""
    request = request_of(environ)
    request.problem = route.policy.refuse_method(request.method)
    if request.problem is None:
        try:
            request.body = _read_body(environ, route.policy)
        except ContractError as problem:
            request.problem = problem
    return request


def target_of(environ: Mapping[str, Any]) -> bytes:
    """Return the path as received; it is rebuilt where the server did not keep it."""
    read: HttpRequest | None = environ.get(REQUEST)
    if read is not None:
        return read.target
    target: str = environ.get("RAW_URI") or quote(
        environ.get("PATH_INFO", ""), encoding="latin-1"
    )
    return target.partition("?")[0].encode("latin-1", "replace")


def _read_body(environ: WSGIEnvironment, policy: AccessPolicy) -> bytes:
    """Return the whole body. Raises the policy's 413, or 400 where the body is broken
    or ends too soon. The error repeats nothing of the body, which may hold a telephone
    number."""
    length = _length(environ)
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""
    reader = BodyReader(policy.max_body, length or 0)
    try:
        left = _read_pieces(environ["wsgi.input"], reader, length)
    except (OSError, NoMoreData) as broken:
        raise ContractError("bad_request", because("incomplete")) from broken
    except ParseException as broken:  # under gunicorn's own workers
        raise ContractError("bad_request", because("body_not_http")) from broken
    if reader.over:
        raise policy.too_large()
    if left:
        raise ContractError("bad_request", because("short_body"))
    return reader.body


def _length(environ: WSGIEnvironment) -> int | None:
    """Return Content-Length, or None where the body has none or is chunked."""
    text: str = environ.get("CONTENT_LENGTH") or ""
    if environ.get("HTTP_TRANSFER_ENCODING") == "chunked" or not text.isdigit():
        return None
    return int(text)


def _read_pieces(stream: Any, reader: BodyReader, length: int | None) -> int:
    """Read the body into ``reader``; return how many bytes are missing at the end."""
    left = DRAINED * 2 if length is None else length
    while left > 0 and not reader.enough:
        chunk = stream.read(min(left, PIECE))
        if not chunk:
            break
        reader.add(chunk)
        left -= len(chunk)
    return 0 if length is None else left
