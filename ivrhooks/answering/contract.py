"""The contract: declared headers and inputs become typed values, or every problem."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.scope import HeaderValues
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.values import is_blank, read_int, read_string
from ivrhooks.config.plan import Parameter, Plan

FORMAT_MISMATCH = "format_mismatch"
SEARCHED = 1_000
"""Characters that a ``pattern`` is searched in where no ``max_length`` is written: over
64 KB a harmless pattern takes seconds."""

_FITTING_KINDS: Mapping[str, frozenset[str]] = {
    "form": frozenset({"none", "form", "multipart"}),
    "json": frozenset({"none", "json"}),
}


@dataclass(slots=True)
class Contract:
    """A data request that kept its endpoint's contract: typed values by name. What was
    not given and has no default is None."""

    inputs: dict[str, Any]
    headers: HeaderValues


def check(plan: Plan, request: DataRequest) -> Contract:
    """The typed values of ``request``.

    Raises ContractError: 401, then 415, then 400 with all problems at once.
    """
    _check_secrets(plan, request)
    _check_body(plan, request)
    problems: dict[str, list[str]] = {}
    headers = HeaderValues()
    for parameter in plan.headers:
        name = parameter.name.lower()
        headers[name] = _read(parameter, _sent(plan, request, parameter), problems)
    inputs = {
        parameter.name: _read(parameter, _sent(plan, request, parameter), problems)
        for parameter in plan.inputs
    }
    if problems:
        raise ContractError("invalid_input", _summary(problems), problems)
    return Contract(inputs, headers)


def mismatched(plan: Plan, request: DataRequest) -> bool:
    """Whether the body is of another kind than the endpoint's declared format."""
    fitting = _FITTING_KINDS.get(plan.format)
    return fitting is not None and request.body_kind not in fitting


def _check_secrets(plan: Plan, request: DataRequest) -> None:
    """401 where a secret is missing or different, whichever of several."""
    wrong = [
        f"the {_place(parameter)} {parameter.name}"
        for parameter in (*plan.headers, *plan.inputs)
        if parameter.secret and not _agreed(parameter, _sent(plan, request, parameter))
    ]
    if wrong:
        names = " and ".join(wrong)
        raise ContractError("unauthorized", f"send {names} with the secret agreed on")


def _sent(plan: Plan, request: DataRequest, parameter: Parameter) -> Any:
    """What came for a parameter; null where nothing counts as given."""
    if parameter.place == "header":
        value = request.headers.get(parameter.name.lower())
        return value if _given(parameter, value) else None
    first, second = request.body, request.query
    if plan.method == "GET":
        first, second = second, first
    value = first.get(parameter.name)
    if not _given(parameter, value):
        value = second.get(parameter.name)
    return value if _given(parameter, value) else None


def _agreed(parameter: Parameter, value: Any) -> bool:
    """Whether what came is the value that ``equals`` wants."""
    if parameter.equals is None:
        return True
    given = read_int(value) if parameter.type == "int" else read_string(value)
    return _same(str(given), parameter.equals) and given is not None


def _same(given: str, wanted: str) -> bool:
    """Compared in constant time, and as bytes: of a text with other letters than ASCII
    it would raise."""
    sent = given.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(sent, wanted.encode("utf-8", "surrogatepass"))


def _check_body(plan: Plan, request: DataRequest) -> None:
    """415 before 400: an unusable kind of body, then one that cannot be read."""
    problem = request.body_problem
    if problem is not None and problem.status == 415:
        raise problem
    if plan.strict_format and mismatched(plan, request):
        raise ContractError(
            "unsupported_media_type",
            f"this endpoint takes a {plan.format} body only; send {plan.format}",
        )
    if problem is not None:
        raise problem


def _read(parameter: Parameter, value: Any, problems: dict[str, list[str]]) -> Any:
    """The typed value of one parameter; its problems are added to ``problems``."""
    if not parameter.secret and not _agreed(parameter, value):
        problems[parameter.name] = [
            f"send this {_place(parameter)} with the agreed value"
        ]
        return None
    if value is None:
        if parameter.required:
            problems[parameter.name] = [f"is missing; send {_wanted(parameter)}"]
            return None
        return _default(parameter)
    if parameter.type == "int":
        typed: Any = read_int(value)
    else:
        typed = read_string(value)
    if typed is None:
        problems[parameter.name] = [f"send {_wanted(parameter)}"]
        return None
    if parameter.read_phone is not None:
        typed = parameter.read_phone(typed)
    texts = _broken_limits(parameter, typed)
    if texts:
        problems[parameter.name] = texts
    return typed


def _given(parameter: Parameter, value: Any) -> bool:
    """Whether ``value`` counts: null never; empty text only for a string that has
    neither default nor enum."""
    if value is None:
        return False
    if parameter.type == "int":
        return not is_blank(value)
    return value != "" or (parameter.default is None and not parameter.enum)


def _default(parameter: Parameter) -> Any:
    if parameter.read_phone is not None and isinstance(parameter.default, str):
        return parameter.read_phone(parameter.default)
    return parameter.default


def _broken_limits(parameter: Parameter, value: Any) -> list[str]:
    """What is wrong with a value of the right type, each with what to send instead."""
    texts = []
    if parameter.enum and not _is_one_of(parameter, value):
        texts.append(f"send {_one_of(parameter)}")
    if parameter.type == "int":
        if parameter.min is not None and value < parameter.min:
            texts.append(f"send {parameter.min} or more")
        if parameter.max is not None and value > parameter.max:
            texts.append(f"send {parameter.max} or less")
        return texts
    longest, pattern = parameter.max_length, parameter.pattern
    if longest is None and pattern is not None:
        longest = SEARCHED
    if longest is not None and len(value) > longest:
        texts.append(f"send at most {longest} characters")
    short = len(value) <= max(SEARCHED, longest or 0)
    if pattern is not None and short and not pattern.search(value):
        told = f"a text that matches {parameter.shown_pattern}"
        hidden = "pattern" in parameter.hidden
        texts.append("send the agreed value" if hidden else f"send {told}")
    return texts


def _is_one_of(parameter: Parameter, value: Any) -> bool:
    """Whether a value is in ``enum``; of one that is never told in constant time."""
    if "enum" not in parameter.hidden:
        return value in parameter.enum
    found = False
    for wanted in parameter.enum:
        found |= _same(str(value), str(wanted))
    return found


def _one_of(parameter: Parameter) -> str:
    values = ", ".join(map(str, parameter.shown_enum))
    return f"one of: {values}" if values else "the agreed value"


def _place(parameter: Parameter) -> str:
    return "header" if parameter.place == "header" else "parameter"


def _wanted(parameter: Parameter) -> str:
    """What a right value looks like, in words."""
    where = _place(parameter)
    if parameter.hidden:
        return f"this {where} with the agreed value"
    if parameter.enum:
        return f"this {where} as {_one_of(parameter)}"
    if parameter.type == "int":
        return f"this {where} as a whole number of at most 18 digits, such as 7"
    if parameter.format == "phone":
        return f"this {where} with the telephone number as text"
    return f"this {where} as a text or a whole number"


def _summary(problems: Mapping[str, list[str]]) -> str:
    names = ", ".join(problems)
    return f"the data request does not keep the contract: see {names}"
