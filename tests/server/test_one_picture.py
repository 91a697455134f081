"""The nodes of one call see one picture of its caller, whatever changes meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

LOOKUPS = (
    'lookups: {it: {source: crm, request: {method: GET, path: "/{{ inputs.tel }}"}}}\n'
)
INPUTS = "inputs: {tel: {type: string}}\n"
FILES = {
    "ivrhooks.yaml": """\
version: 1
deadline: 10s
sources:
  crm: {kind: http, base_url: "${CRM_URL}", cache: {fresh: 10m}}
  live: {kind: http, base_url: "${CRM_URL}"}
""",
    "endpoints/level.yaml": f"""\
endpoint: level
path: /level
format: query
{INPUTS}{LOOKUPS}outputs:
  level: {{type: int, value: "{{{{ it.level }}}}", default: 0}}
""",
    "endpoints/desk.yaml": f"""\
endpoint: desk
path: /desk
format: form
{INPUTS}{LOOKUPS}outputs:
  desk: {{type: string, value: "{{{{ it.desk }}}}", default: ""}}
""",
    "endpoints/now.yaml": f"""\
endpoint: now
path: /now
format: query
{INPUTS}{LOOKUPS.replace("crm", "live")}\
outputs:
  level: {{type: int, value: "{{{{ it.level }}}}", default: 0}}
""",
}


@pytest.fixture
def changing_url() -> Iterator[str]:
    """A customer system whose every record is another one at every question."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            record = {"level": len(paths), "desk": f"desk {len(paths)}"}
            body = json.dumps(record).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    system = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=system.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{system.server_port}"
    system.shutdown()
    system.server_close()
    thread.join()


def test_the_nodes_of_a_call_see_one_picture_of_its_caller(
    serving, server_kind: str, changing_url: str
) -> None:
    single = ("--workers", "1")  # several share a picture by Redis
    with serving(server_kind, FILES, *single, env={"CRM_URL": changing_url}) as server:
        assert server.get("/level?tel=138").json == {"level": 1}
        assert server.get("/now?tel=138").json == {"level": 2}
        assert server.form("/desk", "tel=138").json == {"desk": "desk 1"}
        assert server.get("/level?tel=138").json == {"level": 1}
        assert server.get("/level?tel=139").json == {"level": 3}
