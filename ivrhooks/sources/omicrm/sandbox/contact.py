"""The shapes of an OMICRM contact in the sandbox: as stored, as listed, as updated.

It is stored as the data file and ``contacts/add`` write it (``fullName``, ``phones``,
…). It is answered as the vendor's list shows it (``attribute_structure``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ivrhooks.basics.phone import same_number
from ivrhooks.basics.values import to_text

Contact = Mapping[str, Any]
TEXTS = (
    "fullName",
    "refId",
    "refCode",
    "job_title",
    "note",
    "passport",
    "address",
    "birthday",
    "gender",
    "user_owner_email",
)
_PHONE = re.compile(r"[ +(]{0,2}[0-9][0-9 ().-]{5,}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the account's layout, and the stored key that it shows."""

    field_code: str
    field_type: str
    display_name: str
    key: str
    required: bool = False
    options: tuple[str, ...] = ()


LAYOUT = (
    Attribute("full_name", "single_text", "Họ và tên", "fullName", True),
    Attribute("job_title", "single_text", "Chức vụ", "job_title"),
    Attribute(
        "gender", "radio", "Giới tính", "gender", options=("other", "male", "female")
    ),
    Attribute("phone_number", "phone", "Số điện thoại", "phones", True),
    Attribute("mail", "email", "Email", "emails"),
    Attribute("address", "single_text", "Địa chỉ", "address"),
    Attribute("passport", "single_text", "Hộ chiếu / CMND", "passport"),
    Attribute("note", "multi_text", "Ghi chú", "note"),
    Attribute("more_infomation", "customize", "Thông tin thêm", "more_infomation"),
    Attribute("birthday", "date", "Ngày sinh", "birthday"),
    Attribute("ref_id", "single_text", "Id đối tác", "refId"),
    Attribute("avatar", "image", "Ảnh đại diện", "avatar"),
    Attribute("attach_file", "file", "Tệp đính kèm", "attach_file"),
)
IDENTIFYING = frozenset({"phone_number", "mail", "ref_id"})
BUILT_IN = frozenset(attribute.field_code for attribute in LAYOUT)


# ---------------------------------------------------------------------- answers


def contact_item(contact: Contact) -> dict[str, Any]:
    """Return a contact as ``list``, ``get``, ``details`` and ``add`` answer it."""
    tags = contact["tags"]
    created = contact.get("created_date")
    return {
        "_id": contact["_id"],
        "public_id": contact["_id"],
        "ref_id": contact.get("refId"),
        "ref_code": contact.get("refCode"),
        "user_owner_email": contact.get("user_owner_email"),
        "create_by": contact.get("create_by"),
        "last_update_by": contact.get("last_update_by"),
        "created_date": created,
        "last_updated_date": contact.get("last_updated_date", created),
        "contact_type": "contact",
        "tags_view": [{"name": tag} for tag in tags] or None,
        "is_deleted": False,
        "tags": tags,
        "attribute_structure": _attributes(contact),
    }


def updated_item(contact: Contact) -> dict[str, Any]:
    """Return a contact as ``update`` answers it: only that answer uses camel case."""
    return {
        "publicId": contact["_id"],
        "fullName": contact.get("fullName"),
        "displayName": contact.get("fullName"),
        "gender": contact.get("gender"),
        "passport": contact.get("passport"),
        "address": contact.get("address"),
        "note": contact.get("note"),
        "emails": contact.get("emails") or [],
        "phones": contact.get("phones") or [],
        "contactType": "contact",
    }


def layout(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """Return the account's attributes: the vendor's, and those that contacts added."""
    lines = [
        {
            "field_code": attribute.field_code,
            "field_type": attribute.field_type,
            "display_name": attribute.display_name,
            "required": attribute.required,
            "options": list(attribute.options),
        }
        for attribute in LAYOUT
    ]
    known = set(BUILT_IN)
    for contact in contacts:
        for line in _dynamic_lines(contact):
            if line["field_code"] not in known:
                known.add(line["field_code"])
                lines.append(_dynamic_layout(line))
    return lines


def _dynamic_layout(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "field_code": line["field_code"],
        "field_type": line.get("field_type") or "single_text",
        "display_name": line.get("display_name") or line["field_code"],
        "required": False,
        "options": [],
    }


def _dynamic_lines(contact: Contact) -> list[Mapping[str, Any]]:
    lines = contact.get("dynamic_attributes") or []
    return [line for line in lines if line.get("field_code")]


def _attributes(contact: Contact) -> list[dict[str, Any]]:
    """Return the set attributes in the layout's order, then the dynamic attributes."""
    dynamic = {line["field_code"]: line for line in _dynamic_lines(contact)}
    shown = []
    for attribute in LAYOUT:
        values = _values(contact, attribute)
        if attribute.field_code in dynamic:
            line = dynamic.pop(attribute.field_code)
            values = _dynamic_values(line)
        if values:
            shown.append(_attribute(attribute.field_code, attribute.field_type, values))
    for code, line in dynamic.items():
        kind = line.get("field_type") or "single_text"
        shown.append(_attribute(code, kind, _dynamic_values(line)))
    return shown


def _attribute(code: str, kind: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "identify": code in IDENTIFYING,
        "field_code": code,
        "field_type": kind,
        "value": values,
    }


def _values(contact: Contact, attribute: Attribute) -> list[dict[str, Any]]:
    stored = contact.get(attribute.key)
    if attribute.field_code in {"phone_number", "mail"}:
        return [
            _value(entry.get("data"), entry.get("type"), entry.get("valueType"))
            for entry in stored or []
        ]
    if attribute.field_code == "more_infomation":
        return [
            _value(to_text(entry.get("display_value")), None, entry.get("value_type"))
            for entry in stored or []
        ]
    values = [] if stored in (None, "") else [_value(stored)]
    if attribute.field_code == "note":
        for note in contact.get("interactions") or []:
            values.append(_value(note["content"], "interaction", note.get("note_by")))
    return values


def _dynamic_values(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = line.get("dynamic_attribute_value") or []
    return [_value(value.get("display_value")) for value in values]


def _value(display: Any, data_type: Any = None, label: Any = None) -> dict[str, Any]:
    return {"display_value": display, "data_type": data_type, "value_type": label}


# --------------------------------------------------------------------- matching


def age(contact: Contact) -> int:
    """Return when a contact was created, in milliseconds; 0 where it is unknown."""
    created = contact.get("created_date")
    return created if isinstance(created, int) else 0


def has_phone(contact: Contact, phone: str) -> bool:
    """Return whether one of its numbers is ``phone``, in any notation."""
    return any(
        entry["data"] == phone or same_number(entry["data"], phone)
        for entry in contact["phones"]
    )


def has_email(contact: Contact, email: str) -> bool:
    """Return whether one of its addresses is ``email``, ignoring case."""
    address = email.strip().casefold()
    return any(
        entry["data"].strip().casefold() == address for entry in contact["emails"]
    )


def looks_like_phone(text: str) -> bool:
    """Return whether a keyword can be a telephone number."""
    return bool(_PHONE.fullmatch(text))


def fits_keyword(contact: Contact, keyword: str) -> bool:
    """Return whether a keyword finds a contact: by number, by address, or in its name.

    Case and accents are ignored.
    """
    if has_email(contact, keyword):
        return True
    if looks_like_phone(keyword) and has_phone(contact, keyword):
        return True
    return plain(keyword) in plain(contact.get("fullName") or "")


def fits_owner(contact: Contact, owners: Iterable[str]) -> bool:
    """Return whether the contact's agent is one of ``owners``; ``unassigned`` stands
    for none."""
    owner = (contact.get("user_owner_email") or "").strip().casefold()
    return (owner or "unassigned") in {name.strip().casefold() for name in owners}


def plain(text: str) -> str:
    """Return ``text`` in lower case without accents: ``Nguyễn Đức`` is ``nguyen
    duc``."""
    spread = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(bare.replace("đ", "d").split())


# ----------------------------------------------------------------------- storing


def stored_contact(raw: Contact) -> dict[str, Any]:
    """Return a stored record with absent parts filled in and all texts as text.

    A data file may hold a number where the vendor has text.
    """
    contact = dict(raw)
    contact["_id"] = str(raw["_id"])
    contact["created_date"] = milliseconds(raw.get("created_date"))
    contact["tags"] = [str(tag) for tag in raw.get("tags") or []]
    for key in TEXTS:
        if raw.get(key) is not None:
            contact[key] = str(raw[key])
    for key in ("phones", "emails"):
        contact[key] = [_reachable(entry) for entry in raw.get(key) or []]
    return contact


def _reachable(entry: Any) -> dict[str, Any]:
    """Return a number or an address. The vendor's text of 2021 has ``value`` for
    ``type``."""
    if not isinstance(entry, Mapping):
        return {"data": str(entry)}
    kept = {name: value for name, value in entry.items() if name != "value"}
    if entry.get("type") is None and entry.get("value") is not None:
        kept["type"] = entry["value"]
    return {**kept, "data": str(entry.get("data", ""))}


def milliseconds(value: Any) -> int | None:
    """Return a time of the data file in milliseconds; it may be a date as text
    (UTC)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit():
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
