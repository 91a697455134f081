"""The contract: turns declared headers and inputs into typed values, or lists every
problem.

A new rule belongs in ``_typed`` and ``_read``, which decide. ``_quick`` is only a
faster way for plain values, and returns None wherever a rule has more to say.
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
MAX_DIGITS = 18  # of an int, as in ``read_int``

_FITTING_KINDS: Mapping[str, frozenset[str]] = {
    "form": frozenset({"none", "form", "multipart"}),
    "json": frozenset({"none", "json"}),
}


@dataclass(slots=True)
class Contract:
    """The typed values, by name, of a data request that kept its endpoint's contract.

    A value that was not given and has no default is None. ``ignored``: parameters that
    could not be read or broke a limit, and count as not given.
    """

    inputs: dict[str, Any]
    headers: HeaderValues
    ignored: list[str] = field(default_factory=list)


_NO_HEADERS = HeaderValues()  # shared by endpoints that declare no headers

Quick = Callable[[Any], Any]
"""Returns the typed value of a plainly valid input; None for everything else."""


class CompiledContract:
    """The contract of one endpoint, compiled once.

    A closure of each parameter reads plainly valid values; ``_typed`` decides on all
    others.
    """

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
        """Return whether the body is of the kind that the endpoint declares."""
        return self.fitting is None or request.body_kind in self.fitting

    def check(self, request: DataRequest) -> Contract:
        """Return the typed values of ``request``.

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
                value = _sent_value(parameter, request, first, second)
                typed = _typed(plan, parameter, value, problems, checked.ignored)
            inputs[name] = typed
        if problems:
            names = ", ".join(problems)
            raise ContractError(
                "invalid_input", because("contract", names=names), problems
            )
        return checked

    def visible(self, headers: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return declared headers for the trace, with the values of secret ones
        hidden."""
        secret = self.secret_headers
        if not secret:
            return headers
        return {
            name: SECRET if name in secret else value for name, value in headers.items()
        }

    def _check_guards(self, request: DataRequest) -> None:
        """Check the secrets, and that the body is of the right kind and readable."""
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
            value = request.headers.get(wire)
            typed = None if quick is None else quick(value)
            if typed is None:
                typed = _typed(self.plan, parameter, value, problems, checked.ignored)
            checked.headers[name] = typed


def _sent_value(
    parameter: Parameter,
    request: DataRequest,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
) -> Any:
    """Return what was sent for an input, from the place that it is read from."""
    if parameter.segment:
        return request.segments.get(parameter.name)
    value = first.get(parameter.wire)
    if not _is_given(parameter, value):
        value = second.get(parameter.wire)
    return _value_at_paths(parameter, request.body, value)


def check(plan: Plan, request: DataRequest) -> Contract:
    """Return the typed values of one request, as ``CompiledContract.check`` does."""
    return CompiledContract(plan).check(request)


def _quick(parameter: Parameter) -> Quick | None:
    """Return a reader of the plain forms of a parameter: text, or the digits of an
    int."""
    if parameter.equals is not None or parameter.paths or parameter.segment:
        return None
    fits = fits_of(parameter)
    if parameter.type == "int":
        return _quick_int(fits)
    return _quick_string(fits, parameter.read_phone)


def _quick_int(fits: Callable[[Any], bool] | None) -> Quick:
    def read(value: Any) -> int | None:
        if type(value) is not str or not value.isdecimal() or len(value) > MAX_DIGITS:
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
    """Raise 413 for a body that was too large once it was decompressed."""
    problem = request.body_problem
    if problem is not None and problem.status == 413:
        raise problem


def _check_secrets(plan: Plan, request: DataRequest) -> None:
    """Raise 401 where any secret is missing or different."""
    if not plan.has_secrets:
        return
    wrong = tuple(
        _parameter_named(parameter)
        for parameter in (*plan.headers, *plan.inputs)
        if parameter.secret
        and not _equals_agreed(parameter, _value_of(plan, parameter, request))
    )
    if wrong:
        raise ContractError("unauthorized", because("secret", places=wrong))


def _parameter_named(parameter: Parameter) -> Reason:
    """Return the name of a parameter for a reason."""
    in_header = parameter.place == "header"
    return because(
        "header_named" if in_header else "parameter_named", name=parameter.wire
    )


def _value_of(plan: Plan, parameter: Parameter, request: DataRequest) -> Any:
    """Return what was sent for a parameter.

    It is taken from its path in the body, else from the body by name, else from the
    query string (on GET the other way round).
    """
    if parameter.place == "header":
        return request.headers.get(parameter.wire.lower())
    first, second = request.body, request.query
    if plan.method == "GET":
        first, second = second, first
    return _sent_value(parameter, request, first, second)


def _value_at_paths(parameter: Parameter, body: Mapping[str, Any], value: Any) -> Any:
    """Return the value at the first of the parameter's paths that has one, else
    ``value``."""
    for path in parameter.paths:
        item = path(body)
        if _is_given(parameter, item):
            return item
    return value


def _equals_agreed(parameter: Parameter, sent: Any) -> bool:
    """Return whether the given value is the one that ``equals`` requires."""
    if parameter.equals is None:
        return True
    value = sent if _is_given(parameter, sent) else None
    typed = read_int(value) if parameter.type == "int" else read_string(value)
    return same_text(str(typed), parameter.equals) and typed is not None


def _check_body(plan: Plan, request: DataRequest, fits: bool) -> None:
    """Raise 415 for an unusable kind of body, else 400 for one that cannot be read."""
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
    """Return the typed value of one parameter; its problems are added to
    ``problems``."""
    if parameter.equals is not None and not _equals_agreed(parameter, value):
        problems[parameter.wire] = [because("agreed_at", place=place_of(parameter))]
        return None
    if not _is_given(parameter, value):
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
    """Return a given value with its type, and what is wrong with it."""
    typed: Any = read_int(value) if parameter.type == "int" else read_string(value)
    if typed is None:
        return None, [because("send", wanted=wanted(parameter))]
    if parameter.read_phone is not None:
        typed = parameter.read_phone(typed)
    return typed, broken_limits(parameter, typed) if parameter.limited else []


def _is_given(parameter: Parameter, value: Any) -> bool:
    """Return whether ``value`` counts as given.

    Null never does; empty text does only for a string that has neither default nor
    enum.
    """
    if value is None:
        return False
    if parameter.type == "int":
        return not is_blank(value)
    return value != "" or (parameter.default is None and not parameter.enum)


def _default(parameter: Parameter) -> Any:
    if parameter.read_phone is not None and isinstance(parameter.default, str):
        return parameter.read_phone(parameter.default)
    return parameter.default
