"""Signatures, recomputed here by hand as a platform's document says them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.http.request_builder import PartedRequest, RequestBuilder
from ivrhooks.sources.http.settings import ALGORITHMS
from ivrhooks.sources.http.signing import Sign, Signer

NOW = 1_790_000_000.25


def sorted_with_secret(names: Mapping[str, Any]) -> str:
    pairs = "&".join(f"{k}={v}" for k, v in sorted(names["params"].items()))
    return pairs + names["secret"]


def signed(params: dict[str, Any], now: float = NOW, **sign: Any) -> PartedRequest:
    settings = {
        "algorithm": "md5",
        "secret": "S&cret",
        "of": sorted_with_secret,
        "name": "sign",
        "add": (
            ("app_key", lambda _: "app"),
            ("timestamp", lambda names: names["timestamp"]),
            ("nonce", lambda names: names["nonce"]),
        ),
    }
    signer = Signer(Sign(**{**settings, **sign}), lambda: "0123456789abcdef")
    build = RequestBuilder("http://erp/api", (), {"v": "2"}, parted=True).build
    request = build({"path": "/q", **params})
    assert isinstance(request, PartedRequest)
    return signer.signed(request, now)


def test_the_querys_parameters_are_signed_unescaped_and_sorted() -> None:
    request = signed({"query": {"tel": "138 00", "name": "王", "empty": ""}})
    sent = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    text = (
        "app_key=app&name=王&nonce=0123456789abcdef&tel=138 00"
        "&timestamp=1790000000&v=2S&cret"
    )
    assert sent.pop("sign") == hashlib.md5(text.encode()).hexdigest()
    assert sent == {
        "v": "2",
        "tel": "138 00",
        "name": "王",
        "empty": "",
        "app_key": "app",
        "timestamp": "1790000000",
        "nonce": "0123456789abcdef",
    }


def test_a_form_is_signed_in_its_body() -> None:
    request = signed({"method": "POST", "form": {"a": "1"}}, place="form", add=())
    assert request.body is not None
    sent = dict(parse_qsl(request.body.decode()))
    assert sent == {"a": "1", "sign": hashlib.md5(b"a=1S&cret").hexdigest()}
    assert urlsplit(request.url).query == "v=2"


def test_json_is_signed_at_its_top_level() -> None:
    body = {"n": 7, "deep": {"x": [1, True]}, "none": None, "empty": "", "t": "é"}
    request = signed({"method": "POST", "json": body}, place="json", add=())
    assert request.body is not None
    sent = orjson.loads(request.body)
    text = 'deep={"x":[1,true]}&n=7&t=éS&cret'
    assert sent.pop("sign") == hashlib.md5(text.encode()).hexdigest()
    assert sent == body


def test_a_header_signs_method_path_and_body() -> None:
    request = signed(
        {"method": "POST", "json": {"a": 1}, "query": {"b": 2}},
        place="header",
        name="X-Sign",
        algorithm="hmac_sha256",
        format="base64",
        add=(("X-Time", lambda names: names["timestamp"]),),
        of=lambda n: f"{n['method']}\n{n['path']}\n{n['params']['b']}\n{n['body']}",
    )
    raw = hmac.digest(b"S&cret", b'POST\n/api/q\n2\n{"a":1}', "sha256")
    headers = dict(request.headers)
    assert headers["X-Sign"] == base64.b64encode(raw).decode()
    assert headers["X-Time"] == "1790000000"
    assert urlsplit(request.url).query == "v=2&b=2"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", ["hex", "HEX", "base64"])
def test_every_algorithm_in_every_form(algorithm: str, form: str) -> None:
    request = signed({}, algorithm=algorithm, format=form, of=lambda n: "text")
    name = algorithm.removeprefix("hmac_")
    raw = (
        hmac.digest(b"S&cret", b"text", name)
        if algorithm != name
        else hashlib.new(name, b"text").digest()
    )
    expected = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "base64": base64.b64encode(raw).decode(),
    }
    assert dict(request.query)["sign"] == expected[form]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("s", "1790000000"),
        ("ms", "1790000000250"),
        ("%Y-%m-%d %H:%M:%S", "2026-09-21 22:13:20"),
    ],
)
def test_the_timestamp_in_the_roots_timezone(form: str, text: str) -> None:
    request = signed({}, timestamp=form, zone="Asia/Shanghai")
    assert dict(request.query)["timestamp"] == text


def test_a_request_that_cannot_be_signed_is_not_sent() -> None:
    with pytest.raises(SourceRejected, match="object"):
        signed({"method": "POST", "json": [1]}, place="json")
    with pytest.raises(SourceRejected, match="form"):
        signed({"method": "POST", "json": {}}, place="form")
    with pytest.raises(SourceRejected, match="no value"):
        signed({}, of=lambda _: None)


def test_a_repeated_name_is_signed_once() -> None:
    request = signed({"query": {"a": ["1", "2"]}}, add=())
    assert dict(request.query)["sign"] == hashlib.md5(b"a=1,2&v=2S&cret").hexdigest()
