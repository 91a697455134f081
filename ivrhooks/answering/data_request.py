"""The data request: what the IVR asked, the same for both servers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import field
from typing import Any

from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.frozen import frozen


@frozen
class DataRequest:
    """One data request, read from bytes and not yet checked against a contract.

    - ``headers``: names in lower case, values re-read as UTF-8, repeats already joined;
    - ``segments``: the values in the path, by the names of inputs;
    - ``query`` and ``body``: fields by name (the last of a repeated name); the body's
      values are text, or any JSON type where it was JSON;
    - ``body_kind``: none | form | multipart | json | other (what the body *is*, not its
      label);
    - ``body_problem``: why the body cannot be used (415 or 400), judged after 401;
    - ``warnings``: ``format_mismatch`` and the like, for log and console;
    - ``secrets``: names of fields that nobody may see in a log or on a page;
    - ``recall_key``: the bytes that its parameters are read from, where the query
      string holds all of them; else None.
    """

    method: str
    path: str
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    body_kind: str = "none"
    body_problem: ContractError | None = None
    warnings: Sequence[str] = ()
    peer: str = ""
    secrets: frozenset[str] = frozenset()
    segments: Mapping[str, str] = field(default_factory=dict)
    recall_key: Hashable = None
