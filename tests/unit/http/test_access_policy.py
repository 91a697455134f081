"""Who may ask, how often and how much."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.signatures import HmacScheme, TwilioScheme
from ivrhooks.config.plan import RateLimit, Security
from ivrhooks.http.access_policy import AccessPolicy, RateLimiter, build_policies
from ivrhooks.http.request import HttpRequest
from support.fake_time import FakeClock


def refusal(
    policy: AccessPolicy, peer: str, headers: Mapping[str, str] = {}
) -> ContractError | None:
    """What ``policy`` says to a caller."""
    request = HttpRequest(peer=peer)
    for name, value in headers.items():
        request.add(name.encode(), value.encode())
    return policy.refuse_caller(request)


def test_a_post_endpoint_takes_post_alone(make_plan) -> None:
    policy = AccessPolicy(make_plan(), None)
    assert policy.refuse_method("POST") is None
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "TRACE", "post"):
        error = policy.refuse_method(method)
        assert error is not None
        assert (error.status, error.headers["Allow"]) == (405, "POST")


def test_a_get_endpoint_takes_get_and_head(make_plan) -> None:
    policy = AccessPolicy(make_plan(method="GET", format="query"), None)
    assert policy.refuse_method("GET") is policy.refuse_method("HEAD") is None
    error = policy.refuse_method("OPTIONS")
    assert error is not None
    assert error.headers["Allow"] == "GET, HEAD"


def caller_gate(make_plan, **security) -> AccessPolicy:
    return AccessPolicy(make_plan(security=Security(**security)), None)


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("9.9.9.9", "1.1.1.1", "9.9.9.9"),
        ("10.0.0.1", "garbage", "garbage"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "1.1.1.1", ""),
        ("10.0.0.1", "1.1.1.1:4711", "1.1.1.1"),
        ("10.0.0.1", "1.1.1.1, 10.0.0.2:80", "1.1.1.1"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", "2001:db8::1:443", "2001:db8::1:443"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(
    make_plan, peer: str, forwarded: str, caller: str
) -> None:
    policy = caller_gate(make_plan, trusted_proxies=("10.0.0.0/8",))
    assert policy.caller(peer, forwarded) == caller


def test_an_address_that_is_not_listed_is_forbidden(make_plan) -> None:
    policy = caller_gate(make_plan, allow_ips=("10.0.0.0/8", "2001:db8::/32"))
    assert refusal(policy, "10.1.2.3") is None
    assert refusal(policy, "2001:db8::7") is None
    for peer in ("11.0.0.1", "", "garbage", "::1"):
        error = refusal(policy, peer)
        assert error is not None
        assert (error.status, error.code) == (403, "forbidden")


def test_a_forged_forwarded_header_opens_nothing(make_plan) -> None:
    policy = caller_gate(make_plan, allow_ips=("10.0.0.0/8",))
    error = refusal(policy, "9.9.9.9", {"x-forwarded-for": "10.0.0.1"})
    assert error is not None
    assert error.status == 403


def test_a_rate_limit_refills_with_time(clock: FakeClock) -> None:
    limiter = RateLimiter(RateLimit(2, 1.0), clock)
    assert [limiter.take("a") for _ in range(2)] == [0.0, 0.0]
    assert limiter.take("a") == pytest.approx(0.5)
    assert limiter.take("b") == 0.0
    clock.now += 0.5
    assert limiter.take("a") == 0.0
    assert limiter.take("a") > 0.0


def test_a_bucket_never_holds_more_than_the_limit(clock: FakeClock) -> None:
    limiter = RateLimiter(RateLimit(2, 1.0), clock)
    limiter.take("a")
    clock.now += 3600.0
    assert [limiter.take("a") for _ in range(3)][:2] == [0.0, 0.0]
    assert limiter.take("a") > 0.0


def test_the_table_of_addresses_is_bounded(clock: FakeClock) -> None:
    limiter = RateLimiter(RateLimit(1, 60.0), clock, size=2)
    limiter.take("a")
    limiter.take("b")
    assert limiter.take("a") > 0.0
    limiter.take("c")  # b was silent longest
    assert limiter.take("a") > 0.0
    assert limiter.take("b") == 0.0


def test_too_many_requests_say_when_to_ask_again(make_plan, clock: FakeClock) -> None:
    limiter = RateLimiter(RateLimit(1, 10.0), clock)
    policy = AccessPolicy(make_plan(), limiter)
    assert refusal(policy, "1.1.1.1") is None
    error = refusal(policy, "1.1.1.1")
    assert error is not None
    assert (error.status, error.headers["Retry-After"]) == (429, "10")


def test_forbidden_is_judged_before_the_rate(make_plan, clock: FakeClock) -> None:
    security = Security(allow_ips=("10.0.0.0/8",))
    policy = AccessPolicy(
        make_plan(security=security), RateLimiter(RateLimit(1, 9.0), clock)
    )
    for _ in range(3):
        error = refusal(policy, "9.9.9.9")
        assert error is not None
        assert error.status == 403


def test_endpoints_with_the_roots_limit_share_one_count(
    make_plan, make_configuration, clock: FakeClock
) -> None:
    root, own = RateLimit(1, 60.0), RateLimit(1, 30.0)
    plans = [
        make_plan(path="/a", security=Security(rate_limit=root)),
        make_plan(path="/b", security=Security(rate_limit=root)),
        make_plan(path="/c", security=Security(rate_limit=own)),
        make_plan(path="/d", security=Security()),
    ]
    security = Security(rate_limit=root)
    policies = build_policies(make_configuration(*plans, security=security), clock)
    assert refusal(policies["/a"], "1.1.1.1") is None
    assert refusal(policies["/b"], "1.1.1.1") is not None
    assert refusal(policies["/c"], "1.1.1.1") is None
    assert refusal(policies["/c"], "1.1.1.1") is not None
    assert all(refusal(policies["/d"], "1.1.1.1") is None for _ in range(9))


def test_a_413_names_the_limit(make_plan) -> None:
    error = AccessPolicy(make_plan(security=Security(max_body=10)), None).too_large()
    assert (error.status, "10 bytes" in str(error)) == (413, True)


# ------------------------------------------------------------------- signatures


def test_a_signature_is_judged_after_address_and_rate(make_plan, clock) -> None:
    security = Security(
        allow_ips=("10.0.0.0/8",),
        rate_limit=RateLimit(1, 60.0),
        hmac=HmacScheme((b"k",)),
    )
    limiter = RateLimiter(RateLimit(1, 60.0), clock)
    policy = AccessPolicy(make_plan(security=security), limiter)
    assert not policy.is_open
    codes = [
        error.code
        for peer in ("192.0.2.1", "10.0.0.1", "10.0.0.1")
        if (error := refusal(policy, peer)) is not None
    ]
    assert codes == ["forbidden", "unauthorized", "too_many_requests"]


def test_all_signatures_that_are_written_are_needed(make_plan) -> None:
    scheme, twilio = HmacScheme((b"k",)), TwilioScheme((b"t",), ("https://a",))
    plan = make_plan(security=Security(hmac=scheme, twilio=twilio))
    policy = AccessPolicy(plan, None, now=lambda: 1000.0)
    request = HttpRequest("POST", b"/vip", body=b"tel=1")
    for name, value in scheme.sign(request, 1000.0, "m").items():
        request.add(name.encode(), value.encode())
    error = policy.refuse_caller(request)
    assert error is not None
    assert "X-Twilio-Signature" in str(error)
    for name, value in twilio.sign(request, 1000.0, "m").items():
        request.add(name.encode(), value.encode())
    assert policy.refuse_caller(request) is None


# --------------------------------------------------------- counted by all together


class Counted:
    """A Redis that says what a test wants."""

    def __init__(self, *answers: float | None) -> None:
        self.answers = list(answers)
        self.counted: list[object] = []

    async def take(self, *who: object, at_once: float, rate: float) -> float | None:
        self.counted.append((who, at_once, rate))
        return self.answers.pop(0)


def test_all_processes_count_together_and_each_for_itself_without_redis(
    make_plan, make_configuration, clock
) -> None:
    limit = RateLimit(120, 60.0)
    plan = make_plan(security=Security(rate_limit=limit, allow_ips=("10.0.0.0/8",)))
    redis = Counted(0.0, 7.5, None, None, None)
    policies = build_policies(make_configuration(plan), clock, redis)
    policy = policies[plan.path]
    request = HttpRequest(peer="10.0.0.1")

    def ask() -> ContractError | None:
        return policy.refuse_caller(request, asyncio.run(policy.count(request)))

    assert ask() is None
    error = ask()
    assert error is not None
    assert (error.code, error.headers["Retry-After"]) == (
        "too_many_requests",
        "8",
    )
    # Redis is gone: two at once, as this process counts.
    assert [refusal and refusal.code for refusal in (ask(), ask(), ask())] == [
        None,
        None,
        "too_many_requests",
    ]
    assert redis.counted[0] == (
        ("rate", plan.endpoint, 120, 60.0, "10.0.0.1"),
        2.0,
        2.0,
    )
    stranger = HttpRequest(peer="192.0.2.1")
    assert asyncio.run(policy.count(stranger)) is None  # refused, and not counted


def test_at_most_one_seconds_worth_goes_at_once(clock) -> None:
    limiter = RateLimiter(RateLimit(600, 60.0), clock)
    assert [limiter.take("a") for _ in range(11)].count(0.0) == 10
    slow = RateLimiter(RateLimit(2, 3600.0), clock)
    assert slow.take("a") == 0.0
    assert slow.take("a") == pytest.approx(1800.0)
