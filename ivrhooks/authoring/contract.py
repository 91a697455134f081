"""An endpoint's contract as data: what the IVR sends, and what it gets.

The set-up sheet, OpenAPI and the console's contract page use this description, which is
read from the plan. It holds no secret, only where each can be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ivrhooks.authoring.caller_request import CONTENT_TYPES
from ivrhooks.authoring.examples import (
    Refusal,
    example_answer,
    example_curl,
    example_of,
    refusals,
)
from ivrhooks.authoring.shell import Blanks
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import OutputRule, Plan
from ivrhooks.config.sobot_fields import EXAMPLE

CALLERS_NUMBER = "ivr_customer_number"
"""The IVR's system variable that holds the caller's telephone number."""

_VARIABLE = re.compile(r"\bivr_[a-z][a-z0-9_]*\b")
_REFERENCE = re.compile(r"\$\$\{|\$\{(file:)?([^}:]+)(:-[^}]*)?\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value can be found that is not shown.

    It is the environment variable or the file ``name`` on the server, or the
    configuration file of that name. ``fallback``: the configuration has a value for an
    unset variable; ``whole``: what is found there is the whole value.
    """

    kind: str  # environment | file | configuration
    name: str
    fallback: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class DeclaredParameter:
    """A header or an input.

    ``value``: the only one accepted, where it may be shown; ``places``: where it is
    found, where it may not. ``variable``: the IVR's system variable to choose, "" where
    only the flow's author knows. ``in_path``: it is part of the endpoint's path;
    ``body_path``: its keys in a JSON body.
    """

    name: str
    type: str  # int | string
    required: bool
    default: int | str | None
    format: str
    enum: tuple[int | str, ...]
    min: int | None
    max: int | None
    max_length: int | None
    pattern: str
    description: str
    example: int | str
    secret: bool = False
    value: str | None = None
    places: tuple[Place, ...] = ()
    variable: str = ""
    in_path: bool = False
    body_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorParameter:
    """A field that the IVR adds by itself.

    ``value`` is that of the vendor's example, None where the field has no value.
    """

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class DeclaredOutput:
    """One value of the answer. ``map``: the source's values and their meaning."""

    name: str
    type: str  # int | string
    default: int | str | None
    optional: bool
    max_length: int | None
    map: Mapping[str, int | str]
    description: str
    example: int | str


@dataclass(frozen=True, slots=True)
class Contract:
    """What the IVR and an endpoint agree on.

    ``content_type``: "" without a body. ``deadline_ms``: the limit of the answer.
    ``degraded``: an example of the header X-Ivrhooks-Degraded, "" without lookups.
    ``signature_headers``: those of ``security.hmac`` and ``security.twilio``.
    ``curl``: an example of a data request, as a command; ``answer``: of its answer.
    ``shape``: what an answer looks like.
    """

    endpoint: str
    url: str
    base_url: str
    method: str
    format: str  # form | json | query
    content_type: str
    description: str
    used_by: tuple[str, ...]
    file: str
    mode: str
    deadline_ms: int
    system: bool
    headers: tuple[DeclaredParameter, ...]
    parameters: tuple[DeclaredParameter, ...]
    vendor_parameters: tuple[VendorParameter, ...]
    outputs: tuple[DeclaredOutput, ...]
    curl: str
    answer: Mapping[str, Any]
    degraded: str
    errors: tuple[Refusal, ...]
    signature_headers: tuple[str, ...]
    shape: AnswerShape


def contract_of(plan: Plan, base_url: str) -> Contract:
    """Return the contract of ``plan`` on the server at ``base_url``."""
    base = base_url.rstrip("/")
    url = base + quote(plan.path, safe="/-._~{}")
    headers = tuple(_declared_parameter(parameter, plan) for parameter in plan.headers)
    parameters = tuple(_input(parameter, plan) for parameter in plan.inputs)
    blanks = Blanks()
    left_out = {
        parameter: blank_of(parameter, plan, blanks) for parameter in plan.confidential
    }
    answer = example_answer(plan)
    return Contract(
        endpoint=plan.endpoint,
        url=url,
        base_url=base,
        method=plan.method,
        format=plan.format,
        content_type=CONTENT_TYPES.get(plan.format, ""),
        description=plan.description,
        used_by=plan.used_by,
        file=Path(plan.file).name,
        mode=plan.mode,
        deadline_ms=round(plan.deadline * 1000),
        system=plan.endpoint == "system",
        headers=headers,
        parameters=parameters,
        vendor_parameters=_vendors_own(plan),
        outputs=tuple(_output(rule, answer) for rule in plan.outputs),
        curl=example_curl(plan, url, left_out, blanks),
        answer=answer if plan.shape is None else json.loads(plan.shape.write(answer)),
        shape=plan.shape or AnswerShape(),
        degraded=f"{plan.lookups[0].name}=timeout" if plan.lookups else "",
        errors=refusals(plan),
        signature_headers=tuple(
            name for scheme in plan.security.schemes for name in scheme.shown
        ),
    )


def blank_of(parameter: Parameter, plan: Plan, blanks: Blanks) -> str:
    """Return what stands for a confidential value in a command line.

    It is a variable of the shell, else a placeholder that the shell refuses.
    """
    only = places_of(parameter.equals_written, plan.file)[0]
    if only.kind == "environment" and only.whole:
        return blanks.variable(only.name)
    return blanks.placeholder("secret" if parameter.secret else "agreed-value")


def _input(parameter: Parameter, plan: Plan) -> DeclaredParameter:
    phones = [other for other in plan.inputs if other.format == "phone"]
    return _declared_parameter(
        parameter, plan, _variable(parameter, alone=len(phones) == 1)
    )


def _declared_parameter(
    parameter: Parameter, plan: Plan, variable: str = ""
) -> DeclaredParameter:
    hidden = parameter.confidential
    return DeclaredParameter(
        name=parameter.wire,
        type=parameter.type,
        required=parameter.required or parameter.equals is not None,
        default=parameter.default,
        format=parameter.format or "",
        enum=parameter.shown_enum,
        min=parameter.min,
        max=parameter.max,
        max_length=parameter.max_length,
        pattern=parameter.shown_pattern,
        description=parameter.help,
        example=example_of(parameter, plan),
        secret=parameter.secret,
        value=None if hidden else parameter.equals,
        places=places_of(parameter.equals_written, plan.file) if hidden else (),
        variable=variable or _named_variable(parameter),
        in_path=parameter.segment,
        body_path=parameter.body_path if plan.format == "json" else (),
    )


def _variable(parameter: Parameter, *, alone: bool) -> str:
    """Return the caller's number for the only telephone input, or for the one called
    tel."""
    named = _named_variable(parameter)
    if named or parameter.format != "phone":
        return named
    return CALLERS_NUMBER if alone or parameter.name.lower() == "tel" else ""


def _named_variable(parameter: Parameter) -> str:
    """Return the system variable that a parameter's description names."""
    match = _VARIABLE.search(parameter.help)
    return match[0] if match else ""


def places_of(written: str, file: str) -> tuple[Place, ...]:
    """Return where the parts of a filled-in value are found.

    A literal value is found in the endpoint's own file.
    """
    places = [
        _place(match, whole=match[0] == written)
        for match in _REFERENCE.finditer(written)
        if match[2]
    ]
    return tuple(places) or (Place("configuration", Path(file).name),)


def _place(match: re.Match[str], *, whole: bool) -> Place:
    if match[1]:
        return Place("file", match[2].strip(), whole=whole)
    return Place("environment", match[2], match[3] is not None, whole)


def _vendors_own(plan: Plan) -> tuple[VendorParameter, ...]:
    declared = {parameter.name for parameter in plan.inputs}
    fields = EXAMPLE.items() if plan.format == "form" else ()
    return tuple(
        VendorParameter(name, value) for name, value in fields if name not in declared
    )


def _output(rule: OutputRule, answer: Mapping[str, int | str]) -> DeclaredOutput:
    default = "" if rule.default is None else rule.default
    return DeclaredOutput(
        name=rule.name,
        type=rule.type,
        default=rule.default,
        optional=rule.optional,
        max_length=rule.max_length,
        map=dict(rule.map or {}),
        description=rule.help,
        example=answer.get(rule.name, default),
    )
