"""The contract: declared headers and inputs become typed values, or every problem.

A new rule goes into ``_typed`` and ``_read``, which decide; ``_quick`` only spares the
plain values that way, and gives None wherever a rule has more to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.limits import (
    broken_limits,
    fits_of,
    place_of,
    same_text,
    wanted,
)
from ivrhooks.answering.scope import HeaderValues
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.people.masking import SECRET
from ivrhooks.basics.phone import PhoneReader
from ivrhooks.basics.values import is_blank, read_int, read_string
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.languages.catalogue import Reason, because

FORMAT_MISMATCH = "format_mismatch"
INVALID_IGNORED = "invalid_ignored"
MOST_DIGITS = 18  # of an int, as ``read_int`` has it

_FITTING_KINDS: Mapping[str, frozenset[str]] = {
    "form": frozenset({"none", "form", "multipart"}),
    "json": frozenset({"none", "json"}),
}


@dataclass(slots=True)
class Contract:
    """A data request that kept its endpoint's contract: typed values by name. What was
    not given and has no default is None. ``ignored``: parameters that could not be
    read, or broke a limit, and count as not given."""

    inputs: dict[str, Any]
    headers: HeaderValues
    ignored: list[str] = field(default_factory=list)


_NO_HEADERS = HeaderValues()  # of all requests to an endpoint that declares none

Quick = Callable[[Any], Any]
"""The typed value of what came, where it is plainly right; None for all else."""


class CompiledContract:
    """The contract of one endpoint, compiled once: what is plainly right is read by a
    closure of its parameter, all else by ``_typed``, which decides."""

    __slots__ = ("fitting", "guarded", "headers", "inputs", "plan", "secret_headers")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.fitting = _FITTING_KINDS.get(plan.format)
        self.guarded = plan.has_secrets or plan.strict_format
        self.secret_headers = frozenset(
            parameter.name.lower()
            for parameter in plan.headers
            if parameter.confidential
        )
        self.headers = tuple(
            (
                parameter,
                parameter.name.lower(),
                parameter.wire.lower(),
                _quick(parameter),
            )
            for parameter in plan.headers
        )
        self.inputs = tuple(
            (parameter, parameter.name, parameter.wire, _quick(parameter))
            for parameter in plan.inputs
        )

    def fits(self, request: DataRequest) -> bool:
        """Whether the body is of the kind that the endpoint declares."""
        return self.fitting is None or request.body_kind in self.fitting

    def check(self, request: DataRequest) -> Contract:
        """The typed values of ``request``.

        Raises ContractError: 401, then 415, then 400 with all problems at once.
        """
        if self.guarded or request.body_problem is not None:
            self._check_guards(request)
        problems: dict[str, list[Reason]] = {}
        checked = Contract({}, HeaderValues() if self.headers else _NO_HEADERS)
        if self.headers:
            self._read_headers(request, checked, problems)
        plan, inputs = self.plan, checked.inputs
        first, second = request.body, request.query
        if plan.method == "GET":
            first, second = second, first
        for parameter, name, wire, quick in self.inputs:
            typed = None if quick is None else quick(first.get(wire))
            if typed is None:
                value = _came(parameter, request, first, second)
                typed = _typed(plan, parameter, value, problems, checked.ignored)
            inputs[name] = typed
        if problems:
            names = ", ".join(problems)
            raise ContractError(
                "invalid_input", because("contract", names=names), problems
            )
        return checked

    def visible(self, headers: Mapping[str, Any]) -> Mapping[str, Any]:
        """Declared headers for the trace: the values of secret ones hidden."""
        secret = self.secret_headers
        if not secret:
            return headers
        return {
            name: SECRET if name in secret else value for name, value in headers.items()
        }

    def _check_guards(self, request: DataRequest) -> None:
        """Secrets, and a body that is of the right kind and can be read."""
        plan = self.plan
        if request.body_problem is not None:
            _check_size(request)
        if plan.has_secrets:
            _check_secrets(plan, request)
        fits = self.fits(request)
        if request.body_problem is not None or not fits:
            _check_body(plan, request, fits)

    def _read_headers(
        self, request: DataRequest, checked: Contract, problems: dict[str, list[Reason]]
    ) -> None:
        for parameter, name, wire, quick in self.headers:
            given = request.headers.get(wire)
            typed = None if quick is None else quick(given)
            if typed is None:
                typed = _typed(self.plan, parameter, given, problems, checked.ignored)
            checked.headers[name] = typed


def _came(
    parameter: Parameter,
    request: DataRequest,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
) -> Any:
    """What came for an input, from where it is read."""
    if parameter.segment:
        return request.segments.get(parameter.name)
    value = first.get(parameter.wire)
    if not _given(parameter, value):
        value = second.get(parameter.wire)
    return _at_paths(parameter, request.body, value)


def check(plan: Plan, request: DataRequest) -> Contract:
    """As ``CompiledContract.check``, for one request."""
    return CompiledContract(plan).check(request)


def _quick(parameter: Parameter) -> Quick | None:
    """Reads the plain forms of a parameter: text, or the digits of an int."""
    if parameter.equals is not None or parameter.paths or parameter.segment:
        return None
    fits = fits_of(parameter)
    if parameter.type == "int":
        return _quick_int(fits)
    return _quick_string(fits, parameter.read_phone)


def _quick_int(fits: Callable[[Any], bool] | None) -> Quick:
    def read(value: Any) -> int | None:
        if type(value) is not str or not value.isdecimal() or len(value) > MOST_DIGITS:
            return None
        typed = int(value) if value.isascii() else None
        return typed if typed is None or fits is None or fits(typed) else None

    return read


def _quick_string(
    fits: Callable[[Any], bool] | None, phone: PhoneReader | None
) -> Quick:
    def read(value: Any) -> str | None:
        if type(value) is not str or value == "":
            return None
        typed = value if phone is None else phone(value)
        return typed if fits is None or fits(typed) else None

    return read


def _check_size(request: DataRequest) -> None:
    """413 of a body that was too large once it was unpacked."""
    problem = request.body_problem
    if problem is not None and problem.status == 413:
        raise problem


def _check_secrets(plan: Plan, request: DataRequest) -> None:
    """401 where a secret is missing or different, whichever of several."""
    if not plan.has_secrets:
        return
    wrong = tuple(
        _named(parameter)
        for parameter in (*plan.headers, *plan.inputs)
        if parameter.secret and not _agreed(parameter, _sent(plan, parameter, request))
    )
    if wrong:
        raise ContractError("unauthorized", because("secret", places=wrong))


def _named(parameter: Parameter) -> Reason:
    """A parameter as a reason calls it."""
    in_header = parameter.place == "header"
    return because(
        "header_named" if in_header else "parameter_named", name=parameter.wire
    )


def _sent(plan: Plan, parameter: Parameter, request: DataRequest) -> Any:
    """What came for a parameter: at its path in the body, else under its name in the
    body, else in the query string (on GET the other way round)."""
    if parameter.place == "header":
        return request.headers.get(parameter.wire.lower())
    first, second = request.body, request.query
    if plan.method == "GET":
        first, second = second, first
    return _came(parameter, request, first, second)


def _at_paths(parameter: Parameter, body: Mapping[str, Any], value: Any) -> Any:
    """What stands at the first of the parameter's paths, else ``value``."""
    for path in parameter.paths:
        found = path(body)
        if _given(parameter, found):
            return found
    return value


def _agreed(parameter: Parameter, given: Any) -> bool:
    """Whether what came is the value that ``equals`` wants."""
    if parameter.equals is None:
        return True
    value = given if _given(parameter, given) else None
    typed = read_int(value) if parameter.type == "int" else read_string(value)
    return same_text(str(typed), parameter.equals) and typed is not None


def _check_body(plan: Plan, request: DataRequest, fits: bool) -> None:
    """415 before 400: an unusable kind of body, then one that cannot be read."""
    problem = request.body_problem
    if problem is not None and problem.status == 415:
        raise problem
    if plan.strict_format and not fits:
        raise ContractError(
            "unsupported_media_type",
            because("body_only", format=plan.format),
        )
    if problem is not None:
        raise problem


def _typed(
    plan: Plan,
    parameter: Parameter,
    value: Any,
    problems: dict[str, list[Reason]],
    ignored: list[str],
) -> Any:
    """The typed value of one parameter; its problems are added to ``problems``."""
    if parameter.equals is not None and not _agreed(parameter, value):
        problems[parameter.wire] = [because("agreed_at", place=place_of(parameter))]
        return None
    if not _given(parameter, value):
        if parameter.required:
            problems[parameter.wire] = [because("missing", wanted=wanted(parameter))]
            return None
        return _default(parameter)
    typed, texts = _read(parameter, value)
    if not texts:
        return typed
    if plan.ignore_invalid and not parameter.required:
        ignored.append(parameter.wire)
        return _default(parameter)
    problems[parameter.wire] = texts
    return None


def _read(parameter: Parameter, value: Any) -> tuple[Any, list[Reason]]:
    """A given value with its type, and what is wrong with it."""
    typed: Any = read_int(value) if parameter.type == "int" else read_string(value)
    if typed is None:
        return None, [because("send", wanted=wanted(parameter))]
    if parameter.read_phone is not None:
        typed = parameter.read_phone(typed)
    return typed, broken_limits(parameter, typed) if parameter.limited else []


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
