"""The JUnit file: a testsuite an endpoint, a testcase a test, both named in texts."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ivrhooks.authoring.tests.junit import junit, junit_refused
from ivrhooks.authoring.tests.runner import CaseResult, Difference, EndpointResult

GOOD = CaseResult("desk", "opens <early>", seconds=0.25)
BAD = CaseResult(
    "desk",
    "is\x00 VIP",
    differences=(Difference("isVip", 1, 0, "default, because not found"),),
    notes=("a note",),
    seconds=0.5,
)


def test_a_suite_an_endpoint_and_a_case_a_test() -> None:
    results = [EndpointResult("desk", "d.yaml", (GOOD, BAD))]
    root = ET.fromstring(junit([*results, EndpointResult("bare", "b.yaml", ())]))
    route, bare = root
    assert {**route.attrib} == {
        "name": "desk",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "0.750",
    }
    assert (bare.get("tests"), root.get("tests"), root.get("failures")) == (
        "0",
        "2",
        "1",
    )
    good, bad = route
    assert (good.get("classname"), good.get("name")) == ("desk", "opens <early>")
    assert good.find("failure") is None
    failure = bad.find("failure")
    assert failure is not None and failure.text is not None
    assert failure.text.splitlines() == [
        "desk: is\N{REPLACEMENT CHARACTER} VIP",
        "isVip: expected 1, came 0 (default, because not found)",
        "a note",
    ]


def test_a_refused_configuration_is_an_error_in_the_file() -> None:
    root = ET.fromstring(junit_refused(["a.yaml:1:1: path: wrong", "b"]))
    error = root.find("testsuite/testcase/error")
    assert error is not None and error.text == "a.yaml:1:1: path: wrong\nb"
    assert (root.get("errors"), root.get("failures")) == ("1", "0")


WRITTEN = """\
<?xml version='1.0' encoding='utf-8'?>
<testsuites name="ivrhooks" tests="2" failures="1" errors="0" skipped="0" time="0.750">
  <testsuite name="desk" tests="2" failures="1" errors="0" skipped="0" time="0.750">
    <testcase classname="desk" name="opens &lt;early&gt;" time="0.250" />
    <testcase classname="desk" name="is\ufffd VIP" time="0.500">
      <failure message="isVip: expected 1, came 0 (default, because not found)" \
type="expect">desk: is\ufffd VIP
isVip: expected 1, came 0 (default, because not found)
a note</failure>
    </testcase>
  </testsuite>
</testsuites>
"""
REFUSED = """\
<?xml version='1.0' encoding='utf-8'?>
<testsuites name="ivrhooks" tests="1" failures="0" errors="1" skipped="0" time="0.000">
  <testsuite name="configuration" tests="1" failures="0" errors="1" skipped="0" \
time="0.000">
    <testcase classname="configuration" name="check">
      <error message="The configuration is refused.">a.yaml:1:1: x</error>
    </testcase>
  </testsuite>
</testsuites>
"""


def test_the_files_are_as_junits_readers_want_them() -> None:
    assert junit([EndpointResult("desk", "d.yaml", (GOOD, BAD))]).decode() == WRITTEN
    assert junit_refused(["a.yaml:1:1: x"]).decode() == REFUSED
