"""The data file: YAML or JSON, read as it is written, refused in words."""

from __future__ import annotations

import json

import pytest

from ivrhooks.sources.sandboxkit.data_file import (
    MAX_DEPTH,
    DataError,
    check_keys,
    read_data_file,
    read_tree,
)

COLLECTIONS = {"sobot": ("customers",), "meiqia": ("agents", "sips")}


def test_json_and_yaml_are_read_alike(data_file):
    data = {
        "credentials": {"sobot": {"app_id": 1, "app_key": "2"}},
        "sobot": {"customers": [{"id": "c-1", "tel": "138"}]},
    }
    data_from = read_data_file(data_file(data), COLLECTIONS)
    two = read_data_file(data_file(json.dumps(data), "data.yaml"), COLLECTIONS)
    assert data_from == two
    assert data_from.systems == {"sobot": {"customers": [{"id": "c-1", "tel": "138"}]}}
    assert data_from.credentials == {"sobot": {"app_id": "1", "app_key": "2"}}


def test_a_number_that_is_not_written_as_json_writes_it_stays_text(data_file):
    path = data_file(
        "a: 0901000001\nb: +8613800000001\nc: 0.00\nd: 2026-01-02\ne: 1:30\nf: no\n"
        "g: 17\nh: 1.5\ni: true\nj: ~\nk: 1e5\nl: -3\nm: 0x1f\n",
        "data.yaml",
    )
    assert list(read_tree(path).values()) == [
        *("0901000001", "+8613800000001", "0.00", "2026-01-02", "1:30", "no"),
        *(17, 1.5, True, None, "1e5", -3, "0x1f"),
    ]


def test_a_time_without_quotes_is_text_between_brackets_too(data_file):
    path = data_file("a: {b: 2026-01-02T03:04:05Z, c: 1:30}\n", "data.yaml")
    assert read_tree(path) == {"a": {"b": "2026-01-02T03:04:05Z", "c": "1:30"}}


def test_a_system_without_data_is_no_part_of_it(data_file):
    text = "sobot:\nmeiqia: {agents: []}\ncredentials:\n"
    data = read_data_file(data_file(text, "d.yaml"), COLLECTIONS)
    assert data.systems == {"meiqia": {"agents": []}}
    assert data.credentials == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sobots: {}", "section 'sobots' is not known; did you mean 'sobot'"),
        ("x: {}", "section 'x' is not known; use credentials, sobot, meiqia"),
        ("sobot: {customer: []}", "sobot: 'customer' is not known; did you mean"),
        ("sobot: []\nmeiqia: [1]", "meiqia: write a mapping"),
        ("sobot: {customers: {}}", "sobot.customers: write a list"),
        ("sobot: {customers: [1]}", r"sobot.customers\[0\]: write a mapping"),
        ("credentials: {sobto: {}}", "credentials of 'sobto' is not known"),
        ("credentials: {sobot: k}", "credentials.sobot: write a mapping"),
        ("- 1", "write a mapping"),
        ("", "write a mapping"),
        ("a: 1\na: 2", "line 2: 'a' is there twice"),
        ("sobot: {customers: [", r"data\.yaml:[12]:"),
        ("a: &x [*x]", "."),
    ],
)
def test_problems_of_a_data_file_have_their_place(data_file, text, words):
    with pytest.raises(DataError, match=words) as caught:
        read_data_file(data_file(text, "data.yaml"), COLLECTIONS)
    assert "data.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n  b: 2\n", r"data\.yaml:2:4: mapping values are not allowed"),
        ("a: [1\n", r"data\.yaml:2:1: "),
    ],
)
def test_bad_yaml_is_reported_with_line_and_column(data_file, text, words):
    with pytest.raises(DataError, match=words):
        read_tree(data_file(text, "data.yaml"))


@pytest.mark.parametrize("level", ["{a: %s}", "[%s]"])
def test_a_file_may_be_nested_so_deep_and_no_deeper(data_file, level):
    text = "x"
    for _ in range(MAX_DEPTH):
        text = level % text
    read_tree(data_file(text, "data.yaml"))
    with pytest.raises(DataError, match="nested too deep"):
        read_tree(data_file(level % text, "data.yaml"))


def test_bad_json_is_reported_with_its_line(data_file):
    with pytest.raises(DataError, match=r"data\.json:2:1"):
        read_tree(data_file('{"a":\n}'))


def test_an_unreadable_data_file_is_reported(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_tree(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(DataError, match="not UTF-8"):
        read_tree(tmp_path / "latin.yaml")


def test_a_key_is_there_once():
    check_keys([{"id": 1}, {}, {"id": "2"}, {}], "id", "x")
    with pytest.raises(DataError, match=r"x\[1\]: id '1' is there twice"):
        check_keys([{"id": 1}, {"id": "1"}], "id", "x")


def test_credentials_are_not_in_the_repr(data_file):
    text = "credentials: {sobot: {app_key: secret-1}}"
    data = read_data_file(data_file(text, "d.yaml"), COLLECTIONS)
    assert "secret-1" not in repr(data)
