"""What a kind of source sees of the YAML while it compiles."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from marshmallow import Schema, fields

from ivrhooks.config.compile.source.section import (
    SourceContext,
    SourceSection,
    basic_secrets,
    plain_texts,
    secret_texts,
)
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location

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


def test_secrets_are_what_was_filled_in_or_has_the_name_of_one() -> None:
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
