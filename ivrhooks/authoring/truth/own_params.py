"""The constants with which the lookups of a configuration ask a source.

They name what only the account knows, such as the table that a read is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ivrhooks.authoring.diff.sides import SideEndpoint
from ivrhooks.authoring.truth.reads import READS
from ivrhooks.config.templates.compile import is_template
from ivrhooks.sources.catalogue import KINDS

Params = dict[str, Any]


def own_params(
    endpoints: Iterable[SideEndpoint], source: str, kind: str
) -> Mapping[str, list[Params]]:
    """Return, by operation, the constants of each lookup that asks ``source`` for it.

    A lookup counts where all that the operation needs is constant.
    """
    operations = {operation.name: operation for operation in KINDS[kind].operations}
    wanted = {read.operation for read in READS[kind] if read.own}
    found: dict[str, list[Params]] = {name: [] for name in wanted}
    for operation, params in _asked(endpoints, source):
        if operation not in wanted:
            continue
        known = {
            name: value for name, value in params.items() if not is_template(value)
        }
        one = operations[operation]
        named = set(one.needs_one_of) & set(known) or not one.needs_one_of
        if set(one.required) <= set(known) and named and known not in found[operation]:
            found[operation].append(known)
    return found


def _asked(
    endpoints: Iterable[SideEndpoint], source: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield operation and params of each source call of a source."""
    for endpoint in endpoints:
        for lookup in endpoint.entry.lookups.values():
            sources = _listed(lookup.source, 1)
            operations = _listed(lookup.operation, len(sources))
            params = _listed(lookup.params, len(sources))
            for link in zip(sources, operations, params, strict=False):
                if link[0] == source and isinstance(link[2], Mapping):
                    yield str(link[1]), link[2]


def _listed(value: Any, length: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * length
