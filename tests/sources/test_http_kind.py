"""Kind http against systems on real sockets: auth, chains, and what answers mean."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import Outcome, Query
from support.stub_system import (
    Answer,
    Answering,
    ReceivedRequest,
    StubSystem,
    stub_system,
)

JSON = {"Content-Type": "application/json"}
Ask = Callable[..., Awaitable[Outcome]]


def play(
    compiled: Any,
    folder: Path,
    answering: Answering,
    keys: str,
    story: Callable[[Ask, StubSystem], Awaitable[None]],
    **environ: str,
) -> None:
    with stub_system(answering) as system:
        source = f"{{kind: http, base_url: '{system.url}', {keys}}}"
        settings = compiled.source(source.replace("URL", system.url), **environ)

        async def run() -> None:
            the_source = build_sources({"s": settings}, data_folder=folder)["s"]

            async def ask(path: str = "/x", **params: Any) -> Outcome:
                query = Query(OPERATIONS[0], {"path": path, **params})
                clock = asyncio.get_running_loop().time
                return await the_source.ask(query, Deadline.after(5.0, clock))

            try:
                await story(ask, system)
            finally:
                await the_source.close()

        asyncio.run(run())


# ------------------------------------------------------------------------ digest


class Digests:
    """RFC 7616: SHA-256 or MD5, a nonce that a test can end."""

    def __init__(self, algorithm: str, name: str) -> None:
        self.algorithm, self.name = algorithm, name
        self.nonce = "n-1"
        self.used: set[tuple[str, str]] = set()

    def _hash(self, text: str) -> str:
        return hashlib.new(self.name, text.encode()).hexdigest()

    def __call__(self, seen: ReceivedRequest) -> Answer:
        sent = seen.headers.get("authorization", "")
        pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([\w-]+))', sent)
        fields = {name: quoted or plain for name, quoted, plain in pairs}
        if fields.get("nonce") != self.nonce or not self._is_right(seen, fields):
            challenge = (
                f'Digest realm="erp", nonce="{self.nonce}", qop="auth", '
                f"algorithm={self.algorithm}, stale=false"
            )
            return 401, {"WWW-Authenticate": challenge}, b""
        return 200, JSON, b'{"a": 1}'

    def _is_right(self, seen: ReceivedRequest, fields: Mapping[str, str]) -> bool:
        used = (fields["nonce"], fields["nc"])
        fresh = used not in self.used
        self.used.add(used)
        query = "&".join(f"{name}={value}" for name, value in seen.query.items())
        target = seen.path + (f"?{query}" if query else "")
        secret = self._hash("ivr:erp:s3cret")
        hashed = self._hash(f"{seen.method}:{target}")
        parts = (fields["nonce"], fields["nc"], fields["cnonce"], "auth", hashed)
        right = self._hash(f"{secret}:{':'.join(parts)}")
        return fresh and fields["uri"] == target and fields["response"] == right


@pytest.mark.parametrize(("algorithm", "name"), [("MD5", "md5"), ("SHA-256", "sha256")])
def test_digest(compiled: Any, tmp_path: Path, algorithm: str, name: str) -> None:
    system = Digests(algorithm, name)

    async def story(ask: Ask, stub: StubSystem) -> None:
        outcomes = [await ask(query={"n": str(n)}) for n in range(3)]
        assert [outcome.status for outcome in outcomes] == ["ok"] * 3
        assert len(stub.seen) == 4  # one challenge, then known
        system.nonce = "n-2"
        body = {"method": "POST", "json": {"a": 1}}
        assert (await ask(**body)).status == "ok"
        assert len(stub.seen) == 6

    auth = "auth: {digest: {username: ivr, password: '${S}'}}"
    play(compiled, tmp_path, system, auth, story)


def test_a_digest_that_is_wrong_is_refused_after_one_more_try(
    compiled: Any, tmp_path: Path
) -> None:
    async def story(ask: Ask, stub: StubSystem) -> None:
        outcome = await ask()
        assert (outcome.status, outcome.http) == ("error", 401)
        assert len(stub.seen) == 2

    auth = "auth: {digest: {username: ivr, password: '${S}'}}"
    play(compiled, tmp_path, Digests("MD5", "md5"), auth, story, S="wrong")


# ------------------------------------------------------------------------ OAuth2


def oauth(seen: ReceivedRequest) -> Answer:
    if seen.path == "/token":
        wanted = {"grant_type": "client_credentials", "audience": "https://erp"}
        if dict(seen.form) != wanted:
            return 400, JSON, b'{"error": "invalid_request"}'
        return 200, JSON, b'{"access_token": "t-1", "expires_in": 3600}'
    if seen.headers.get("authorization") != "Bearer t-1":
        return 401, {}, b""
    return 200, JSON, b'{"a": 1}'


def test_oauth2_with_an_audience(compiled: Any, tmp_path: Path) -> None:
    async def story(ask: Ask, stub: StubSystem) -> None:
        outcomes = await asyncio.gather(*(ask(f"/{n}") for n in range(5)))
        assert {outcome.status for outcome in outcomes} == {"ok"}
        assert [outcome.path for outcome in stub.seen].count("/token") == 1

    auth = (
        "auth: {oauth2: {token_url: 'URL/token', client_id: me, "
        "client_secret: '${S}', params: {audience: 'https://erp'}}}"
    )
    play(compiled, tmp_path, oauth, auth, story)


# ------------------------------------------------------------- headers and query


def test_two_secret_headers_and_a_key_in_the_query(
    compiled: Any, tmp_path: Path
) -> None:
    def answering(seen: ReceivedRequest) -> Answer:
        sent = (
            seen.headers["x-app-id"],
            seen.headers["x-app-key"],
            seen.query["key"],
            seen.query["tel"],
        )
        return 200, JSON, orjson.dumps(sent)

    async def story(ask: Ask, stub: StubSystem) -> None:
        outcome = await ask(query={"tel": "1"})
        assert outcome.record == ["app", "s3cret", "s3cret", "1"]

    keys = "headers: {X-App-Id: app, X-App-Key: '${S}'}, query: {key: '${S}'}"
    play(compiled, tmp_path, answering, keys, story)


# ------------------------------------------------------------- what answers mean


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ((200, JSON, b"[]"), "not_found", ""),
        ((404, JSON, b'{"e": 1}'), "not_found", ""),
        ((404, {"Content-Type": "text/html"}, b"<h1>Not Found"), "error", "gateway"),
        ((301, {"Location": "https://new/x?tel=1"}, b""), "error", "https://new/x:"),
        ((302, {"Location": "/login"}, b""), "error", "/login"),
        ((200, JSON, b"\xef\xbb\xbf{}"), "ok", ""),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "error", "no JSON"),
        ((204, {}, b""), "not_found", ""),
    ],
)
def test_answers_and_their_outcomes(
    compiled: Any, tmp_path: Path, answer: Answer, status: str, words: str
) -> None:
    async def story(ask: Ask, stub: StubSystem) -> None:
        outcome = await ask()
        assert outcome.status == status and words in outcome.message

    play(compiled, tmp_path, lambda seen: answer, "retries: 0", story)


def test_names_in_gbk_under_the_label_gb2312(compiled: Any, tmp_path: Path) -> None:
    body = '{"names": "喆镕珺堃昇"}'.encode("gbk")
    label = {"Content-Type": "application/json; charset=gb2312"}

    async def story(ask: Ask, stub: StubSystem) -> None:
        outcomes = [await ask() for _ in range(6)]
        assert {outcome.status for outcome in outcomes} == {"ok"}
        assert outcomes[0].record == {"names": "喆镕珺堃昇"}

    play(compiled, tmp_path, lambda seen: (200, label, body), "retries: 0", story)


def test_a_signature_is_no_part_of_the_cache_key(compiled: Any, tmp_path: Path) -> None:
    def answering(seen: ReceivedRequest) -> Answer:
        return 200, JSON, orjson.dumps(seen.query["sign"])

    async def story(ask: Ask, stub: StubSystem) -> None:
        first, again = await ask(), await ask()
        assert first.record == again.record and len(stub.seen) == 1
        other = await ask(query={"tel": "2"})
        assert other.record != first.record

    sign = (
        "sign: {with: sha256, secret: '${S}', of: '{{ nonce }}{{ secret }}'}, "
        "cache: {fresh: 30s}"
    )
    play(compiled, tmp_path, answering, sign, story)
