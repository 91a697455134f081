"""Which hosts sources may call."""

from __future__ import annotations

import pytest

from ivrhooks.config.compile.access.security import compile_security, host_of
from ivrhooks.config.plan import RateLimit, Security
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.security import HmacEntry, SecurityEntry, TwilioEntry


def test_the_host_of_an_address() -> None:
    assert host_of("https://CRM.example.com:8443/x") == "crm.example.com"
    assert host_of("https://[::1]:1/") == "::1"
    assert host_of("https://[::1") == ""


def test_missing_keys_are_inherited(location: Location) -> None:
    above = Security(allow_ips=("10.0.0.0/8",), max_body=5)
    assert compile_security(SecurityEntry(), location, above) == above
    own = compile_security(SecurityEntry(allow_ips=()), location, above)
    assert (own.allow_ips, own.max_body) == ((), 5)


def test_the_secret_of_signatures_is_never_shown(location: Location) -> None:
    entry = SecurityEntry(hmac=HmacEntry("hush"))
    made = compile_security(entry, location)
    assert made.hmac is not None
    assert made.hmac.keys == (b"hush",)
    assert "hush" not in repr(made) + repr(entry)


def test_a_header_that_web_servers_drop_is_refused(location: Location) -> None:
    compile_security(SecurityEntry(hmac=HmacEntry("hush", "X_Sig")), location)
    assert "write X-Signature" in location.report.problems()[-1].message + "".join(
        problem.message for problem in location.report.problems()
    )


def test_null_switches_off_an_inherited_key(location: Location) -> None:
    above = compile_security(SecurityEntry(hmac=HmacEntry("hush")), location)
    assert compile_security(SecurityEntry(), location, above).hmac is not None
    assert compile_security(SecurityEntry(hmac=False), location, above).hmac is None


@pytest.mark.parametrize("key", ["trusted_proxies", "outbound"])
def test_keys_of_the_server_are_allowed_in_the_root_only(
    location: Location, key: str
) -> None:
    entry = SecurityEntry(**{key: ("10.0.0.1",)})  # type: ignore[arg-type]
    compile_security(entry, location)
    assert not location.report.problems()
    compile_security(entry, location, Security())
    assert "ivrhooks.yaml" in location.report.problems()[0].message


@pytest.mark.parametrize("host", ["[::1", "::1]", "[[::1]]", "[crm.example.com]", "[]"])
def test_brackets_of_a_host_are_a_pair_around_an_address(
    location: Location, host: str
) -> None:
    compile_security(SecurityEntry(outbound=("crm.example.com", host)), location)
    (problem,) = location.report.problems()
    assert problem.path == "outbound[1]"
    assert f"{host!r} is no host; write crm.example.com" in problem.message


@pytest.mark.parametrize("host", ["[::1]", "::1", "192.0.2.7", " *.Example.com "])
def test_a_host_may_be_an_address_or_begin_with_a_star(
    location: Location, host: str
) -> None:
    made = compile_security(SecurityEntry(outbound=(host,)), location)
    assert not location.report.problems()
    assert made.outbound == (host.strip().lower(),)


def test_networks_are_written_in_cidr_and_named_by_their_place(
    location: Location,
) -> None:
    """docs/security.md."""
    entry = SecurityEntry(
        allow_ips=(" 10.0.0.1/8 ", "2001:DB8::1"), trusted_proxies=("192.0.2.7", "x")
    )
    made = compile_security(entry, location)
    assert made.allow_ips == ("10.0.0.0/8", "2001:db8::1/128")
    assert made.trusted_proxies == ("192.0.2.7/32",)
    assert [str(problem) for problem in location.report.problems()] == [
        "file.yaml:1:1: trusted_proxies[1]: 'x' is no address or network; write "
        "10.0.0.0/8 or 192.0.2.7"
    ]


def test_each_key_of_an_endpoint_wins_over_the_roots(location: Location) -> None:
    """docs/security.md: key by key."""
    root = compile_security(
        SecurityEntry(
            hmac=HmacEntry("above"),
            twilio=TwilioEntry("t", "https://i.example.com"),
            rate_limit=RateLimit(5, 1.0),
            max_body=7,
            outbound=("a.example.com",),
            trusted_proxies=("10.0.0.1",),
        ),
        location,
    )
    entry = SecurityEntry(rate_limit=RateLimit(9, 60.0), hmac=HmacEntry("own"))
    own = compile_security(entry, location, root)
    assert own.rate_limit == RateLimit(9, 60.0)
    assert own.hmac is not None and own.hmac.keys == (b"own",)
    assert own.twilio is root.twilio is not None
    assert (own.max_body, own.outbound) == (7, ("a.example.com",))
    assert own.trusted_proxies == ("10.0.0.1/32",)
    assert compile_security(SecurityEntry(max_body=0), location, root).max_body == 0


def test_a_mistake_in_a_signature_stands_at_its_key(location: Location) -> None:
    compile_security(SecurityEntry(hmac=HmacEntry("hush", "X_Sig")), location)
    compile_security(SecurityEntry(twilio=TwilioEntry("t", "x")), location)
    paths = {problem.path.split(".")[0] for problem in location.report.problems()}
    assert paths == {"hmac", "twilio"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("x", ""),
        ("", ""),
        ("https:///x", ""),
        ("https://u:p@A.example:1?x", "a.example"),
    ],
)
def test_an_address_without_a_host(url: str, host: str) -> None:
    assert host_of(url) == host


def test_an_endpoint_that_says_nothing_has_no_problem(location: Location) -> None:
    compile_security(SecurityEntry(), location, Security())
    compile_security(SecurityEntry(allow_ips=("10.0.0.1",)), location, Security())
    assert location.report.problems() == ()


def test_a_network_that_is_none_is_named_by_its_place(location: Location) -> None:
    compile_security(SecurityEntry(allow_ips=("10.0.0.1", "x")), location)
    assert [problem.path for problem in location.report.problems()] == ["allow_ips[1]"]
