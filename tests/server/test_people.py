"""Three hundred made-up people call, in every way there is; none of them is found in
the log, in what is kept, in the metrics or on a page."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from support.cli_runner import run_verb

COUNT = 300
CONFIG = {
    "ivrhooks.yaml": """\
version: 1
deadline: 5s
region: CN
console: {enabled: true}
journal: {keep: 1h}
sources:
  shop:
    kind: http
    base_url: ${PEOPLE_URL}
    auth:
      oauth2:
        token_url: "${PEOPLE_URL}/token"
        client_id: a
        client_secret: "${CLIENT}"
    cache: {fresh: 10m}
    result: data
    pii: {id: id, nick: name, mobile: phone, mail: email, since: none}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /api/desk
format: form
headers:
  X-Caller-Mail: {pii: email}
inputs:
  tel:  {format: phone, required: true}
  who:  {pii: name}
  note: {}
lookups:
  it: {source: shop, request: {path: /find, query: {tel: "{{ inputs.tel }}"}}}
outputs:
  level: {type: int, value: "{{ it.level }}", default: 0}
  since: {type: int, value: "{{ it.since }}", default: 0}
  back:  {type: string, value: "{{ it.mobile }}", default: ""}
  mail:  {type: string, value: "{{ it.mail }}", default: ""}
  hello: {type: string, value: "Dear {{ it.nick }}", default: ""}
""",
    "endpoints/json.yaml": """\
endpoint: typed
path: /api/typed
format: json
inputs:
  tel: {format: phone, required: true}
  customer: {pii: id}
lookups:
  it:
    source: shop
    request:
      method: POST
      path: /find
      idempotent: true
      json: {tel: "{{ inputs.tel | phone('national') }}"}
outputs:
  id: {type: string, value: "{{ it.id }}", default: ""}
""",
    "endpoints/query.yaml": """\
endpoint: asked
path: /lookup/{tel}
format: query
inputs:
  tel: {format: phone}
  order: {type: int}
lookups:
  it: {source: shop, request: {path: "/find", query: {tel: "{{ inputs.tel }}"}}}
outputs:
  nick: {type: string, value: "{{ it.nick }}", default: ""}
""",
}


@dataclass(frozen=True)
class Person:
    number: str
    name: str
    mail: str
    id: str

    @property
    def record(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "nick": self.name,
            "mobile": self.number,
            "mail": self.mail,
            "level": 3,
            "since": 1790000000000,
            "remark": f"{self.name} ({self.number}) writes from {self.mail}",
        }

    @property
    def traces(self) -> dict[str, str]:
        """What must be found nowhere."""
        return {
            "number": self.number,
            "name": self.name,
            "mail": self.mail,
            "id": self.id,
        }


def people() -> list[Person]:
    chance = random.Random(7)
    letters = "bcdfghklmnprstvz"
    generated = []
    for index in range(COUNT):
        word = "".join(
            chance.choice(letters) + chance.choice("aeiou") for _ in range(4)
        )
        number = f"13{5 + index % 5}{chance.randrange(10**4):04d}{index:04d}"
        name = word.capitalize()
        generated.append(
            Person(
                number, name, f"{word}{index}@post.example", f"cust-{word}{index:03d}"
            )
        )
    return generated


PEOPLE = people()


class Shop(ThreadingHTTPServer):
    """A customer system that knows them; whose number ends with 7 it fails for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.known = {caller.number: caller for caller in PEOPLE}
        self.requests = 0


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query).get("tel", [""])[0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/token":
            self._send(200, {"access_token": "s3cret-token", "expires_in": 3600})
        else:
            self._answer(str(json.loads(body)["tel"]))

    def _answer(self, number: str) -> None:
        self.server.requests += 1
        customer = self.server.known.get(number)
        if number.endswith("7"):
            self._send(500, {"message": f"no answer for {number} {customer}"})
        else:
            self._send(200, {"data": customer.record if customer else None})

    def _send(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop() as shop:
        thread = threading.Thread(target=shop.serve_forever, args=(0.01,))
        thread.start()
        yield shop
        shop.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server_env(shop: Shop) -> Mapping[str, str]:
    return {
        "PEOPLE_URL": f"http://127.0.0.1:{shop.server_port}",
        "CLIENT": "c-5e8d2f91",
    }


def call(server: Any, index: int, caller: Person) -> None:
    """One data request, or what somebody takes for one; eleven ways in turn."""
    form = urlencode(
        {"tel": caller.number, "who": caller.name, "note": f"for {caller.mail}"}
    )
    typed = json.dumps({"tel": f"+86 {caller.number}", "customer": caller.id})
    match index % 11:
        case 0 | 1 | 2:
            server.form("/api/desk", form, X_Caller_Mail=caller.mail)
        case 3:
            server.ask("POST", "/api/typed", typed)
        case 4:
            server.get(f"/lookup/{caller.number}?order=20261130")
        case 5:
            server.get(f"/lookup/{quote('+86' + caller.number)}")
        case 6:
            server.form(
                "/api/desk", urlencode({"note": f"{caller.number} {caller.mail}"})
            )
        case 7:
            server.get(f"/nowhere/{caller.number}?mail={caller.mail}")
        case 8:
            server.ask("POST", "/api/typed", typed[:-1])
        case 9:
            server.get(f"/api/desk?tel={caller.number}")
        case 10:
            head = f"POST /api/desk?tel={caller.number} HTTP/9.9\r\n"
            server.send(f"{head}X: {caller.mail}\r\n\r\n".encode())


@pytest.fixture(scope="module")
def called(servers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The servers after everybody has called, and everything is written down."""
    for server in servers.values():
        for index, caller in enumerate(PEOPLE):
            call(server, index, caller)
        until = time.monotonic() + 30
        while len(rows(server)) < COUNT and time.monotonic() < until:
            time.sleep(0.05)
        assert len(rows(server)) == COUNT
    return servers


def api(server: Any, path: str) -> Any:
    token = (server.data / "console_token").read_text().strip()
    return server.get(f"/_console/{path}", {"Authorization": f"Bearer {token}"})


def rows(server: Any) -> list[dict[str, Any]]:
    """All rows of the journal's list."""
    entries: list[dict[str, Any]] = []
    while True:
        before = f"&before={entries[-1]['id']}" if entries else ""
        part = api(server, f"api/requests?limit=200{before}").json["requests"]
        if not part:
            return entries
        entries += part


def seen(text: str, *kinds: str) -> list[tuple[str, str]]:
    """Who is found in a text, and by what."""
    low = text.casefold()
    return [
        (kind, value)
        for caller in PEOPLE
        for kind, value in caller.traces.items()
        if kind in (kinds or caller.traces) and value.casefold() in low
    ][:5]


def test_no_person_is_in_the_log(called: Mapping[str, Any], server: Any) -> None:
    log = server.log()
    assert log.count("\n") >= COUNT
    assert "****" in log
    assert not seen(log)


def test_no_person_is_in_stored_data(called: Mapping[str, Any], server: Any) -> None:
    files = [caller for caller in server.data.rglob("*") if caller.is_file()]
    assert any(caller.name == "journal.db" for caller in files)
    assert any(caller.suffix == ".token" for caller in files)
    for file in files:
        data = file.read_bytes()
        assert not seen(data.decode("latin-1")), file
        assert b"s3cret-token" not in data, file
        assert file.stat().st_mode & 0o077 == 0, file


def test_no_person_is_in_the_metrics(called: Mapping[str, Any], server: Any) -> None:
    for path in ("/metrics", "/readyz", "/healthz"):
        text = server.get(path).body.decode()
        assert not seen(text), path


def test_no_person_is_on_a_page(called: Mapping[str, Any], server: Any) -> None:
    for page in ("", "requests", "status", "endpoints", "sources", "outbox"):
        shown = api(server, page)
        assert shown.status == 200, page
        assert not seen(shown.body.decode()), page
    assert not seen(api(server, "api/requests?limit=200").body.decode())
    assert not seen(api(server, "api/status").body.decode())
    for row in rows(server)[: 11 * 4]:
        entry = api(server, f"api/requests/{row['id']}").json
        if entry["trace"]:
            final = json.dumps(entry["trace"].pop("finalResult"))
            assert not seen(final, "number", "mail"), final
        assert not seen(json.dumps(entry, ensure_ascii=False)), entry
        page = api(server, f"requests/{row['id']}").body.decode()
        assert not seen(page, "number", "mail")  # the answer itself is on it


def test_numbers_and_dates_of_no_person_stay(
    called: Mapping[str, Any], server: Any
) -> None:
    caller = next(
        row for row in rows(server) if row["endpoint"] == "desk" and not row["code"]
    )
    entry = api(server, f"api/requests/{caller['id']}").json
    values = {caller["name"]: caller["value"] for caller in entry["trace"]["outputs"]}
    assert values["since"] in (1790000000000, 0)


def run(server: Any, *arguments: str) -> Any:
    """A verb on the server's machine, with its configuration."""
    done = run_verb(
        *(*arguments, "--json"),
        env={
            "IVRHOOKS_DATA": str(server.data),
            "IVRHOOKS_CONFIG": str(server.folder),
            "PEOPLE_URL": "http://127.0.0.1:9",
            "CLIENT": "c",
        },
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_caller_is_found_and_forgotten_while_the_server_runs(
    called: Mapping[str, Any], server: Any, shop: Shop, until: Any
) -> None:
    caller = PEOPLE[11]
    server.form("/api/desk", urlencode({"tel": caller.number}))
    requests_before = shop.requests
    server.form("/api/desk", urlencode({"tel": caller.number}))

    def matches() -> list[Any]:
        requests: list[Any] = run(server, "requests", "--caller", caller.number)[
            "requests"
        ]
        return requests

    until(lambda: len(matches()) >= 3, "its data requests are in the journal")
    cached = shop.requests == requests_before
    number = f"+86 {caller.number[:3]}-{caller.number[3:7]}-{caller.number[7:]}"
    began = time.monotonic()
    gone = run(server, "forget", number)
    assert time.monotonic() - began < 10
    assert gone["journal"] >= 3
    assert gone["workers"] == len(server.workers())
    assert gone["caches"] >= 1
    assert run(server, "requests", "--caller", caller.number)["requests"] == []
    assert run(server, "requests", "--caller", caller.mail)["requests"] == []
    requests_before = shop.requests
    for _ in range(8):
        server.form("/api/desk", urlencode({"tel": caller.number}))
    assert shop.requests > requests_before
    assert cached or shop.requests > requests_before
    assert len(run(server, "requests", "--caller", PEOPLE[22].number)["requests"]) == 1
