"""Every page of docs/how-to: its configuration is good, and each request that it shows
gets the answer that it shows, at both servers, over a real socket."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.contract import contract_of
from ivrhooks.authoring.outputs.sheet import sheet_of
from ivrhooks.config.loader import examine
from ivrhooks.languages.catalogue import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = sorted(page for page in DOCS.glob("*.md") if page.stem != "index")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ENVIRON = {"IVR_KEY": "k-7", "SOBOT_APP_ID": "1", "SOBOT_APP_KEY": "2"}
SERVER_KINDS = ("asgi", "wsgi")
ONE_WORKER = ("--workers", "1")


def blocks(page: Path, language: str) -> list[str]:
    matches = BLOCK.findall(page.read_text("utf-8"))
    return [text for name, text in matches if name == language]


def files(page: Path) -> dict[str, str]:
    """The configuration of a page, file name to text."""
    texts = blocks(page, "yaml")
    return {text.split("\n")[0].removeprefix("# "): text for text in texts}


def exchanges(page: Path) -> Iterator[tuple[str, Any]]:
    """Each request of a page with the answer that it shows."""
    answers = [json.loads(text) for text in blocks(page, "json")]
    yield from zip(blocks(page, "http"), answers, strict=True)


def test_the_script_for_kamailio_compares_no_function_with_a_status() -> None:
    """A function is 1 or 0 in a comparison of Kamailio; its status is ``$rc``."""
    (script,) = blocks(DOCS / "kamailio.md", "")
    assert not re.search(r"http_client_query\(.*\) *[=!<>]", script)
    assert "if ($rc == 200)" in script


def on_the_wire(request: str) -> bytes:
    head, _, body = request.rstrip("\n").partition("\n\n")
    sent = body.encode()
    lines = [*head.split("\n"), "Host: 127.0.0.1", f"Content-Length: {len(sent)}"]
    if not body:
        del lines[-1]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + sent


def ask(port: int, request: str) -> tuple[int, Any]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(on_the_wire(request))
        data = b""
        while piece := wire.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(body)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_each_request_gets_the_answer_of_its_page(page: Path, serving: Any) -> None:
    env = {**ENVIRON, "IVRHOOKS_MODE": "mock"}

    def problems_of(server_kind: str) -> list[str]:
        with serving(server_kind, files(page), *ONE_WORKER, env=env) as server:
            return [
                f"{server_kind}: {request}: {came}"
                for request, answer in exchanges(page)
                if (came := ask(server.port, request)) != (200, answer)
            ]

    with ThreadPoolExecutor() as pool:
        wrong = [
            problem
            for problems in pool.map(problems_of, SERVER_KINDS)
            for problem in problems
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_configuration_of_a_page_is_a_good_one(page: Path, tmp_path: Path) -> None:
    for name, text in files(page).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    configuration, problems = examine(tmp_path, environ=ENVIRON)
    assert [str(problem) for problem in problems if problem.severity != "note"] == []
    assert configuration is not None
    plan = configuration.by_name("who-is-calling")
    assert plan is not None
    contract = contract_of(plan, "https://ivr.example.com")
    assert len(list(exchanges(page))) >= 2
    for language in LANGUAGES:
        sheet = sheet_of(contract, language, configuration.caller)
        assert sheet.sections


def test_the_lambda_function_hands_the_event_on(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DOCS / "connect.md"
    (code,) = blocks(page, "python")
    assert len(code.strip().split("\n")) <= 13
    scope: dict[str, Any] = {}
    exec(code, scope)
    env = {**ENVIRON, "IVRHOOKS_MODE": "mock"}
    with serving("asgi", files(page), env=env) as server:
        monkeypatch.setenv("IVR_KEY", "k-7")
        url = f"http://127.0.0.1:{server.port}/api/who-is-calling"
        monkeypatch.setenv("IVR_URL", url)
        request, answer = next(exchanges(page))
        event = json.loads(request.partition("\n\n")[2])
        assert scope["lambda_handler"](event, None) == answer
    assert os.environ["IVR_URL"] == url


def test_the_index_names_each_page() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in index] == []
