# ruff: noqa: E501 - a case stands on one line
"""What a kind of source sees of the YAML while it compiles."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validates_schema

from ivrhooks.config.compile.source.section import (
    SourceContext,
    SourceSection,
    basic_secrets,
    load_part,
    plain_texts,
    secret_texts,
)
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.sources.kind import YamlRefused

FILLED = Interpolated("abc", "${KEY}")


class KeySchema(Schema):
    """One text."""

    secret = fields.String(required=True)


def section(location: Location, **mapping: object) -> SourceSection:
    return SourceSection(
        "s", location, SourceContext(Path("x"), "CN", "UTC"), mapping=mapping
    )


def test_templates_know_the_names_they_are_given_alone(location: Location) -> None:
    made = section(location)
    assert made.template("{{ a }}-{{ b }}", ("a", "b"))({"a": 1, "b": "x"}) == "1-x"
    made.template("{{ inputs.tel }}", ("a",), "of")
    assert "undefined name `inputs`" in str(location.report.problems()[0])


def test_problems_of_other_files_are_reported_with_their_line(
    location: Location,
) -> None:
    section(location).problem_in(Path("vips.csv"), 7, "too many cells")
    assert str(location.report.problems()[0]) == "vips.csv:7:1: too many cells"


def test_a_mapping_is_loaded_with_its_problems_reported(location: Location) -> None:
    made = section(location, good={"secret": FILLED}, bad={}, worse=5)
    assert made.load(KeySchema(), "good") == {"secret": "abc"}
    assert type(made.load(KeySchema(), "good")["secret"]) is str
    assert made.load(KeySchema(), "none") is None
    assert not location.report.failed
    assert made.load(KeySchema(), "bad") is None
    assert made.load(KeySchema(), "worse") is None
    assert location.report.failed


def test_durations(location: Location) -> None:
    made = section(location)
    assert made.seconds("30m") == 1800.0
    assert made.seconds("30") is None and made.seconds("0s") is None


def test_secrets_are_interpolated_or_have_a_secret_name() -> None:
    part = {
        "x": FILLED,
        "list": [{"password": "p"}],
        "X-Api-Key": "k",
        "name": "n",
        "value": "{{ token }}",
    }
    assert list(secret_texts("", part)) == ["abc", "p", "k"]
    assert plain_texts({"a": [FILLED, 1]}) == {"a": ["abc", 1]}


def test_basic_credentials_are_secret_as_they_are_sent() -> None:
    sent = b64encode(b"u:p").decode()
    assert [*basic_secrets({"basic": {"username": "u", "password": "p"}})] == [sent]
    assert [*basic_secrets({"account": "u", "password": "p"})] == [sent]
    assert [*basic_secrets({"bearer": "x"})] == []
    assert [*basic_secrets(None)] == []


def test_a_key_that_is_not_written_has_no_value(folder: Any) -> None:
    """Its default is none that the file says."""
    folder.root(
        "version: 1\nsources:\n  a: {kind: http, base_url: 'https://x.example.com'}\n"
    )
    assert folder.load().sources["a"].options.rules.success is None


def test_a_value_that_is_no_mapping_gets_a_correction(location: Location) -> None:
    assert section(location, auth=5).load(KeySchema(), "auth") is None
    assert [problem.message for problem in location.report.problems()] == [
        "write a mapping, `key: value`"
    ]


def test_any_letters_are_encoded_as_a_client_sends_them() -> None:
    part = {"username": "ü\udc80", "password": "p"}
    assert [*basic_secrets(part)] == [
        b64encode("ü\udc80:p".encode("utf-8", "surrogatepass")).decode()
    ]


class PairSchema(Schema):
    """Two keys that belong together."""

    user = fields.String()
    password = fields.String()

    @validates_schema
    def both(self, data: Any, **_: Any) -> None:
        """Refuse one without the other."""
        if len(data) < 2:
            raise ValidationError("write user and password")


@pytest.mark.parametrize(
    ("auth", "messages"),
    [
        ({"usr": "a", "password": FILLED}, ["unknown key `usr`; did you mean `user`?"]),
        ({"zzz": "a"}, ["unknown key `zzz`; write user and password"]),
        ({"zzz": "a", "yyy": "b"}, ["unknown keys `zzz`, `yyy`; write user and password"]),
        ({"user": "a", "password": FILLED, "zzz": "b"}, ["unknown key `zzz`; known here: `user`, `password`"]),
        ({"user": "a"}, ["write user and password"]),
        ({"user": 5, "password": FILLED}, ["this is no text; write text, in quotes"]),
    ],
)  # fmt: skip
def test_keys_that_a_section_does_not_have_are_reported_with_its_form(
    location: Location, auth: Any, messages: list[str]
) -> None:
    load_part(PairSchema(), auth, location)
    errors = [p for p in location.report.problems() if p.severity == "error"]
    assert [problem.message for problem in errors] == messages


class InnerSchema(Schema):
    """A section below another."""

    password = fields.String()
    name = fields.String()


class OuterSchema(Schema):
    """A section with one below it, and a mapping of any names."""

    inner = fields.Nested(InnerSchema)
    headers = fields.Dict()
    token = fields.String()
    note = fields.String()


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ({"token": "x"}, ["token"]),
        ({"token": FILLED}, []),
        ({"token": ""}, []),
        ({"token": "{{ token }}"}, []),
        ({"token": "{{ TOKEN }}"}, ["token"]),
        ({"note": "x"}, []),
        ({"inner": {"password": "x", "name": "y"}}, ["inner.password"]),
        ({"headers": {"X-Api-Key": "x", "X-Shop": "y"}}, ["headers.X-Api-Key"]),
        ({"headers": {"deep": {"my_token": "x"}}}, ["headers.deep.my_token"]),
    ],
)
def test_a_secret_in_the_file_is_warned_of_at_its_key(
    location: Location, written: Any, paths: list[str]
) -> None:
    load_part(OuterSchema(), written, location)
    assert [problem.path for problem in location.report.problems()] == paths


@pytest.mark.parametrize(
    ("user", "password"),
    [("username", "password"), ("account", "password"), ("secret_id", "secret")],
)
def test_each_pair_of_credentials_is_secret_as_it_is_sent(
    user: str, password: str
) -> None:
    sent = b64encode(b"u:p").decode()
    assert [*basic_secrets({user: "u", password: "p"})] == [sent]
    assert [*basic_secrets({user: "u"})] == []
    assert [*basic_secrets({password: "p"})] == []


def test_a_yaml_file_of_rows_is_a_list_with_its_lines() -> None:
    assert SourceSection.read_yaml(b"- {a: 1}\n\n- {a: 2}\n") == [
        (1, {"a": 1}),
        (3, {"a": 2}),
    ]
    for data, line, words in (
        (b"a: 1\n", 1, "no list of rows; write - {column: value}"),
        (b"", 1, "the file is empty"),
        (b"- {a: 1, a: 2}\n", 1, "is written twice"),
        (b"- a\n- [\n", 3, "this is no YAML"),
    ):
        with pytest.raises(YamlRefused, match=re.escape(words)) as refused:
            SourceSection.read_yaml(data)
        assert refused.value.line == line
