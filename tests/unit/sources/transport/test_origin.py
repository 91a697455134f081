"""A URL is taken apart once, and sent as it is."""

from __future__ import annotations

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.transport.origin import read_origin, target_of


@pytest.mark.parametrize(
    ("url", "authority", "host", "port", "target"),
    [
        ("http://crm/", "crm", "crm", 80, "/"),
        ("http://crm", "crm", "crm", 80, "/"),
        ("https://crm", "crm", "crm", 443, "/"),
        ("http://crm:443?a=b", "crm:443", "crm", 443, "/?a=b"),
        ("http://crm#a/b?c", "crm", "crm", 80, "/"),
        ("http://crm?a=/b", "crm", "crm", 80, "/?a=/b"),
        ("HTTP://CRM.example/a%2Fb/%7E?q=+&x#y", "crm.example", "crm.example", 80,
         "/a%2Fb/%7E?q=+&x"),
        ("http://a:b@crm:81/x", "crm:81", "crm", 81, "/x"),
        ("http://[::1]:8080/", "[::1]:8080", "::1", 8080, "/"),
        ("https://[2001:db8::1]/", "[2001:db8::1]", "2001:db8::1", 443, "/"),
        ("http://127.0.0.1:1", "127.0.0.1:1", "127.0.0.1", 1, "/"),
        ("http://客户.cn/", "xn--ubt06m.cn", "xn--ubt06m.cn", 80, "/"),
        ("http://a_b.internal", "a_b.internal", "a_b.internal", 80, "/"),
    ],
)  # fmt: skip
def test_a_url_says_where_to_go(
    url: str, authority: str, host: str, port: int, target: str
) -> None:
    prefix, rest = target_of(url)
    origin = read_origin(prefix)
    assert rest == target
    assert (origin.authority, origin.host, origin.port) == (authority, host, port)
    assert origin.secure is url.lower().startswith("https")
    assert origin.user == ("a:b" if "@" in url else "")
    assert origin.is_address is (":" in host or host == "127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://crm/",
        "crm/",
        "",
        "httpx://crm",
        "http://",
        "http:///x",
        "http://crm:0/",
        "http://crm:99999/",
        "http://crm:x/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://-crm/",
        "http://cr m/",
        "http://[::1/",
        "http://crm/a b",
        "http://crm/é",
        "http://crm/a\r\nX: b",
        "http://crm/\x7f",
        "http://" + "客" * 70 + "/",
    ],
)
def test_a_malformed_url_is_rejected_unsent(url: str) -> None:
    with pytest.raises(SourceRejected) as refused:
        read_origin(target_of(url)[0])
    assert refused.value.received is False
    assert "crm" not in str(refused.value)
