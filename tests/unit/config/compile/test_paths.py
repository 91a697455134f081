# ruff: noqa: E501 - a case stands on one line
"""Which paths can be served, and which are each other's."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.compile.paths import written_plainly

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


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("api/x/{tel}", "the path begins with /; write /api/x/{tel}"),
        ("https://i.example.com/x/{tel}", "the path begins with /; write /x/{tel}"),
        ("/x/{tel}?a=1", "the path has no query; declare its names under `inputs`"),
        ("/x#y/{tel}", "the path has no query; declare its names under `inputs`"),
        ("/x y/{tel}", "the path has a blank or a sign that is not ASCII; write letters, digits, - and _"),
        ("/größe/{tel}", "the path has a blank or a sign that is not ASCII; write letters, digits, - and _"),
        ("/_x/{tel}", "/_x/{tel} is the server's own (/_…, /healthz, /readyz, /metrics); write /api/…"),
        ("/readyz", "/readyz is the server's own (/_…, /healthz, /readyz, /metrics); write /api/…"),
        ("//metrics//", "//metrics// is the server's own (/_…, /healthz, /readyz, /metrics); write /api/…"),
        ("/x/{zzz}", "`{zzz}` is no input that is declared; declared: `tel`, `b`"),
        ("/x/{t el}", "the path has a blank or a sign that is not ASCII; write letters, digits, - and _"),
        ("/x/a}", "`a}` is no segment; braces hold a whole one: /lookup/{tel}"),
        ("/x/{tel}/{b}/{tel}", "`{tel}` stands twice in the path; keep one"),
    ],
)  # fmt: skip
def test_a_path_is_refused_once_with_its_cure(
    folder: Any, path: str, message: str
) -> None:
    folder.endpoint(endpoint("one", f'"{path}"'))
    assert folder.messages() == f"2:7 path: {message}"


@pytest.mark.parametrize("segment", [":tel", "<tel>"])
def test_a_segment_as_other_frameworks_write_it_is_doubted(
    folder: Any, segment: str
) -> None:
    folder.endpoint(endpoint("one", f'"/x/{segment}"'))
    doubt = f"`{segment}` is served as it stands; for the input write {{tel}}"
    assert f"2:7 path: {doubt}" in folder.messages("warning").splitlines()
    folder.endpoint(endpoint("one", '"/x/:id/tel:b"'))
    assert "is served as it stands" not in folder.messages("warning")


@pytest.mark.parametrize(
    ("first", "second", "fit"),
    [
        ("/a/{tel}/c", "/a/b/{b}", True),
        ("/{tel}/c", "/{b}/{tel}", True),
        ("/a/{tel}/c", "/a/{b}/d", False),
        ("/a/{tel}", "/a/{b}/c", False),
        ("/a/{tel}", "/b/{b}", False),
    ],
)
def test_only_paths_of_one_length_that_agree_in_each_segment_fit_one_url(
    folder: Any, first: str, second: str, fit: bool
) -> None:
    folder.endpoint(endpoint("one", first), "one.yaml")
    folder.endpoint(endpoint("two", second), "two.yaml")
    expected = [
        f"one URL could fit `{second}` and `{first}`, at "
        f"{folder.path}/endpoints/one.yaml:2; write another first word"
    ]
    assert [problem.message for problem in folder.problems()] == (
        expected if fit else []
    )


def test_a_path_is_written_plainly() -> None:
    assert written_plainly("//a/{tel}//b/") == "/a/{}/b"
    assert written_plainly("/") == "/"
