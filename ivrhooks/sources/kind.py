"""A kind of source: what the catalogue knows of one vendor's software."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema

from ivrhooks.sources.interface import Client, Operation


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the catalogue. ``auth``: the schema of ``auth:`` in the YAML, whose
    load gives the kind's frozen auth settings. ``empty``: the default words that are
    "no value". ``system_param``: the parameter that takes the System API's number.
    ``unknown_fields``: what its results hold is not described here, so ``pii:`` says of
    which kind a field is."""

    name: str
    client: type[Client]
    auth: type[Schema]
    operations: tuple[Operation, ...]
    empty: tuple[str, ...] = ("",)
    system_param: str | None = None
    unknown_fields: bool = False
