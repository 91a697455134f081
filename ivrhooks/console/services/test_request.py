"""Reads and checks a request for the API test before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivrhooks.basics.time_zones import read_moment
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.console.context import ConsoleError, invalid
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES, TestRun
from ivrhooks.languages.catalogue import because

MAX_SECONDS = 60.0

KEYS = (
    "endpoint",
    "inputs",
    "headers",
    "source",
    "fault",
    "deadline_ms",
    "show_personal",
    "deliver",
    "now",
    "test",
)

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]+")
_UNSENDABLE = re.compile(r"[\r\n\0]")
_OURS = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        "expect",
        "upgrade",
        "x-ivrhooks-test",
    }
)


@dataclass(frozen=True, slots=True)
class TestRequest:
    """A test run that can be made. ``headers``: those that the person gave."""

    plan: Plan
    test_run: TestRun
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The deadline of the answer in seconds."""
        own = self.test_run.deadline
        return self.plan.deadline if own is None else own


def read_request(configuration: Configuration, request: Any) -> TestRequest:
    """Return the run that ``request`` describes.

    Raises ConsoleError: 404 for an unknown endpoint, else 400.
    """
    if not isinstance(request, Mapping):
        raise invalid(because("object_test"))
    unknown = sorted(str(key) for key in request if key not in KEYS)
    if unknown:
        key, known = repr(unknown[0]), ", ".join(KEYS)
        raise invalid(because("key_unknown_test_of", key=key, known=known))
    plan = find_plan(configuration, request.get("endpoint"))
    source = _choice(request, "source", SOURCES) or "configured"
    test_run = TestRun(
        source,
        _choice(request, "fault", FAULTS),
        _deadline(request.get("deadline_ms")),
        _flag(request.get("show_personal"), "show_personal"),
        _flag(request.get("deliver"), "deliver"),
        _moment(request.get("now"), plan),
        read_number(request.get("test"), plan) if source == "test" else None,
    )
    return TestRequest(plan, test_run, _inputs(request), _headers(request))


def find_plan(configuration: Configuration, name: Any) -> Plan:
    """Return the plan of an endpoint's name. Raises ConsoleError."""
    if not isinstance(name, str) or not name:
        raise invalid(because("endpoint_text"))
    plan = configuration.by_name(name)
    if plan is None:
        known = ", ".join(plan.endpoint for plan in configuration.plans.values())
        raise ConsoleError(
            404, "unknown_endpoint", because("endpoint_unknown_of", known=known)
        )
    return plan


def _choice(request: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = request.get(key)
    if value is None or value == "":
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # the fault 500
    if value not in known:
        raise invalid(because("one_of_at", key=key, values=", ".join(known)))
    return str(value)


def _deadline(value: Any) -> float | None:
    if value is None or value == "":
        return None
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 1 <= value <= MAX_SECONDS * 1000:
        raise invalid(because("deadline_ms"))
    return float(value) / 1000.0


def _moment(value: Any, plan: Plan) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        return read_moment(value, plan.timezone)
    except (TypeError, ValueError):
        raise invalid(because("now_moment")) from None


def read_number(value: Any, plan: Plan) -> int:
    """Return the number of one of the endpoint's tests. Raises ConsoleError."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and 0 <= value < len(plan.tests):
        return int(value)
    raise invalid(because("test_number", count=len(plan.tests)))


def _flag(value: Any, key: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise invalid(because("true_or_false", key=key))


def _inputs(request: Mapping[str, Any]) -> dict[str, Any]:
    inputs = request.get("inputs")
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise invalid(because("object_named", key="inputs"))
    return {str(name): value for name, value in inputs.items()}


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    headers = request.get("headers")
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise invalid(because("object_named", key="headers"))
    sent_headers = {}
    for name, value in headers.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise invalid(because("header_text"))
        if not _NAME.fullmatch(str(name)) or _UNSENDABLE.search(str(value)):
            raise invalid(because("header_unsendable"))
        if str(name).lower() in _OURS:
            raise invalid(because("header_own", name=str(name)))
        sent_headers[str(name)] = str(value)
    return sent_headers
