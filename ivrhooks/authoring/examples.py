"""Examples for an endpoint's contract: a data request, its answer, and each refusal.

They come from the endpoint's own ``tests:`` where it has some. They hold no secret and
no real telephone number: numbers are from the ranges reserved for examples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
import phonenumbers

from ivrhooks.answering import contract
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.error_body import refuse
from ivrhooks.authoring.caller_request import (
    CONTENT_TYPES,
    agreed_values,
    filled_path,
    form_pairs,
    form_text,
    json_body,
    wire_pairs,
)
from ivrhooks.authoring.shell import Blanks
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import OutputRule, Plan
from ivrhooks.languages.catalogue import because


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that an endpoint can answer with, and its body."""

    code: str
    status: int
    when: str
    body: Mapping[str, Any]


REFUSED_WHEN: Mapping[str, str] = {
    "not_found": "No endpoint has this path.",
    "method_not_allowed": "The endpoint is asked by another method; `Allow` says "
    "which.",
    "too_large": "The body is longer than `max_body`.",
    "forbidden": "The address may not ask.",
    "too_many_requests": "The address asks more often than `rate_limit`; "
    "`Retry-After` says when again.",
    "unauthorized": "A secret header or the signature is missing or wrong.",
    "unsupported_media_type": "The body is no form and no JSON, or not of the declared "
    "format where `strict_format` is set.",
    "unreadable_body": "The body is JSON that cannot be read, or no JSON object.",
    "invalid_input": "A parameter is missing or not as declared; `fields` says which "
    "and why.",
    "bad_request": "The request is no HTTP that can be read.",
    "request_header_fields_too_large": "The headers are longer than 16 KB, or more "
    "than 100 lines.",
    "uri_too_long": "The request line is longer than 8 KB.",
    "request_timeout": "The head of the request did not arrive within 10 seconds.",
}
"""What each code of a refusal means; docs/reference/errors.md is written from it."""


def example_curl(
    plan: Plan, url: str, replacements: Mapping[Parameter, str], blanks: Blanks
) -> str:
    """Return a data request as a shell command, with a value for each parameter:
    ``replacements``, else an example.

    ``blanks``: the words among ``replacements`` that stand for values which are not
    shown.
    """
    values = {
        parameter: replacements.get(parameter, example_of(parameter, plan))
        for parameter in (*plan.inputs, *plan.headers)
    }
    inputs = {parameter.name: values[parameter] for parameter in plan.inputs}
    headers = [(header.name, str(values[header])) for header in plan.headers]
    sent = [(name, value) for name, value in headers if value != ""]
    for scheme in plan.security.schemes:
        sent += [(name, blanks.placeholder(name)) for name in scheme.shown]
    if plan.segments:
        url = url.removesuffix(quote(plan.path, safe="/-._~{}"))
        url += filled_path(plan, inputs)
    fields = form_text(form_pairs(wire_pairs(plan, inputs)))
    if plan.format == "query":
        url = f"{url}?{fields}" if fields else url
        return curl_line(plan.method, url, sent, "", blanks)
    body = fields
    if plan.format == "json":
        body = json.dumps(json_body(plan, inputs), ensure_ascii=False)
    sent.insert(0, ("Content-Type", CONTENT_TYPES[plan.format]))
    return curl_line(plan.method, url, sent, body, blanks)


def example_of(parameter: Parameter, plan: Plan) -> int | str:
    """Return a value that ``parameter`` accepts: that of the first answered test, or a
    made-up one."""
    if parameter.confidential:
        return ""
    if parameter.format == "phone":
        return example_number(plan.region)
    for case in _answered_tests(plan):
        values = case.headers if parameter.place == "header" else case.inputs
        value = values.get(parameter.name)
        if value is not None and not _like_a_number(value):
            return value if isinstance(value, int) else str(value)
    return _made_up_value(parameter)


def example_number(region: str | None) -> str:
    """Return a mobile number of ``region`` that nobody has, as an IVR sends it."""
    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region or "CN", kind)
    if number is None:
        return _NUMBER
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    text: str = phonenumbers.format_number(number, national)
    return "".join(letter for letter in text if letter.isdecimal())


_NUMBER = "13123456789"


def example_answer(plan: Plan) -> dict[str, int | str]:
    """Return an answer with every output, as the first test expects it."""
    expected: Mapping[str, Any] = {}
    for case in _answered_tests(plan):
        if len(case.expect) > len(expected):
            expected = case.expect
    made = ((rule, _answer_of(rule, expected)) for rule in plan.outputs)
    return {rule.name: value for rule, value in made if value is not None}


def refusals(plan: Plan) -> tuple[Refusal, ...]:
    """Return every refusal of this endpoint, in the order in which they are judged."""
    return tuple(_refusal(plan, code) for code in _possible(plan))


def _possible(plan: Plan) -> Iterator[str]:
    yield "method_not_allowed"
    yield "too_large"
    if plan.security.allow_ips:
        yield "forbidden"
    if plan.security.rate_limit is not None:
        yield "too_many_requests"
    if plan.security.schemes or any(
        parameter.secret for parameter in plan.confidential
    ):
        yield "unauthorized"
    if plan.method == "POST":
        yield "unsupported_media_type"
        yield "unreadable_body"
    yield "invalid_input"


def _refusal(plan: Plan, code: str) -> Refusal:
    answer = refuse(plan, _error(plan, code), "")
    when = REFUSED_WHEN[code]
    return Refusal(code, answer.status, when, orjson.loads(answer.body))


def _error(plan: Plan, code: str) -> ContractError:
    """Return the error of a data request without parameters, where that applies."""
    agreed = agreed_values(plan.headers, ())
    headers_sent = {name.lower(): value for name, value in agreed.items()}
    inputs = agreed_values(plan.inputs, ())
    for headers, body in (({}, {}), (headers_sent, inputs)):
        try:
            request = DataRequest(plan.method, plan.path, "", headers, body=body)
            contract.check(plan, request)
        except ContractError as error:
            if error.code == code:
                return error
    return ContractError(code, because("as_said", text=REFUSED_WHEN[code]))


# ----------------------------------------------------------------- made values


def _answered_tests(plan: Plan) -> Iterator[Any]:
    """Yield the tests whose data request is answered, not refused."""
    for case in plan.tests:
        if case.error is None and case.status in (None, 200):
            yield case


def _like_a_number(value: Any) -> bool:
    text = str(value)
    return mask_text(text) != text


def _made_up_value(parameter: Parameter) -> int | str:
    if parameter.hidden:
        return ""
    if parameter.equals is not None:
        return parameter.equals
    if parameter.enum:
        return parameter.enum[0]
    if parameter.default is not None:
        return parameter.default
    if parameter.type == "int":
        return _within(parameter.min, parameter.max)
    fitting = (text for text in _TEXTS if _fits(text, parameter))
    return next(fitting, _TEXTS[0])


_TEXTS = ("text", "A1", "1", "123456", "2026-10-01", "a@example.com", "A")


def _fits(text: str, parameter: Parameter) -> bool:
    short = parameter.max_length is None or len(text) <= parameter.max_length
    return short and (
        parameter.pattern is None or parameter.pattern.search(text) is not None
    )


def _within(low: int | None, high: int | None) -> int:
    if low is not None and low > 1:
        return low
    return high if high is not None and high < 1 else 1


def _answer_of(rule: OutputRule, expected: Mapping[str, Any]) -> int | str | None:
    if rule.name in expected:
        value = expected[rule.name]
        if value is None or not _like_a_number(value):
            return value  # type: ignore[no-any-return]
    if rule.map:
        return next(iter(rule.map.values()))
    if rule.default not in (None, ""):
        return rule.default
    return 1 if rule.type == "int" else "xxxxx"[: rule.max_length]


# ------------------------------------------------------------------- as a shell


def curl_line(
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: str,
    blanks: Blanks,
) -> str:
    """Return a request as a shell command."""
    lines = [f"curl -X {method} {blanks.quote(url)}" if method != "GET" else ""]
    lines[0] = lines[0] or f"curl {blanks.quote(url)}"
    lines += [f"-H {blanks.quote(f'{name}: {value}')}" for name, value in headers]
    lines += [f"--data-raw {blanks.quote(body)}"] if body else []
    return " \\\n  ".join(lines)
