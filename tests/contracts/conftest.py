"""The sandbox as a caller sees it: a process of its own, asked over a socket."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MAX_WAIT = 60.0


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Sandbox:
    """A running ``ivrhooks sandbox``."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to one request on a connection of its own."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=MAX_WAIT
        )
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def reset(self) -> None:
        """Back to the data file, as before each case."""
        assert self.ask("POST", "/_sandbox/reset").status == 200

    def tokens(self) -> dict[str, str]:
        """Tokens of the systems that want one, and what Sobot's are asked with."""
        key = self.ask("GET", "/omicrm/api/auth?apiKey=key-9").json
        now = str(int(datetime.now(UTC).timestamp()))
        sign = _md5("77", now, "kk")
        query = f"appid=77&create_time={now}&sign={sign}"
        sobot = self.ask("GET", f"/sobot/api/get_token?{query}").json
        return {
            "omicrm": key["payload"]["access_token"],
            "sobot": sobot["item"]["token"],
            "seconds": now,
            "milliseconds": f"{now}000",
            "sign": sign,
            "SIGN": sign.upper(),
            "jwt_sign": _md5("77", f"{now}000", "token", "ss"),
        }


def _md5(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode()).hexdigest()


@pytest.fixture(scope="session")
def data_file() -> Path:
    """Customers of all systems, and the credentials that open them."""
    return HERE / "data.yaml"


@pytest.fixture(scope="session")
def sandbox(
    tmp_path_factory: pytest.TempPathFactory, data_file: Path
) -> Iterator[Sandbox]:
    """``ivrhooks sandbox --data data.yaml``, until the last test is done."""
    home = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "ivrhooks", "sandbox", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data", str(data_file)],
        stdout=subprocess.PIPE,
        env={**os.environ, "IVRHOOKS_DATA": str(home)},
        text=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        try:
            assert address, f"the sandbox says {line!r}"
            yield Sandbox(int(address[1]))
        finally:
            process.terminate()
            status = process.wait(MAX_WAIT)
    assert status == 0
