"""The constants with which the lookups of a configuration ask a source.

They name what only the account knows, such as the table that a read is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ivrhooks.authoring.diff.sides import SideEndpoint
from ivrhooks.authoring.sandbox_comparison.reads import READS
from ivrhooks.config.templates.compile import is_template
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Operation

Params = dict[str, Any]


def own_params(
    endpoints: Iterable[SideEndpoint], source: str, kind: str
) -> Mapping[str, list[Params]]:
    """Return, by operation, the constants of each lookup that asks ``source`` for it.

    A lookup counts where all that the operation needs is constant.
    """
    operations = {operation.name: operation for operation in KINDS[kind].operations}
    names = {read.operation for read in READS[kind] if read.own}
    constants: dict[str, list[Params]] = {name: [] for name in names}
    for operation, params in _source_calls(endpoints, source):
        if operation not in names:
            continue
        known = {
            name: value for name, value in params.items() if not is_template(value)
        }
        enough = _suffices(operations[operation], known)
        if enough and known not in constants[operation]:
            constants[operation].append(known)
    return constants


def _suffices(operation: Operation, params: Mapping[str, Any]) -> bool:
    """Return whether the operation needs no other parameters than these."""
    alternatives = set(operation.needs_one_of)
    return params.keys() >= set(operation.required) and (
        not alternatives or not alternatives.isdisjoint(params)
    )


def _source_calls(
    endpoints: Iterable[SideEndpoint], source: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield operation and params of each source call of a source."""
    for endpoint in endpoints:
        for lookup in endpoint.entry.lookups.values():
            sources = _as_list(lookup.source, 1)
            operations = _as_list(lookup.operation, len(sources))
            params = _as_list(lookup.params, len(sources))
            for call in zip(sources, operations, params, strict=False):
                if call[0] == source and isinstance(call[2], Mapping):
                    yield str(call[1]), call[2]


def _as_list(value: Any, length: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * length
