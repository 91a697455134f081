"""Turns ``system_api:``, the IVR's default interface, into an endpoint like any
other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivrhooks.config.compile.callers import PROFILES
from ivrhooks.config.compile.source.sources import CompiledSource
from ivrhooks.config.reading.report import Location, listed
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.localized import Localized
from ivrhooks.config.schema.parts import LookupEntry, OutputEntry, ParameterEntry
from ivrhooks.config.schema.root import SystemApiEntry
from ivrhooks.languages.catalogue import LANGUAGES, word

NAME = "system"


def system_endpoint(
    entry: SystemApiEntry,
    caller: str,
    compiled_sources: Mapping[str, CompiledSource],
    location: Location,
) -> EndpointEntry:
    """Return the System API as an endpoint's settings."""
    omit = (entry.unset or PROFILES[caller].unset) == "omit"
    _warn_of_missing_fields(entry, compiled_sources, location)
    outputs = {**_outputs(), **entry.outputs}
    if omit:
        outputs = {
            name: replace(output, optional=True) for name, output in outputs.items()
        }
    lookup = LookupEntry(
        source=entry.source,
        operation=entry.operation,
        params=_params(entry, compiled_sources, location),
        request=entry.request,
        pick=entry.pick,
        cache=entry.cache,
        allow_withheld=entry.allow_withheld,
    )
    return EndpointEntry(
        endpoint=NAME,
        path=entry.path,
        format="query",
        description=entry.description or _localized("interface"),
        used_by=entry.used_by,
        inputs={"tel": ParameterEntry(format="phone", required=True)},
        lookups={"customer": lookup},
        outputs=outputs,
        mock=entry.mock,
        tests=entry.tests,
        mode=entry.mode,
        deadline=entry.deadline,
        on_invalid=entry.on_invalid,
        answer=entry.answer,
        security=entry.security,
    )


def _warn_of_missing_fields(
    entry: SystemApiEntry,
    compiled_sources: Mapping[str, CompiledSource],
    location: Location,
) -> None:
    """Warn where all outputs read fields that only Sobot's customers have.

    A system whose fields are not described, such as one of kind ``http``, may have
    them.
    """
    names = entry.source if isinstance(entry.source, list) else [entry.source]
    known: set[str] = set()
    for name in names:
        compiled_source = compiled_sources.get(name) if isinstance(name, str) else None
        operations = () if compiled_source is None else compiled_source.operations
        operation = next(
            (
                operation
                for operation in operations
                if operation.name == entry.operation
            ),
            operations[0] if operations else None,
        )
        if operation is None or not operation.fields:
            return
        known |= {field.name.rpartition(".")[2] for field in operation.fields}
    usual = _outputs().keys()
    if usual.isdisjoint({*entry.outputs, *known}) and entry.mode != "mock":
        location.at("source").warning(
            f"{listed(usual)} read fields of Sobot's customers; `{names[0]}` has no "
            'such field; write outputs: {isVip: {type: int, value: "{{ customer.… }}"}}'
        )


def _localized(key: str) -> Localized:
    """Return a text of the program in every language."""
    return Localized(
        {language: word(language, "system", key) for language in LANGUAGES}
    )


def _outputs() -> dict[str, OutputEntry]:
    return {
        "isVip": OutputEntry(
            type="int",
            value="{{ customer.isVip }}",
            map={"1": 1, "2": 2, "0": 2},
            default=2,
            description=_localized("is_vip"),
        ),
        "vipLevel": OutputEntry(
            type="string", value="{{ customer.vipLevel }}", default=""
        ),
        "userLabel": OutputEntry(
            type="string", value="{{ customer.userLabel }}", default=""
        ),
        "isblack": OutputEntry(
            type="int",
            value="{{ customer.isblack }}",
            default=0,
            description=_localized("is_black"),
        ),
    }


def _params(
    entry: SystemApiEntry,
    compiled_sources: Mapping[str, CompiledSource],
    location: Location,
) -> Any:
    """Return the params as written, else the caller's number under the kind's own
    name."""
    if entry.params is not Absent:
        return entry.params
    sources = entry.source if isinstance(entry.source, list) else [entry.source]
    made = [_number_for(source, compiled_sources, location) for source in sources]
    return made if isinstance(entry.source, list) else made[0]


def _number_for(
    source: Any,
    compiled_sources: Mapping[str, CompiledSource],
    location: Location,
) -> Any:
    compiled_source = compiled_sources.get(source) if isinstance(source, str) else None
    if compiled_source is None or compiled_source.kind.asks_requests:
        return None
    if compiled_source.kind.system_param is None:
        location.error(
            f"a source of kind {compiled_source.kind.name} does not know where the "
            'caller\'s number goes; write params: {…: "{{ inputs.tel }}"}',
            key=True,
        )
        location.report.suppress(location.document.file, location.path)
        return Absent
    return {compiled_source.kind.system_param: "{{ inputs.tel }}"}
