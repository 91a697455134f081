"""Digest authentication against the examples of RFC 7616 and RFC 2617."""

from __future__ import annotations

import re

from ivrhooks.sources.http.digest import DigestSession
from ivrhooks.sources.http.settings import Digest
from ivrhooks.sources.interface import Request

CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
BOTH = ", ".join(
    f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={name}, '
    f'nonce="{NONCE}", opaque="{OPAQUE}"'
    for name in ("SHA-256", "MD5")
)
REQUEST = Request("GET", "http://www.example.org/dir/index.html")


def session(password: str = "Circle of Life", cnonce: str = CNONCE) -> DigestSession:
    return DigestSession(Digest("Mufasa", password), lambda: cnonce)


def answer(digest: DigestSession, request: Request = REQUEST) -> dict[str, str]:
    value = dict(digest.authorized(request).headers)["Authorization"]
    assert value.startswith("Digest ")
    pairs = re.findall(r'(\w+)=(?:"([^"]*)"|(\w[\w-]*))', value)
    return {name: quoted or token for name, quoted, token in pairs}


def test_nothing_is_sent_before_a_challenge() -> None:
    assert session().authorized(REQUEST) is REQUEST


def test_the_example_of_rfc_7616_3_9_1_with_the_better_of_two() -> None:
    digest = session()
    assert digest.challenged(BOTH)
    sent = answer(digest)
    assert sent["algorithm"] == "SHA-256"
    assert sent["response"] == (
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    )
    assert (sent["nc"], sent["qop"], sent["opaque"]) == ("00000001", "auth", OPAQUE)
    assert sent["uri"] == "/dir/index.html"


def test_the_example_of_rfc_7616_with_md5() -> None:
    digest = session()
    assert digest.challenged(BOTH.partition(", Digest")[2].join(["Digest", ""]))
    assert answer(digest)["response"] == "8ca523f5e9506fed4657c9700eebdbec"


def test_each_request_has_its_count_until_a_new_nonce() -> None:
    digest = session()
    digest.challenged(BOTH)
    assert [answer(digest)["nc"] for _ in range(2)] == ["00000001", "00000002"]
    digest.challenged(BOTH.replace(NONCE, "another"))
    assert (answer(digest)["nc"], answer(digest)["nonce"]) == ("00000001", "another")


def test_without_qop_it_is_as_in_rfc_2069() -> None:
    digest = session("Circle Of Life")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert digest.challenged(f'Digest realm="testrealm@host.com", nonce="{nonce}"')
    sent = answer(digest)
    assert sent["response"] == "670fd8c2df070c60b045671b8b24ff02"
    assert "nc" not in sent


def test_the_query_is_part_of_the_uri_and_quotes_are_escaped() -> None:
    digest = DigestSession(Digest('a"b', "p"), lambda: "c")
    digest.challenged('Digest realm="r", nonce="n", qop=auth, userhash=true')
    header = dict(digest.authorized(Request("GET", "http://h?a=1&b=2")).headers)
    assert 'uri="/?a=1&b=2"' in header["Authorization"]
    assert "userhash=true" in header["Authorization"]
    assert 'a\\"b' not in header["Authorization"]  # its hash is sent


def test_an_unsupported_challenge_is_ignored() -> None:
    digest = session()
    assert not digest.challenged("")
    assert not digest.challenged('Basic realm="x"')
    assert not digest.challenged('Digest realm="x", nonce="n", algorithm=SHA-512-256')
    assert not digest.challenged('Digest realm="x", nonce="n", qop="auth-int"')
    assert digest.challenged('Basic realm="x", Digest realm="y", nonce="n", qop="auth"')
