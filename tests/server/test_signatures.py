"""Who may ask: signatures made by others' packages, secrets at inputs, at both servers.

Whatever the server, it judges the bytes as they came.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator

from support.cli_runner import run_verb

HOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "twilio-auth-token-7"
KEY = "k-5e8d2f91-secret"
OUTPUTS = """\
inputs:
  tel: {type: string}
outputs:
  said: {type: string, value: "{{ inputs.tel }}", default: nobody}
"""


def endpoint(name: str, security: str, form: str = "form", inputs: str = "") -> str:
    outputs = OUTPUTS.replace("inputs:\n", f"inputs:\n{inputs}")
    return (
        f"endpoint: {name}\npath: /{name}\nformat: {form}\n"
        f"security: {security}\n{outputs}"
    )


OWN = (
    "{hmac: {secret: '${KEY}', header: X-Signature, timestamp: X-Time, of: "
    '"{{ method }} {{ path }}?{{ query }} {{ timestamp }} {{ body }}", '
    "prefix: 'sha256='}}"
)
CONFIG = {
    "ivrhooks.yaml": "version: 1\n",
    "endpoints/hook.yaml": endpoint("hook", "{hmac: {secret: ['${KEY}', '${HOOK}']}}"),
    "endpoints/json.yaml": endpoint("json", "{hmac: {secret: '${HOOK}'}}", "json"),
    "endpoints/own.yaml": endpoint("own", OWN),
    "endpoints/twilio.yaml": endpoint(
        "twilio", "{twilio: {auth_token: '${TOKEN}', url: 'https://ivr.example.com'}}"
    ),
    "endpoints/order.yaml": endpoint(
        "order",
        "{hmac: {secret: '${HOOK}'}, max_body: 1KB, allow_ips: [10.0.0.0/8]}",
    ),
    "endpoints/key.yaml": endpoint(
        "key", "{}", inputs="  key: {secret: true, equals: '${KEY}'}\n"
    ),
    "endpoints/enum.yaml": endpoint(
        "enum",
        "{}",
        "query",
        "  key: {enum: ['${KEY}'], required: true}\n"
        "  pin: {pattern: '^${KEY}$', default: '${KEY}'}\n",
    ),
}
ENV = {"HOOK": HOOK, "TOKEN": TOKEN, "KEY": KEY}
OPTIONS = ("--workers", "1")
BODY = "tel=13800000001&x=%E7%8E%8B"


def now() -> float:
    return datetime.now(UTC).timestamp()


def signed(body: str, at: float | None = None) -> dict[str, str]:
    moment = datetime.fromtimestamp(now() if at is None else at, UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(HOOK).sign("msg_1", moment, body),
    }


def refused(reply, *words: str) -> None:
    assert (reply.status, reply.code) == (401, "unauthorized"), reply
    message = reply.json["error"]["message"]
    for word in words:
        assert word in message, message
    assert reply.json["said"] == "nobody"
    for secret in (*ENV.values(), HOOK[6:]):
        assert secret not in reply.body.decode()


def test_requests_signed_by_standardwebhooks_are_answered(server) -> None:
    reply = server.form("/hook", BODY, **signed(BODY))
    assert (reply.status, reply.json["said"]) == (200, "13800000001"), reply
    text = '{ "tel" : "王",  "n": 1.0 }'
    reply = server.ask("POST", "/json", text, signed(text))
    assert reply.json == {"said": "王"}


def test_unsigned_requests_are_refused(server) -> None:
    refused(server.form("/hook", BODY), "missing", "webhook-signature")
    for name in signed(BODY):
        left = {key: value for key, value in signed(BODY).items() if key != name}
        refused(server.form("/hook", BODY, **left), "missing", name)


@pytest.mark.parametrize("body", [BODY + "&", BODY[:-1], "", BODY.lower(), f"{BODY}\n"])
def test_another_body_is_refused(server, body: str) -> None:
    refused(server.form("/hook", body, **signed(BODY)), "wrong")


@pytest.mark.parametrize(("away", "word"), [(-301, "too old"), (303, "too new")])
def test_another_time_is_refused(server, away: int, word: str) -> None:
    refused(server.form("/hook", BODY, **signed(BODY, now() + away)), word)
    reply = server.form("/hook", BODY, **signed(BODY, now() + away * 0.9))
    assert reply.status == 200


def test_the_bytes_count_as_they_came_in_chunks(server) -> None:
    lines = [f"{name}: {value}" for name, value in signed(BODY).items()]
    head = ["POST /hook HTTP/1.1", "Host: x", *lines, "Transfer-Encoding: chunked"]
    half = len(BODY) // 2
    parts = [BODY[:half], BODY[half:], ""]
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts)
    reply = server.send("\r\n".join([*head, "", chunks]).encode(), "POST")
    assert (reply.status, reply.json["said"]) == (200, "13800000001")


def own_headers(target: str, body: bytes, at: str) -> dict[str, str]:
    path, _, query = target.partition("?")
    content = f"POST {path}?{query} {at} ".encode() + body
    mark = hmac.new(KEY.encode(), content, hashlib.sha256).hexdigest()
    return {"X-Signature": f"sha256={mark}", "X-Time": at}


@pytest.mark.parametrize("target", ["/own", "/own?a=%2f&b=+&c", "/%6fwn?x=%E7%8E"])
@pytest.mark.parametrize("body", [b"tel=7", b"\xff\x00\r\n", b""])
def test_a_scheme_of_the_callers_own(server, target: str, body: bytes) -> None:
    headers = own_headers(target, body, str(int(now())))
    reply = server.ask("POST", target, body, headers)
    wanted = 415 if b"\0" in body else 200  # it is signed, and no text
    assert reply.status == wanted, reply
    refused(server.ask("POST", target, body + b"&", headers), "wrong")
    more = f"{target}{'&' if '?' in target else '?'}z"
    refused(server.ask("POST", more, body, headers), "wrong")


def twilio_mark(url: str, params: dict[str, str]) -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, params))


@pytest.mark.parametrize("host", ["ivr.example.com", "ivr.example.com:443"])
def test_requests_signed_by_twilio_are_answered(server, host: str) -> None:
    params = {"tel": "+8613800000001", "CallSid": "CA1", "Empty": "", "Name": "王 b"}
    mark = twilio_mark(f"https://{host}/twilio?v=1", params)
    body = urlencode(params)
    reply = server.form("/twilio?v=1", body, X_Twilio_Signature=mark)
    assert (reply.status, reply.json["said"]) == (200, "+8613800000001")
    refused(server.form("/twilio?v=2", body, X_Twilio_Signature=mark), "wrong")
    refused(server.form("/twilio?v=1", f"{body}1", X_Twilio_Signature=mark), "wrong")
    refused(server.form("/twilio?v=1", body), "missing", "X-Twilio-Signature")


def test_json_requests_signed_by_twilio_are_answered(server) -> None:
    body = json.dumps({"tel": "+1415"})
    target = f"/twilio?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    mark = {"X-Twilio-Signature": twilio_mark(f"https://ivr.example.com{target}", {})}
    assert server.ask("POST", target, body, mark).json == {"said": "+1415"}
    refused(server.ask("POST", target, "", mark), "wrong")
    refused(server.ask("POST", target, body.replace("4", "5"), mark), "wrong")


def test_the_order_of_judgement(server) -> None:
    assert server.get("/hook").code == "method_not_allowed"
    assert server.form("/order", "x" * 1025).code == "too_large"
    assert server.form("/order", BODY).code == "forbidden"
    refused(server.ask("POST", "/json", "<xml/>"), "missing")
    text = "<xml/>"
    reply = server.ask("POST", "/json", text, signed(text))
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("body", ["", "key=", "key=guess", f"key={KEY}x", "key[]=1"])
def test_a_secret_input_is_401(server, body: str) -> None:
    refused(server.form("/key", body), "send the parameter key")


def test_a_secret_input_is_taken_wherever_inputs_are(server) -> None:
    assert server.form("/key", f"key={KEY}&tel=7").json == {"said": "7"}
    assert server.form(f"/key?key={KEY}", "tel=7").json == {"said": "7"}
    reply = server.ask("POST", "/key", json.dumps({"key": KEY, "tel": 7}))
    assert reply.json == {"said": "7"}


@pytest.mark.parametrize("query", ["", "?key=", "?key=guess", f"?key={KEY}&pin=0"])
def test_entered_secrets_are_not_shown(server, query: str) -> None:
    reply = server.get(f"/enum{query}")
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert "the agreed value" in str(reply.json["error"]["fields"])
    assert KEY not in reply.body.decode()


def test_no_secret_is_in_the_log(server) -> None:
    server.form("/key", f"key={KEY}&tel=7")
    server.get(f"/enum?key={KEY}")
    for secret in ENV.values():
        assert secret not in server.log()


def test_probe_signs_as_the_caller_would(server) -> None:
    url = f"http://127.0.0.1:{server.port}"
    for name in ("hook", "json", "own", "twilio", "key"):
        words = ("probe", name, "tel=7", "--url", url, "--config", str(server.folder))
        done = run_verb(*words, env={**ENV, "IVRHOOKS_DATA": str(server.data)})
        assert done.exit_code == 0, (name, done.stdout, done.stderr)
        assert '{"said":"7"}' in done.stdout
        for secret in ENV.values():
            assert secret not in done.stdout + done.stderr
