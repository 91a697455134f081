"""Test results as a JUnit file: a testsuite for each endpoint, a testcase for each
test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ivrhooks.authoring.tests.runner import CaseResult, EndpointResult

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[EndpointResult]) -> bytes:
    """Return the results of all endpoints, also of those without tests."""
    root = ET.Element("testsuites", name="ivrhooks")
    for result in results:
        suite = ET.SubElement(root, "testsuite", name=_xml(result.endpoint))
        seconds = sum(case.seconds for case in result.cases)
        _count(suite, len(result.cases), result.failed, 0, seconds)
        for case in result.cases:
            _case(suite, case)
    tests = [case for result in results for case in result.cases]
    failed = sum(not case.passed for case in tests)
    _count(root, len(tests), failed, 0, sum(case.seconds for case in tests))
    return _to_bytes(root)


def junit_refused(problems: Sequence[str]) -> bytes:
    """Return the file for a refused configuration, where no test was run."""
    root = ET.Element("testsuites", name="ivrhooks")
    suite = ET.SubElement(root, "testsuite", name="configuration")
    case = ET.SubElement(suite, "testcase", classname="configuration", name="check")
    error = ET.SubElement(case, "error", message="The configuration is refused.")
    error.text = _xml("\n".join(problems))
    for element in (root, suite):
        _count(element, 1, 0, 1, 0.0)
    return _to_bytes(root)


def _case(suite: ET.Element, case: CaseResult) -> None:
    element = ET.SubElement(
        suite,
        "testcase",
        classname=_xml(case.endpoint),
        name=_xml(case.name),
        time=f"{case.seconds:.3f}",
    )
    if not case.passed:
        failure = ET.SubElement(
            element, "failure", message=_xml("; ".join(case.reasons)), type="expect"
        )
        lines = [f"{case.endpoint}: {case.name}", *case.reasons, *case.notes]
        failure.text = _xml("\n".join(lines))


def _count(
    element: ET.Element, tests: int, failures: int, errors: int, seconds: float
) -> None:
    element.set("tests", str(tests))
    element.set("failures", str(failures))
    element.set("errors", str(errors))
    element.set("skipped", "0")
    element.set("time", f"{seconds:.3f}")


def _xml(text: str) -> str:
    """Return text without the characters that XML cannot represent."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _to_bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
