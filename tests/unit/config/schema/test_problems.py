"""Nested messages of a schema, each at its own key."""

from __future__ import annotations

from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import read_yaml
from ivrhooks.config.schema.explained import AtKey
from ivrhooks.config.schema.problems import report_messages

TEXT = "a: {b: [x, {c: 1}]}\n'': 2\n"


def reported(messages: object) -> list[str]:
    root, _ = read_yaml(TEXT.encode())
    assert root is not None
    location = Location(Report(), Document("f", root))
    report_messages(messages, location)
    return [str(problem) for problem in location.report.problems()]


def test_messages_stand_at_their_keys_and_entries() -> None:
    assert reported({"a": {"b": {1: {"c": ["one", "two"]}}}}) == [
        "f:1:16: a.b[1].c: one",
        "f:1:16: a.b[1].c: two",
    ]
    assert reported({"a": {"b": "no list"}}) == ["f:1:8: a.b: no list"]


def test_messages_of_marshmallow_may_nest_in_a_list() -> None:
    assert reported({"a": [{"b": ["one"]}, ["two"]]}) == [
        "f:1:4: a: two",
        "f:1:8: a.b: one",
    ]


def test_a_message_under_an_empty_key_is_about_the_section() -> None:
    assert reported({"a": {"": ["no mapping"]}}) == ["f:1:4: a: no mapping"]


def test_a_message_about_a_key_stands_there_even_where_the_key_is_empty() -> None:
    assert reported({"": [AtKey("unknown key ``")]}) == ["f:2:1: ['']: unknown key ``"]


def test_a_key_that_covers_another_is_the_only_problem() -> None:
    root, _ = read_yaml(b"mehtod: GET\n")
    assert root is not None
    location = Location(Report(), Document("f", root))
    messages = {"mehtod": [AtKey("unknown", meant="method", covers="format")]}
    report_messages(messages, location)
    location.at("format").error("is missing")
    location.at("method").error("no method here")
    assert [str(problem) for problem in location.report.problems()] == [
        "f:1:1: mehtod: unknown",
        "f:1:9: method: no method here",
    ]
