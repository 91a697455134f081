"""A client of the real YAML language server, as much of one as the tests need."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

MAX_WAIT = 60.0
SERVER = "node_modules/yaml-language-server/bin/yaml-language-server"


class LanguageServer:
    """The server over its standard input and output, with one file open."""

    def __init__(self, folder: Path, file: Path) -> None:
        command = ["node", str(folder / SERVER), "--stdio"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._ids = 0
        threading.Thread(target=self._listen, daemon=True).start()
        can = {"hover": {"contentFormat": ["markdown"]}}
        root = file.parent.as_uri()
        capabilities = {"textDocument": can}
        self._ask("initialize", processId=None, rootUri=root, capabilities=capabilities)
        self._tell("initialized")
        self._document = {"uri": file.as_uri()}
        opened = {"languageId": "yaml", "version": 1, "text": file.read_text("utf-8")}
        self._tell("textDocument/didOpen", textDocument={**self._document, **opened})

    def problems(self) -> dict[int, str]:
        """What is marked red, by line from 1."""
        while True:
            message = self._said.get(timeout=MAX_WAIT)
            if message.get("method") == "textDocument/publishDiagnostics":
                diagnostics = message["params"]["diagnostics"]
                return {
                    diagnostic["range"]["start"]["line"] + 1: diagnostic["message"]
                    for diagnostic in diagnostics
                }

    def completions(self, line: int, character: int) -> set[str]:
        """The words offered at a place; ``line`` from 1."""
        offered = self._at("textDocument/completion", line, character)
        return {item["label"] for item in offered["items"]}

    def hover(self, line: int, character: int) -> str:
        """The text shown for what stands at a place; ``line`` from 1."""
        shown = self._at("textDocument/hover", line, character)
        return str(shown["contents"]["value"])

    def close(self) -> None:
        """Ends the server."""
        self._process.kill()
        self._process.communicate()

    def _at(self, method: str, line: int, character: int) -> Any:
        position = {"line": line - 1, "character": character}
        return self._ask(method, textDocument=self._document, position=position)

    def _ask(self, method: str, **params: Any) -> Any:
        self._ids += 1
        self._write({"id": self._ids, "method": method, "params": params})
        while True:
            message = self._said.get(timeout=MAX_WAIT)
            if message.get("id") == self._ids and "method" not in message:
                return message["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._write({"method": method, "params": params})

    def _write(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            message = json.loads(stream.read(length))
            if "id" in message and "method" in message:  # it asks for settings
                items = message.get("params", {}).get("items", [])
                self._write({"id": message["id"], "result": [None] * len(items)})
            else:
                self._said.put(message)
