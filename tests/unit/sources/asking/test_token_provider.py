"""A token is fetched once, shared by processes, and renewed by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.settings import HttpAuth, OAuth2
from ivrhooks.sources.interface import Request, Response, SourceSettings
from ivrhooks.store.tokens import FileTokens


class Bank:
    def __init__(self) -> None:
        self.issued = 0
        self.gives: Response | SourceError | None = None
        self.refuses_header = False

    async def __call__(self, request: Request) -> Response:
        await asyncio.sleep(0.005)
        if isinstance(self.gives, SourceError):
            raise self.gives
        if self.gives is not None:
            return self.gives
        if self.refuses_header and "Authorization" in dict(request.headers):
            return Response(401, {}, b"")
        self.issued += 1
        return Response(200, {}, b'{"access_token": "t%d"}' % self.issued)


def config_store(
    bank: Bank, store: FileTokens, *, secret: str = "s", now: float = 1e9
) -> TokenProvider:
    auth = HttpAuth(oauth2=OAuth2("http://id/token", "me", secret))
    client = HttpClient(SourceSettings("crm", "http", "http://crm", auth=auth))
    return TokenProvider(client, bank, store, now=lambda: now, lasts=False)


def play(folder: Path, story: Callable[[Bank, FileTokens], Awaitable[None]]) -> None:
    async def with_bank() -> None:
        store = FileTokens(lambda: folder)
        await story(Bank(), store)
        store.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(with_bank())


def test_many_providers_at_once_fetch_one_token(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        providers = [config_store(bank, store) for _ in range(10)]
        tokens = await asyncio.gather(*(provider.token() for provider in providers * 5))
        assert set(tokens) == {"t1"}
        assert bank.issued == 1
        assert providers[3].cached() == "t1"

    play(tmp_path, story)


def test_a_refused_token_is_renewed_once_by_all(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        providers = [config_store(bank, store) for _ in range(10)]
        await asyncio.gather(*(provider.token() for provider in providers))
        again = await asyncio.gather(
            *(provider.token("t1") for provider in providers * 5)
        )
        assert set(again) == {"t2"}
        assert bank.issued == 2
        assert await providers[0].token("t1") == "t2"

    play(tmp_path, story)


def test_an_old_token_of_a_file_is_not_used(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        await config_store(bank, store).token()
        later = config_store(bank, store, now=1e9 + 3541)  # a minute before its end
        assert await later.token() == "t2"
        assert config_store(bank, store, now=1e9 + 9999).cached() is None

    play(tmp_path, story)


def test_other_credentials_have_another_token(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        first, other = (
            config_store(bank, store),
            config_store(bank, store, secret="other"),
        )
        assert first.key != other.key
        assert await first.token() == "t1"
        assert await other.token() == "t2"
        assert "other" not in other.key

    play(tmp_path, story)


def test_the_client_may_know_another_way_to_ask(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        bank.refuses_header = True
        assert await config_store(bank, store).token() == "t1"

    play(tmp_path, story)


@pytest.mark.parametrize(
    "gives",
    [
        Response(401, {}, b""),
        Response(500, {}, b""),
        Response(200, {}, b"{}"),
        SourceUnavailable("refused", received=False),
    ],
)
def test_a_failure_has_a_reason_of_its_own_and_is_tried_anew(
    tmp_path: Path, gives: Any
) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        provider = config_store(bank, store)
        bank.gives = gives
        failed = await asyncio.gather(
            *(provider.token() for _ in range(5)), return_exceptions=True
        )
        for problem in failed:
            assert isinstance(problem, SourceError)
            assert problem.code == "no_token"
            assert str(problem).startswith("no access token:")
        bank.gives = None
        assert await provider.token() == "t1"

    play(tmp_path, story)


def test_without_a_folder_the_process_keeps_it_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tokens").write_text("no folder")

    async def story(bank: Bank, store: FileTokens) -> None:
        provider = config_store(bank, store)
        assert await provider.token() == "t1"
        assert await provider.token() == "t1"
        assert await provider.token("t1") == "t2"
        assert bank.issued == 2

    play(tmp_path, story)
    assert "cannot be shared" in caplog.text


def test_a_token_fetch_without_waiters_is_cancelled(tmp_path: Path) -> None:
    async def story(bank: Bank, store: FileTokens) -> None:
        provider = config_store(bank, store)
        tasks = [asyncio.ensure_future(provider.token()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await provider.close()
        assert bank.issued == 0
        assert await provider.token() == "t1"

    play(tmp_path, story)
