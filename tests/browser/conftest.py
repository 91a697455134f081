"""A person before the console of the real ``ivrhooks demo``, in a real Chromium."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from support.ports import free_port

ROOT = Path(__file__).parents[2]
MAX_WAIT = 60.0
WIDE, NARROW = 1280, 390
LOCALES = {"en": "en-US", "zh": "zh-CN", "vi": "vi-VN"}

ORDER = """\
endpoint: order-status
path: /api/order-status
format: json
description: Says how the last order stands.
headers:
  X-Api-Key: {type: string, secret: true, equals: k-7d31f0a94c}
inputs:
  tel:  {type: string, format: phone, required: true}
  lang: {type: string, enum: [zh, vi, en], default: zh}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs:
  level: {type: string, value: "{{ customer.vipLevel }}", map: {"3": gold}, default: ""}
  said:  {type: string, value: "{{ inputs.lang }}", default: zh}
"""


@dataclass
class Demo:
    """The running demo. ``link``: the console's, as it was printed."""

    folder: Path
    link: str

    @property
    def url(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    def page(self, path: str = "") -> str:
        return f"{self.url}/_console/{path}"

    def send(self, raw: bytes) -> bytes:
        """Bytes as an IVR sends them; the answer as it comes."""
        port = urlsplit(self.url).port
        with socket.create_connection(("127.0.0.1", port), MAX_WAIT) as wire:
            wire.sendall(raw)
            answer = b""
            while part := wire.recv(65536):
                answer += part
        return answer

    def ask(self, path: str, body: str) -> bytes:
        """The body of the answer to a FORM data request."""
        server = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=MAX_WAIT)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(server):
            server.request("POST", path, body, form)
            return server.getresponse().read()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``ivrhooks demo`` with a copy of the shipped configuration, which may be written
    to, and one endpoint with a secret header."""
    home = tmp_path_factory.mktemp("demo")
    folder = home / "configs"
    shutil.copytree(ROOT / "configs", folder)
    (folder / "endpoints/order-status.yaml").write_text(ORDER)
    environ = {key: text for key, text in os.environ.items() if "IVRHOOKS" not in key}
    environ["IVRHOOKS_DATA"] = str(home / "data")
    ports = ["--port", "0", "--sandbox-port", str(free_port())]
    command = [sys.executable, "-m", "ivrhooks", "demo", *ports]
    output = home / "said"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--config", str(folder)], stdout=out, stderr=out, env=environ
        )
    try:
        yield Demo(folder, _link(process, output))
        process.send_signal(signal.SIGINT)
        assert process.wait(MAX_WAIT) == 0
        assert b"Traceback" not in output.read_bytes()
    finally:
        process.kill()
        process.wait()


def _link(process: subprocess.Popen[bytes], output: Path) -> str:
    """What the demo printed for a person to open."""
    end = time.monotonic() + MAX_WAIT
    while time.monotonic() < end and process.poll() is None:
        text = output.read_text("utf-8", "replace")
        match = re.search(r"console +(http\S+)", text)
        if match and "Ctrl-C stops it" in text:
            return match[1]
        time.sleep(0.05)  # between looks at another process
    raise AssertionError(output.read_text("utf-8", "replace"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. For one module: while Playwright runs, its thread has a
    running event loop, which other tests must not find."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "chromium is missing: apt-get install chromium"
    expect.set_options(timeout=MAX_WAIT / 3 * 1000)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def sit_down(chromium: Browser, demo: Demo) -> Iterator[Callable[..., Page]]:
    """Opens a browser of a width and a language, signed in by the printed link. A page
    that says an error, or asks anybody but the server, fails its test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(
        width: int = WIDE, language: str = "en", path: str | None = None, **more: Any
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=LOCALES[language],
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(MAX_WAIT / 3 * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: _note(troubles, message))
        page.on("request", lambda request: _look(troubles, request.url, demo.url))
        page.goto(demo.link)
        if path is not None:
            page.goto(demo.page(path))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles


_REFUSED = re.compile("status of 40[01]")


def _note(troubles: list[str], message: Any) -> None:
    if message.type == "error" and not _REFUSED.search(message.text):  # a refusal
        troubles.append(message.text)


def _look(troubles: list[str], url: str, server: str) -> None:
    if not url.startswith((server, "data:")):
        troubles.append(f"asked {url}")
