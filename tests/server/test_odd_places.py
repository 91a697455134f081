"""People and secrets in odd places: written oddly, sent where nobody asked for them,
repeated by customer systems. What both servers show and keep is searched for them.

What is searched is read as a person would read it: escapes undone, digits of any script
as digits, whatever parts them dropped.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import html
import json
import re
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest

from support.cli_runner import run_verb

SECRETS = {
    name: f"hidden-{name.lower()}-{number}5c1e"
    for number, name in enumerate(
        (
            *("HEADER", "INPUT", "ENUM", "PATTERN", "HMAC", "BEARER", "BASIC", "KEY"),
            *("OAUTH", "LOGIN", "SIGN", "QUERY", "SENT", "PROXY", "ALERT", "WRITTEN"),
        )
    )
}
SEARCHED = {**SECRETS, "BASIC64": b64encode(f"u:{SECRETS['BASIC']}".encode()).decode()}
SOURCES = """\
  echo:
    kind: http
    base_url: "${URL}/echo"
    auth: {basic: {username: u, password: "${BASIC}"}}
    headers: {X-Source: "${KEY}"}
    query: {q: "${QUERY}"}
    pii: {nick: name}
  fails:
    kind: http
    base_url: "${URL}/fails"
    auth: {bearer: "${BEARER}"}
    breaker: {failures: 9000}
  moved: {kind: http, base_url: "${URL}/moved", breaker: {failures: 9000}}
  page: {kind: http, base_url: "${URL}/page", breaker: {failures: 9000}}
  oauth:
    kind: http
    base_url: "${URL}/echo"
    auth: {oauth2: {token_url: "${URL}/token", client_id: a, client_secret: "${OAUTH}"}}
  login:
    kind: http
    base_url: "${URL}/echo"
    auth:
      login:
        request: {method: POST, path: /login, json: {password: "${LOGIN}"}}
        token: "{{ response.json.token }}"
        expires: 30m
        header: {name: X-Token, value: "{{ token }}"}
  signed:
    kind: http
    base_url: "${URL}/echo"
    sign:
      with: md5
      secret: "${SIGN}"
      of: "{{ params | sorted_query }}{{ secret }}"
      in: query
      name: sign
  proxied:
    kind: http
    base_url: "http://127.0.0.1:9/x"
    proxy: "http://u:${PROXY}@127.0.0.1:9"
"""
ASKED = "".join(
    f"""\
  {name}:
    source: {name}
    request:
      path: /find
      query: {{tel: "{{{{ inputs.tel }}}}", note: "{{{{ inputs.note }}}}"}}
      headers: {{X-Sent: "${{SENT}}"}}
"""
    for name in re.findall(r"^  (\w+):", SOURCES, re.MULTILINE)
)
CONFIG = {
    "ivrhooks.yaml": "version: 1\nregion: CN\ndeadline: 5s\nconsole: {enabled: true}\n"
    'alerts: {url: "${URL}/alert?key=${ALERT}"}\nsources:\n' + SOURCES,
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: form
headers:
  X-Key: {secret: true, equals: "${HEADER}"}
inputs:
  tel: {format: phone}
  key: {secret: true, equals: "${INPUT}"}
  note: {}
  who: {pii: name}
  lang: {enum: ["${ENUM}", en]}
  code: {pattern: "^(${PATTERN}|a+)$"}
  n: {type: int}
lookups:
"""
    + ASKED
    + """\
outputs:
  a: {type: string, value: "{{ echo.x }}{{ fails.x }}{{ moved.x }}", default: ""}
  b: {type: string, value: "{{ page.x }}{{ oauth.x }}{{ login.x }}", default: ""}
  c: {type: string, value: "{{ signed.x }}{{ proxied.x }}", default: ""}
actions:
  note:
    source: fails
    request:
      method: POST
      path: /notes
      headers: {X-Written: "${WRITTEN}"}
      json:
        text: "{{ inputs.note }}"
        tel: "{{ inputs.tel }}"
        who: "{{ inputs.who }}"
""",
    "endpoints/typed.yaml": """\
endpoint: typed
path: /typed
format: json
security: {hmac: {secret: "${HMAC}", header: X-Signature, of: "{{ body }}"}}
inputs: {tel: {format: phone}, deep: {path: a.b}}
outputs: {t: {type: string, value: "{{ inputs.tel }}", default: ""}}
""",
    "endpoints/open.yaml": """\
endpoint: open
path: /open/{tel}
format: query
inputs: {tel: {format: phone}, n: {type: int}, w: {enum: [a, b]}}
outputs: {t: {type: string, value: "{{ inputs.w }}", default: ""}}
""",
}


@dataclass(frozen=True)
class Person:
    number: str
    mail: str
    name: str

    @property
    def wide(self) -> str:
        return "".join(chr(ord(digit) + 0xFEE0) for digit in self.number)

    @property
    def escaped(self) -> str:
        return "".join(f"%{ord(digit):02x}" for digit in self.number)

    def parted(self, sign: str) -> str:
        return sign.join((self.number[:3], self.number[3:7], self.number[7:]))


PEOPLE: dict[str, Person] = {}


def person(case: str) -> Person:
    """Whoever calls in this case."""
    number = len(PEOPLE) if case not in PEOPLE else [*PEOPLE].index(case)
    letters = chr(97 + number % 26) + chr(97 + number // 26)
    return PEOPLE.setdefault(
        case,
        Person(
            f"137{(number * 7919) % 10000:04d}{4000 + number:04d}",
            f"qz{letters}wexyk@post.example",
            f"Zorblat{letters}qux",
        ),
    )


class Systems(BaseHTTPRequestHandler):
    """Customer systems that repeat what they were sent, people and secrets alike."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        text = unicodedata.normalize("NFKC", unquote(self.path) + body)
        digits = re.sub("[^0-9]", "", text)
        matches = [someone for someone in PEOPLE.values() if someone.number in digits]
        reply: dict[str, Any] = {"said": text, "headers": dict(self.headers)}
        for someone in matches:
            reply |= {
                "nick": someone.name,
                "remark": f"{someone.name} {someone.wide} {someone.mail}",
                "deep": [
                    {
                        "a": float(someone.number),
                        someone.number: someone.parted("\u2013"),
                    }
                ],
            }
        kind, status, data = self.path.split("/")[1], 200, json.dumps(reply).encode()
        if "/token" in self.path or "/login" in self.path:
            words = {"access_token": "tok-5c1e77", "token": "ses-5c1e77"}
            data = json.dumps(words).encode()
        status = {"fails": 500, "moved": 302, "alert": 204}.get(kind, status)
        data = f"<html>{reply}".encode() if kind == "page" else data
        self.send_response(status)
        self.send_header("Location", f"/to?{urlencode({'x': str(matches)})}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def systems() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Systems) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server_env(systems: str) -> Mapping[str, str]:
    return {**SECRETS, "URL": systems}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def desk(server: Any, fields: Mapping[str, str], query: str = "", **more: str) -> None:
    head = {**FORM, "X-Key": SECRETS["HEADER"]}
    head |= {name.replace("_", "-"): value for name, value in more.items()}
    body = urlencode({"key": SECRETS["INPUT"], **fields})
    server.ask("POST", f"/desk{query}", body, head)


def typed(server: Any, value: object) -> None:
    body = json.dumps(value)
    made = hmac.new(SECRETS["HMAC"].encode(), body.encode(), hashlib.sha256)
    server.ask("POST", "/typed", body, {"X-Signature": made.hexdigest()})


def call(server: Any) -> None:
    """Everybody, each in a way of their own."""
    someone = person("plain")
    desk(server, {"tel": someone.number, "note": f"{someone.number} {someone.mail}"})
    someone = person("wide")
    desk(server, {"tel": someone.wide, "note": someone.wide})
    for number, sign in enumerate(("\u2013", "\u2011", "\u3000", "_", "\u00b7", "\t")):
        someone = person(f"parted {number}")
        desk(server, {"tel": someone.parted(sign), "note": someone.parted(sign)})
    desk(server, {"tel": person("mail as number").mail})
    desk(server, {"tel": person("name as number").name})
    desk(server, {"who": person("name as name").name, "note": "of mine"})
    desk(server, {"tel": f'"x" <sip:{person("sip").number}@10.0.0.1;user=phone>'})
    someone = person("query of a form")
    desk(
        server,
        {},
        f"?tel={someone.number}&note={quote(someone.mail)}&x={quote(someone.wide)}",
    )
    someone = person("undeclared")
    desk(
        server,
        {"mobile": someone.number, "email": someone.mail, someone.number: someone.mail},
    )
    someone = person("headers")
    query = f"a={someone.number}; {someone.mail}"
    desk(
        server, {}, X_Other=query, Cookie=query, Referer=f"http://x/?t={someone.number}"
    )
    someone = person("not as declared")
    desk(
        server,
        {"n": f"x{someone.number}", "lang": someone.mail, "code": someone.number},
    )
    someone = person("wrong secret")
    wrong = {"key": "x" + SECRETS["INPUT"], "tel": someone.number, "note": someone.mail}
    desk(server, wrong, X_Key="x" + SECRETS["HEADER"])
    someone = person("gzip")
    body = urlencode(
        {"tel": someone.number, "note": someone.mail, "key": SECRETS["INPUT"]}
    )
    head = {**FORM, "X-Key": SECRETS["HEADER"], "Content-Encoding": "gzip"}
    server.ask("POST", "/desk", gzip.compress(body.encode()), head)
    someone = person("xml")
    server.ask("POST", "/desk", f"<a>{someone.number} {someone.mail}</a>", head)
    someone = person("json")
    typed(
        server,
        {"tel": int(someone.number), "a": {"b": someone.mail}, "c": [someone.number]},
    )
    typed(
        server, {"tel": float(someone.number), "c": {"d": {"e": float(someone.number)}}}
    )
    someone = person("json wide")
    typed(server, {"tel": {"x": someone.wide}, "a": {"b": [someone.mail]}})
    typed(server, f"{person('json text').number}")
    someone = person("json cut")
    server.ask("POST", "/typed", f'{{"tel": "{someone.number}", "m": "{someone.mail}')
    for name in ("number", "wide", "escaped"):
        someone = person(f"path {name}")
        value = quote(getattr(someone, name), safe="%")
        server.get(f"/open/{value}?w=a")
        server.get(f"/nowhere/{value}/{someone.mail}?x={value}")
    someone = person("method")
    server.send(f"M{someone.number} /desk HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    someone = person("no http")
    server.send(f"GET /{someone.number} HTTP/9.9\r\nX: {someone.mail}\r\n\r\n".encode())


def run(server: Any, systems: str, *words: str) -> str:
    """What a verb prints on the server's machine."""
    env = {**SECRETS, "URL": systems}
    env |= {"IVRHOOKS_DATA": str(server.data), "IVRHOOKS_CONFIG": str(server.folder)}
    done = run_verb(*words, env=env)
    return done.stdout + done.stderr


def shown(server: Any, systems: str, until: Any) -> Iterator[tuple[str, str]]:
    """Everything that is shown or kept, with where it was."""
    token = (server.data / "console_token").read_text().strip()
    bearer = {"Authorization": f"Bearer {token}"}

    def page(path: str) -> str:
        return str(server.get(f"/_console/{path}", bearer).body.decode())

    listed = "api/requests?limit=200"
    until(lambda: page(listed).count('"id"') >= 30, "the journal is written")
    until(
        lambda: '"dead"' in page("api/outbox") or "HTTP 500" in page("api/outbox"), ""
    )
    for row in json.loads(page(listed))["requests"]:
        yield f"entry {row['id']}", page(f"api/requests/{row['id']}")
        yield f"page {row['id']}", page(f"requests/{row['id']}")
    actions = json.loads(page("api/outbox"))["actions"]
    for row in actions:
        yield f"action {row['id']}", page(f"api/outbox/{row['id']}")
    for row in actions[:3]:
        words = ("outbox", "show", row["id"], "--json")
        yield f"verb {row['id']}", run(server, systems, *words)
    for path in ("", "requests", "status", "sources", "outbox", listed, "api/status"):
        yield path, page(path)
    for path in ("/metrics", "/readyz"):
        yield path, server.get(path).body.decode()
    for words in (["openapi"], ["check", "--json"], ["sheet", "desk"], ["routes"]):
        yield words[0], run(server, systems, *words)
    someone = person("explain")
    inputs = [
        f"tel={someone.number}",
        f"note={someone.wide} {someone.mail}",
        f"n=x{someone.number}",
    ]
    inputs += [f"key={SECRETS['INPUT']}", "-H", f"X-Key={SECRETS['HEADER']}"]
    for more in ([], ["--json"]):
        explained = run(
            server, systems, "explain", "desk", *inputs[:2], *inputs[3:], *more
        )
        assert "echo" in explained
        yield f"explain {more}", explained
        yield f"refused {more}", run(server, systems, "explain", "desk", *inputs, *more)
    yield "requests", run(server, systems, "requests", "--json")
    yield "log", server.log()
    for file in server.data.rglob("*"):
        if file.is_file() and file.name not in ("console_token", "key"):
            yield file.name, file.read_bytes().decode("latin-1")


def read(text: str) -> str:
    """A text as a person reads it."""
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return unicodedata.normalize("NFKC", unquote(html.unescape(plain))).casefold()


def found_in(text: str) -> list[tuple[str, str]]:
    """Who, and which secrets."""
    plain = read(text)
    digits = re.sub(r'(?<=\d)[^\w\n"{}:,*]{1,3}(?=\d)', "", plain.replace("_", ""))
    hits = [
        (case, "number") for case, someone in PEOPLE.items() if someone.number in digits
    ]
    hits += [
        (case, "mail") for case, someone in PEOPLE.items() if someone.mail in plain
    ]
    named = (person("name as number"), person("name as name"))
    hits += [
        (someone.name, "name") for someone in named if someone.name.casefold() in plain
    ]
    hits += [
        (name, "secret")
        for name, secret in SEARCHED.items()
        if secret.casefold() in plain
    ]
    return hits


def test_no_person_and_no_secret_is_shown_or_stored(
    server: Any, systems: str, until: Any
) -> None:
    call(server)
    places = dict(shown(server, systems, until))
    assert len(places) > 60
    assert sum("****" in text for text in places.values()) > 20
    leaks = {place: hits for place, text in places.items() if (hits := found_in(text))}
    assert leaks == {}


def test_the_search_finds_the_planted_values() -> None:
    someone = person("plain")
    for text in (
        someone.number,
        someone.wide,
        someone.escaped,
        someone.parted("\u2013"),
        someone.parted("_"),
    ):
        assert found_in(f"<p>{text}</p>") == [("plain", "number")], text
    assert found_in(quote(someone.mail)) == [("plain", "mail")]
    assert found_in(SEARCHED["BASIC64"]) == [("BASIC64", "secret")]
