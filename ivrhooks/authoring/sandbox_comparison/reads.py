"""The harmless reads with which a real system is compared with its sandbox.

It also says which parts of the results can become sandbox data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ivrhooks.sources.catalogue import NOBODY

Documents = Mapping[str, list[Mapping[str, Any]]]
"""Documents of a sandbox, by the name of their collection."""


@dataclass(frozen=True, slots=True)
class FromRecord:
    """A value from an earlier result: JMESPath into the record of ``operation``."""

    operation: str
    path: str
    text: str = "{}"


@dataclass(frozen=True, slots=True)
class Number:
    """The number of a customer that the system knows."""


def nothing(record: Any) -> Documents:
    """Return no documents."""
    return {}


@dataclass(frozen=True, slots=True)
class Read:
    """One question. ``params``: constants, ``FromRecord`` or ``Number``; ``keep``: the
    documents of the sandbox in its record; ``own``: the real system is asked with the
    constants of a lookup of the configuration, and ``params`` are the sandbox's."""

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    keep: Callable[[Any], Documents] = nothing
    own: bool = False


# ---------------------------------------------------------------- what is kept


def _entries(collection: str, path: str = "") -> Callable[[Any], Documents]:
    """Return a function for the entries below ``path``, or for the record itself."""

    def keep(record: Any) -> Documents:
        value = record.get(path) if path else record
        entries = value if isinstance(value, list) else [value]
        return {collection: [entry for entry in entries if isinstance(entry, Mapping)]}

    return keep


_CONTACT = {
    "full_name": "fullName",
    "phone_number": "phones",
    "mail": "emails",
    "ref_id": "refId",
}
"""Codes of attributes whose key in the sandbox's data is another one."""


def _contact(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OMICRM contact in the form of the sandbox's data."""
    attributes = [
        attribute for attribute in item.get("attribute_structure") or [] if attribute
    ]
    values = {
        _CONTACT.get(
            str(attribute.get("field_code")), str(attribute.get("field_code"))
        ): attribute.get("value")
        for attribute in attributes
        if isinstance(attribute, Mapping)
    }
    own = {
        "_id": item.get("_id"),
        "tags": item.get("tags") or [],
        "refId": item.get("ref_id"),
        "refCode": item.get("ref_code"),
        "user_owner_email": item.get("user_owner_email"),
        "created_date": item.get("created_date"),
    }
    return {name: v for name, v in {**values, **own}.items() if v not in (None, "")}


def _contacts(record: Any) -> Documents:
    items = record.get("items", [record])
    return {"contacts": [_contact(item) for item in items if isinstance(item, Mapping)]}


def _groups(record: Any) -> Documents:
    return {name: list(record.get(name) or []) for name in ("groups", "numbers")}


def _sips(record: Any) -> Documents:
    agents = {
        sip["agent_id"]: {"id": sip["agent_id"], "name": sip.get("agent_name", "")}
        for sip in record
        if sip.get("agent_id")
    }
    return {"sips": list(record), "agents": list(agents.values())}


# ------------------------------------------------------------------- the reads

READS: Mapping[str, tuple[Read, ...]] = MappingProxyType(
    {
        "sobot": (
            Read("query_customer", {"tel": Number()}, _entries("customers")),
            Read("query_customer", {"tel": NOBODY}),
        ),
        "omicrm": (
            Read("list_contacts", {"page": 1, "size": 20}, _contacts),
            Read("get_contact", {"phone": Number()}, _contacts),
            Read("get_contact", {"phone": NOBODY}),
            Read(
                "contact_details", {"id": FromRecord("list_contacts", "items[0]._id")}
            ),
            Read("contact_layout"),
        ),
        "bangwo8": (
            Read("list_companies", {"per_page": 20}),
            Read(
                "get_company",
                {"id": FromRecord("list_companies", "companies[0].uId")},
                _entries("companies"),
            ),
            Read(
                "show_many", {"ids": FromRecord("list_companies", "companies[0].uId")}
            ),
            Read(
                "search_companies",
                {
                    "query": FromRecord(
                        "list_companies", "companies[0].companyName", "companyName:{}"
                    )
                },
            ),
            Read(
                "asset_rows",
                {"tableId": 1, "cPara": "asset_field_1:company_price,_id:company_x"},
                own=True,
            ),
        ),
        "meiqia": (
            Read("list_sips", {}, _sips),
            Read("list_records", {"page_size": 20}, _entries("records", "data")),
            Read("list_number_groups", {}, _groups),
        ),
    }
)
"""By kind; every read that a kind has."""
