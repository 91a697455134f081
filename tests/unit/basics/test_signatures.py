"""Signatures, made by the callers' own packages and judged by ours."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator

from ivrhooks.basics.signatures import (
    HmacScheme,
    TwilioScheme,
    key_of,
    public_urls,
    read_parts,
)

NOW = 1_790_000_000.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"tel": "13800000001", "name": "王"}'.encode()


@dataclass(frozen=True)
class Sent:
    method: str = "POST"
    target: bytes = b"/api/vip"
    query: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = BODY

    def having(self, **headers: str) -> Sent:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **names})


# ------------------------------------------------------------ Standard Webhooks


def standard(at: float = NOW, secret: str = SECRET, identity: str = "msg_1") -> Sent:
    """A data request that the package `standardwebhooks` has signed."""
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=UTC)
    mark = Webhook(secret).sign(identity, moment, BODY.decode())
    return Sent().having(
        webhook_id=identity, webhook_timestamp=str(int(at)), webhook_signature=mark
    )


SCHEME = HmacScheme((key_of(SECRET),))


def test_signatures_of_standardwebhooks_are_accepted() -> None:
    assert SCHEME.problem(standard(), NOW) is None


def test_standardwebhooks_accepts_our_signatures() -> None:
    now = datetime.now(UTC).timestamp()
    headers = SCHEME.sign(Sent(), now, "msg_2")
    Webhook(SECRET).verify(BODY, headers)
    lower = {name.lower(): value for name, value in headers.items()}
    assert SCHEME.problem(replace(Sent(), headers=lower), now) is None


def test_of_several_signatures_one_fits() -> None:
    sent = standard()
    good = sent.headers["webhook-signature"]
    for text in (f"v1,AAAA {good}", f"{good} v2,xyz", f"v1,AAAA, {good}"):
        assert SCHEME.problem(sent.having(webhook_signature=text), NOW) is None, text
    for text in (good.replace("v1", "v2"), good[3:], "v1,", "v1"):
        assert "wrong" in str(
            SCHEME.problem(sent.having(webhook_signature=text), NOW)
        ), text


def test_any_secret_of_a_list_fits() -> None:
    both = HmacScheme((b"new", key_of(SECRET)))
    assert both.problem(standard(), NOW) is None
    assert "wrong" in str(HmacScheme((b"new", b"newer")).problem(standard(), NOW))


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOW, ""),
        (NOW - 300, ""),
        (NOW + 300, ""),
        (NOW - 302, "too old"),
        (NOW + 302, "too new"),
    ],
)
def test_the_time_is_within_the_tolerance(at: float, reason: str) -> None:
    problem = SCHEME.problem(standard(at), NOW)
    assert reason in str(problem)
    assert bool(reason) == bool(problem)


@pytest.mark.parametrize(
    "name", ["webhook-id", "webhook-timestamp", "webhook-signature"]
)
def test_a_missing_header_is_named(name: str) -> None:
    sent = standard()
    without = {key: value for key, value in sent.headers.items() if key != name}
    problem = SCHEME.problem(replace(sent, headers=without), NOW)
    assert "missing" in str(problem)
    assert name in str(problem)
    assert SCHEME.problem(sent.having(**{name: ""}), NOW) == problem


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b" "},
        {"body": b""},
        {"body": b"\xff\x00"},
        {"headers": {**standard().headers, "webhook-id": "msg_2"}},
        {"headers": {**standard().headers, "webhook-timestamp": str(int(NOW) + 1)}},
    ],
)
def test_whatever_is_changed_the_signature_is_wrong(changed: dict[str, object]) -> None:
    assert "wrong" in str(SCHEME.problem(replace(standard(), **changed), NOW))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["nan", "1e9", "-1", "now", "1790000000.0", "９"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    sent = Sent().having(webhook_id="m", webhook_timestamp=text)
    signed = sent.having(
        webhook_signature="v1," + SCHEME._digest(SCHEME.keys[0], SCHEME._content(sent))
    )
    assert "time" in str(SCHEME.problem(signed, NOW))


def test_a_secret_is_base64_behind_its_prefix_and_else_its_bytes() -> None:
    assert key_of("whsec_aGk=") == key_of("whsec_aGk") == b"hi"
    assert key_of("aGk=") == b"aGk="
    assert key_of("秘密") == "秘密".encode()
    for text in ("whsec_", "whsec_!!", "whsec_a"):
        with pytest.raises(ValueError):
            key_of(text)


def test_no_message_holds_a_secret() -> None:
    sent = standard()
    for request in (Sent(), sent.having(webhook_signature="v1,x"), standard(NOW - 999)):
        problem = SCHEME.problem(request, NOW)
        assert problem
        assert SECRET not in str(problem)
        assert SECRET[6:] not in str(problem)
    assert "MfKQ" not in repr(SCHEME)


# ------------------------------------------------------- schemes of the caller's own


def test_a_scheme_of_the_callers_own() -> None:
    scheme = HmacScheme(
        (b"hush",),
        header="X-Signature",
        of=read_parts("{{ timestamp }}.{{body}}"),
        timestamp="X-Timestamp",
        format="hex",
        prefix="sha256=",
        standard=False,
    )
    moment = str(int(NOW))
    mark = hmac.new(b"hush", moment.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    sent = Sent().having(x_timestamp=moment, x_signature=f"sha256={mark}")
    assert scheme.problem(sent, NOW) is None
    assert (
        scheme.problem(sent.having(x_signature=f"sha256={mark.upper()}"), NOW) is None
    )
    assert "wrong" in str(scheme.problem(sent.having(x_signature=mark), NOW))
    assert "too old" in str(scheme.problem(sent, NOW + 301))
    assert "X-Signature and the header X-Timestamp" in str(scheme.problem(Sent(), NOW))


def test_a_time_of_an_own_scheme_may_be_milliseconds() -> None:
    scheme = HmacScheme(
        (b"k",), "x-sig", ("timestamp", "body"), "x-time", standard=False
    )
    moment = str(int(NOW * 1000) + 7)
    sent = replace(Sent(), headers={"x-time": moment})
    mark = scheme._digest(b"k", moment.encode() + BODY)
    assert scheme.problem(sent.having(x_sig=mark), NOW) is None
    assert "too new" in str(scheme.problem(sent.having(x_sig=mark), NOW - 900))


def test_every_part_is_signed_as_it_came() -> None:
    scheme = HmacScheme(
        (b"k",),
        "X-Sig",
        read_parts("{{ method }}\n{{ path }}?{{ query }}\n{{ id }}\n{{ body }}"),
        "",
        algorithm="sha512",
        standard=False,
    )
    sent = Sent("PUT", b"/a%20b/", b"x=%E7&y=+", {"webhook-id": "7"}, b"\xff")
    wanted = hmac.new(b"k", b"PUT\n/a%20b/?x=%E7&y=+\n7\n\xff", hashlib.sha512)
    assert scheme.sign(sent, NOW, "7")["X-Sig"] == _base64(wanted.digest())


def _base64(digest: bytes) -> str:
    from base64 import b64encode

    return b64encode(digest).decode()


@pytest.mark.parametrize("text", ["{{ bdy }}", "{{ body | upper }}", "body", ""])
def test_an_entry_that_cannot_be_signed_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_parts(text)


def test_a_hidden_header_is_not_named() -> None:
    scheme = replace(SCHEME, header="X-Hush", standard=False, hidden=("X-Hush",))
    assert "X-Hush" not in str(scheme.problem(Sent(), NOW))


# ---------------------------------------------------------------------------- Twilio

TOKEN = "12345"
FORM = {"Digits": "1234", "From": "+14158675309", "Empty": "", "Name": "王 ü"}
TWILIO = TwilioScheme((TOKEN.encode(),), public_urls("https://ivr.example.com/"))


def called(url: str, params: object = None, body: bytes = b"", **more: str) -> Sent:
    """A data request that the package `twilio` has signed for ``url``."""
    validator = RequestValidator(TOKEN)
    mark = validator.compute_signature(url, params or {}, more.get("algorithm"))
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    headers = {"x-twilio-signature": mark}
    if "algorithm" in more:
        name = "x-twilio-webhooks-signature-settings"
        headers[name] = f"key=webhooks_sharedkey_1,algorithm={more['algorithm']}"
    return Sent("POST", b"/" + path.encode(), query.encode(), headers, body)


@pytest.mark.parametrize("host", ["ivr.example.com", "ivr.example.com:443"])
@pytest.mark.parametrize("target", ["/api/vip", "/api/vip?foo=1&bar=a%20b"])
def test_signatures_of_twilio_are_accepted(host: str, target: str) -> None:
    body = urlencode(FORM).encode()
    sent = called(f"https://{host}{target}", FORM, body)
    assert TWILIO.problem(sent, NOW) is None
    assert "wrong" in str(TWILIO.problem(replace(sent, body=body + b"&x=1"), NOW))
    assert "wrong" in str(TWILIO.problem(replace(sent, query=b"foo=2"), NOW))
    assert "wrong" in str(TWILIO.problem(replace(sent, target=b"/api/other"), NOW))


def test_a_get_and_a_shared_key_are_taken() -> None:
    sent = called("https://ivr.example.com/a?From=%2B1415")
    assert TWILIO.problem(replace(sent, method="GET"), NOW) is None
    body = urlencode(FORM).encode()
    sent = called("https://ivr.example.com/a", FORM, body, algorithm="HMAC_SHA256")
    assert TWILIO.problem(sent, NOW) is None
    odd = replace(sent, headers={**sent.headers})
    odd.headers["x-twilio-webhooks-signature-settings"] = "algorithm=MD5"  # type: ignore[index]
    assert "wrong" in str(TWILIO.problem(odd, NOW))


def test_a_json_body_is_signed_by_its_hash() -> None:
    body = json.dumps({"tel": "+1415"}).encode()
    url = f"https://ivr.example.com/a?bodySHA256={hashlib.sha256(body).hexdigest()}"
    sent = called(url, {}, body)
    assert RequestValidator(TOKEN).validate(
        url, body.decode(), sent.headers["x-twilio-signature"]
    )
    assert TWILIO.problem(sent, NOW) is None
    for other in (b"", b"&&", b"{}", body + b" "):
        assert "wrong" in str(TWILIO.problem(replace(sent, body=other), NOW)), other


def test_a_missing_signature_of_twilio_is_named() -> None:
    assert "X-Twilio-Signature" in str(TWILIO.problem(Sent(), NOW))
    assert "12345" not in repr(TWILIO)


def test_twilio_accepts_our_signatures() -> None:
    body = urlencode(FORM).encode()
    sent = Sent("POST", b"/api/vip", b"a=1", {}, body)
    mark = TWILIO.sign(sent, NOW, "")["X-Twilio-Signature"]
    url = "https://ivr.example.com/api/vip?a=1"
    assert RequestValidator(TOKEN).validate(url, FORM, mark)


@pytest.mark.parametrize("url", ["ivr.example.com", "ftp://x", "https://x/?a=1", ""])
def test_a_public_address_is_one(url: str) -> None:
    with pytest.raises(ValueError):
        public_urls(url)


def test_the_port_may_be_written_or_not() -> None:
    assert public_urls("http://a:8080/x/") == ("http://a:8080/x", "http://a/x")
    assert public_urls("https://a") == ("https://a", "https://a:443")
    assert public_urls("http://[::1]:80")[1:] == ("http://[::1]",)
