# ruff: noqa: E501 - a case stands on one line
"""Who may ask, compared: what is newly refused breaks, what is let in is safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ivrhooks.authoring.diff.security import compare_security
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.schema.security import SecurityEntry

OWN = {"secret": "s", "header": "X-Sign", "of": "{{ body }}"}
TWILIO = {"auth_token": "t", "url": "https://ivr.example.com"}


@pytest.fixture
def compared(entry_of: Any, scope_of: Any) -> Any:
    """Verdict and name of each change, of an endpoint's key and the root's."""

    def changes(
        old: Any, new: Any, root_old: Mapping[str, Any] = {}, root_new: Any = None
    ) -> Any:
        root_new = root_old if root_new is None else root_new
        old, new, before, after = (
            entry_of(SecurityEntry, entry) for entry in (old, new, root_old, root_new)
        )
        changes = compare_security((old, before), (new, after), scope_of(), scope_of())
        return [
            (change.verdict, change.name.removeprefix("security."))
            for change in changes
        ]

    return changes


@pytest.mark.parametrize(
    ("was", "now", "verdict"),
    [
        ({}, {"allow_ips": ["10.0.0.0/8"]}, "breaks"),
        ({"allow_ips": ["10.0.0.0/8"]}, {}, "safe"),
        ({"allow_ips": ["10.1.0.0/16"]}, {"allow_ips": ["10.0.0.0/8"]}, "safe"),
        ({"allow_ips": ["10.0.0.0/8"]}, {"allow_ips": ["10.1.0.0/16"]}, "breaks"),
        ({"allow_ips": ["10.0.0.1/32", "::1"]}, {"allow_ips": ["10.0.0.0/8", "::/0"]}, "safe"),
        ({"allow_ips": ["10.0.0.1", "::1"]}, {"allow_ips": ["10.0.0.0/8"]}, "breaks"),
        ({"allow_ips": ["10.0.0.1"]}, {"allow_ips": ["::/0"]}, "breaks"),
        ({}, {"max_body": "64KB", "rate_limit": "5/s"}, "may_route_differently"),
        ({}, {"max_body": "63KB"}, "breaks"),
        ({}, {"max_body": "65KB"}, "safe"),
        ({"max_body": "128KB"}, {}, "breaks"),
        ({"max_body": "32KB"}, {}, "safe"),
        ({"max_body": "32KB"}, {"max_body": "31KB"}, "breaks"),
        ({"max_body": "31KB"}, {"max_body": "32KB"}, "safe"),
        ({"rate_limit": "5/s"}, {"rate_limit": "6/s"}, "may_route_differently"),
        ({}, {"hmac": {"secret": "s"}}, "breaks"),
        ({"hmac": {"secret": "s"}}, {}, "safe"),
        ({"hmac": {"secret": "s"}}, {"hmac": {"secret": "t"}}, "breaks"),
        ({"hmac": {"secret": "s"}}, {"hmac": {"secret": ["t", "s"]}}, "safe"),
        ({"hmac": {"secret": ["t", "s"]}}, {"hmac": {"secret": "s"}}, "breaks"),
        ({"hmac": {"secret": "s"}}, {"hmac": OWN}, "breaks"),
        ({"hmac": OWN}, {"hmac": {**OWN, "with": "sha512"}}, "breaks"),
        ({"hmac": {"secret": "s"}}, {"hmac": {"secret": "s", "tolerance": "4m"}}, "breaks"),
        ({"hmac": {"secret": "s"}}, {"hmac": {"secret": "s", "tolerance": "6m"}}, "safe"),
        ({"hmac": {"secret": "s", "tolerance": "4m"}}, {"hmac": {"secret": "s"}}, "safe"),
        ({"hmac": {"secret": "s", "tolerance": "6m"}}, {"hmac": {"secret": "s"}}, "breaks"),
        ({}, {"twilio": TWILIO}, "breaks"),
        ({"twilio": TWILIO}, {}, "safe"),
        ({"twilio": TWILIO}, {"twilio": {**TWILIO, "auth_token": ["t", "u"]}}, "safe"),
        ({"twilio": TWILIO}, {"twilio": {**TWILIO, "auth_token": "u"}}, "breaks"),
        ({"twilio": TWILIO}, {"twilio": {**TWILIO, "url": "https://b.example.com"}}, "breaks"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["endpoint", "root"])
def test_newly_refused_requests_break(
    compared: Any, by: str, was: Any, now: Any, verdict: str
) -> None:
    args = (was, now) if by == "endpoint" else ({}, {}, was, now)
    verdicts = compared(*args)
    assert verdicts[-1][0] == verdict
    assert {name for _, name in verdicts} <= {*was, *now}


@pytest.mark.parametrize(
    ("was", "now", "root", "expected"),
    [
        ({}, {"hmac": None}, {"hmac": {"secret": "s"}}, [("safe", "hmac")]),
        ({"hmac": None}, {}, {"hmac": {"secret": "s"}}, [("breaks", "hmac")]),
        ({"hmac": None}, {"hmac": None}, {"hmac": {"secret": "s"}}, []),
        ({"hmac": None}, {}, {}, []),
        ({"hmac": {"secret": "s"}}, {"hmac": None}, {}, [("safe", "hmac")]),
        ({"hmac": None}, {"hmac": {"secret": "s"}}, {"hmac": {"secret": "s"}}, [("breaks", "hmac")]),
        ({}, {"max_body": "64KB"}, {"max_body": "64KB"}, []),
        ({"max_body": "1KB"}, {}, {"max_body": "2KB"}, [("safe", "max_body")]),
        ({"allow_ips": "10.0.0.0/8"}, {}, {}, [("safe", "allow_ips")]),
    ],
)  # fmt: skip
def test_an_endpoint_wins_over_the_root_key_by_key(
    compared: Any, was: Any, now: Any, root: Any, expected: Any
) -> None:
    assert compared(was, now, root) == expected


def test_an_overridden_change_of_the_root_is_no_change(
    compared: Any,
) -> None:
    own = {"max_body": "64KB"}
    assert compared(own, own, {"max_body": "1KB"}, {"max_body": "9KB"}) == []


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(["${NET}", "10.0.0.1"], "safe"), (["10.0.0.0/8"], "breaks"), ([], "breaks")],
)
def test_a_network_of_the_environment_is_named_by_its_name(
    compared: Any, now: list[str], verdict: str
) -> None:
    def filled(texts: list[str]) -> dict[str, Any]:
        return {"allow_ips": [*map(interpolated, texts), "10.0.0.1"]}

    verdicts = compared(filled(["${NET}"]), filled(now))
    assert verdicts == [(verdict, "allow_ips")]


def interpolated(text: str) -> str:
    if "${" not in text:
        return text
    return Interpolated("192.0.2.0/24", text)


def test_a_change_stands_where_it_is_written(entry_of: Any, scope_of: Any) -> None:
    root = scope_of(
        "security:\n  max_body: 9KB\n", "a: 1\nsecurity:\n  max_body: 1KB\n"
    )
    own = scope_of("security: {hmac: {secret: s}}", "\n\nsecurity: {hmac: null}")
    hmac = entry_of(SecurityEntry, {"hmac": {"secret": "s"}})
    off = entry_of(SecurityEntry, {"hmac": None})
    sizes = [entry_of(SecurityEntry, {"max_body": size}) for size in ("9KB", "1KB")]
    changes = {
        change.name: change
        for change in compare_security((hmac, sizes[0]), (off, sizes[1]), own, root)
    }
    smaller, switched = changes["security.max_body"], changes["security.hmac"]
    assert (smaller.file, smaller.line) == ("new.yaml", 3)
    assert (smaller.old, smaller.new) == (9 * 1024, 1024)
    assert (switched.file, switched.line) == ("new.yaml", 3)
    assert (switched.old, switched.new) == (None, None)
    own = scope_of("security: {hmac: {secret: s}}", "a: 1")
    gone = compare_security((hmac, off), (entry_of(SecurityEntry, {}), off), own, root)
    assert [(change.verdict, change.file) for change in gone] == [("safe", "old.yaml")]
