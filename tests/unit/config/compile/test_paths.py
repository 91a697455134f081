"""Which paths can be served, and which are each other's."""

from __future__ import annotations

from typing import Any

import pytest

INPUTS = "inputs: {tel: {type: string, format: phone}, b: {type: string}}\n"


def endpoint(name: str, path: str, inputs: str = INPUTS) -> str:
    return (
        f"endpoint: {name}\npath: {path}\nformat: form\n{inputs}"
        "outputs: {a: {type: string, value: '{{ inputs.tel }} {{ inputs.b }}', "
        "default: ''}}\n"
    )


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/lookup/{tell}", "did you mean `tel`?"),
        ("/lookup/x{tel}", "is no segment; braces hold a whole one"),
        ("/lookup/{tel}/{tel}", "stands twice"),
        ("//_console/x", "is the server's own"),
        ("/healthz/", "is the server's own"),
    ],
)
def test_a_path_that_cannot_be_served(folder: Any, path: str, says: str) -> None:
    folder.endpoint(endpoint("one", path))
    assert says in folder.messages()


def test_an_input_of_the_path_stands_nowhere_else(folder: Any) -> None:
    folder.endpoint(
        endpoint("one", "/x/{tel}", "inputs: {tel: {path: a.b}, b: {type: string}}\n")
    )
    assert "read from there alone; remove `path`" in folder.messages()


def test_two_paths_that_one_url_could_fit(folder: Any) -> None:
    folder.endpoint(endpoint("one", "/a/{tel}/c"), "one.yaml")
    folder.endpoint(endpoint("two", "/a/b/{b}"), "two.yaml")
    assert "one URL could fit" in folder.messages()


def test_slashes_and_names_make_no_other_path(folder: Any) -> None:
    folder.endpoint(endpoint("one", "/a/{tel}"), "one.yaml")
    folder.endpoint(endpoint("two", "//a/{b}/"), "two.yaml")
    assert "is taken already" in folder.messages()


def test_a_literal_path_stands_beside_one_with_segments(folder: Any) -> None:
    folder.endpoint(endpoint("one", "/a/{tel}"), "one.yaml")
    folder.endpoint(endpoint("two", "/a/vip"), "two.yaml")
    assert folder.messages() == ""
