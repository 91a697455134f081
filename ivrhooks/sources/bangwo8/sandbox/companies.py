"""The sandbox's companies: the shape that each endpoint answers, and the effect of
writes.

Reference: "Bangwo8 companies v1", table and examples;
docs/vendors/bangwo8.md#40-common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from ivrhooks.basics.values import clean, read_int, to_text
from ivrhooks.sources.bangwo8.operations import WRITABLE
from ivrhooks.sources.interface import Param

Company = Mapping[str, Any]

Url = Callable[[int], str]
"""Gives the address of a company by its id."""

DELETED = "2"
UNSET_DATE = "0000-00-00"

# The keys of the document's examples in their order, with those that only its table has
# (url, userURL, serveNote, status): list, then detail.
LIST_KEYS = (
    *("uId", "url", "companyName", "province", "city", "supportId"),
    *(
        "servicestarttime",
        "serviceendtime",
        "userURL",
        "serveNote",
        "serviceCharge",
        "serviceaccount",
        "servicepassword",
    ),
    *("address", "multiServiceList", "createDT", "updateDT", "tableName"),
    *("custom_fields", "userGroup", "solveDT", "waitDT", "openDT", "closeDT", "status"),
)
DETAIL_KEYS = (
    *("uId", "url", "companyName", "province", "city", "supportId"),
    *("servicestarttime", "serviceendtime", "userURL", "serveNote", "serviceCharge"),
    *("serviceaccount", "servicepassword", "address", "multiServiceList"),
    *("service_groupid", "createDT", "updateDT", "tableName", "custom_fields"),
    *("userGroup", "status"),
)
# The order of the document's table: create, update, show_many.
TABLE_KEYS = (
    *("uId", "url", "companyName", "supportId", "servicestarttime", "serviceendtime"),
    *("userURL", "serveNote", "serviceCharge", "serviceaccount", "servicepassword"),
    *("address", "createDT", "updateDT", "custom_fields", "userGroup", "tableName"),
    *("province", "city", "status", "service_groupid"),
)
HIT_KEYS = ("companyName", "createDT", "updateDT", "uId", "url")

INTS = frozenset({"uId", "supportId", "userGroup", "status"})
DATES = frozenset({"servicestarttime", "serviceendtime"})
UNSET = {
    "supportId": "0",
    "servicestarttime": UNSET_DATE,
    "serviceendtime": UNSET_DATE,
    "serviceCharge": "0.00",
    "status": "1",
}
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RefusedError(Exception):
    """The imitated vendor refuses a request, with an HTTP status, a code and a text."""

    def __init__(self, message: str, *, status: int = 400, code: str = "100001"):
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def no_such(what: str = "Invalid resource URI") -> RefusedError:
    """Return the vendor's own answer to an unknown address."""
    return RefusedError(what, status=404, code="100047")


# ----------------------------------------------------------------------- reading


def text_of(company: Company, name: str) -> str:
    """Return a field as text; an unset one as the vendor's examples show it."""
    value = company.get(name)
    return UNSET.get(name, "") if value is None else (to_text(value) or "")


def number_of(company: Company) -> int:
    """Return ``uId`` as a number, or 0 where it is none."""
    return read_int(company.get("uId")) or 0


def is_deleted(company: Company) -> bool:
    """Whether ``status`` is 2."""
    return text_of(company, "status") == DELETED


def custom_fields(company: Company) -> list[dict[str, Any]]:
    """Return ``[{key, value}]``; a value is text, or a list of texts for a cascade."""
    return [
        {"key": to_text(field["key"]) or "", "value": _custom_value(field.get("value"))}
        for field in company.get("custom_fields") or ()
        if isinstance(field, Mapping) and field.get("key") is not None
    ]


def _custom_value(value: Any) -> Any:
    if isinstance(value, list):
        return [to_text(part) or "" for part in value]
    return to_text(value) or ""


def as_listed(company: Company, url: Url) -> dict[str, Any]:
    """Return a company as the list answers it: every scalar is text."""
    return _texts(company, LIST_KEYS, url)


def as_detail(company: Company, url: Url) -> dict[str, Any]:
    """Return a company as its own address answers it: every scalar is text."""
    return _texts(company, DETAIL_KEYS, url)


def as_table(company: Company, url: Url) -> dict[str, Any]:
    """Return a company with the fields of the document's table, integers as
    integers."""
    return _typed(company, TABLE_KEYS, url)


def as_hit(company: Company, url: Url) -> dict[str, Any]:
    """Return a company as a search answers it: five fields, none of them custom."""
    return _typed(company, HIT_KEYS, url)


def _texts(company: Company, keys: Iterable[str], url: Url) -> dict[str, Any]:
    custom = {"custom_fields": custom_fields(company)}
    answer = {
        key: custom[key] if key in custom else text_of(company, key) for key in keys
    }
    if "url" in answer:
        answer["url"] = answer["url"] or url(number_of(company))
    return answer


def _typed(company: Company, keys: Iterable[str], url: Url) -> dict[str, Any]:
    answer = _texts(company, keys, url)
    for key in INTS.intersection(answer):
        answer[key] = read_int(answer[key]) or 0
    return answer


# ----------------------------------------------------------------------- writing


def created(body: Any, uid: int, now: str) -> dict[str, Any]:
    """Return a new company from the body of a create. Raises RefusedError."""
    fields = read_fields(body)
    if "companyName" not in fields:
        raise RefusedError("companyName must have a value")
    fresh = {"uId": uid, "status": 1, "createDT": now, "updateDT": now, **fields}
    return {**fresh, "custom_fields": merged((), fields.get("custom_fields", ()))}


def updated(company: Company, body: Any, now: str) -> dict[str, Any]:
    """Return ``company`` changed by the body of an update. Raises RefusedError."""
    fields = read_fields(body)
    custom = merged(custom_fields(company), fields.pop("custom_fields", ()))
    return {**company, **fields, "custom_fields": custom, "updateDT": now}


def merged(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Merge custom fields by key: a known key keeps its place, a new one is
    appended."""
    values = {field["key"]: field["value"] for field in (*old, *new)}
    return [{"key": key, "value": value} for key, value in values.items()]


def read_fields(body: Any) -> dict[str, Any]:
    """Return the writable fields in ``{"company": {…}}``. Raises RefusedError.

    Read-only and unknown fields are ignored.
    """
    company = body.get("company") if isinstance(body, Mapping) else None
    if not isinstance(company, Mapping):
        raise RefusedError('the body must be {"company": {…}}')
    return {
        param.name: _read_field(param, company[param.name])
        for param in WRITABLE
        if param.name in company
    }


def _read_field(param: Param, value: Any) -> Any:
    if param.type == "list":
        return _read_custom(value)
    if param.type == "int":
        return _read_number(param.name, value)
    text = "" if value is None else to_text(value)
    if text is None or isinstance(value, (list, bool)):
        raise RefusedError(f"{param.name} must be a text")
    if param.name == "companyName" and not (isinstance(value, str) and text.strip()):
        raise RefusedError("companyName must have a value, a text")
    if param.name in DATES and text not in ("", UNSET_DATE):
        read_day(param.name, text)
    return text


def _read_number(name: str, value: Any) -> int:
    number = 0 if name == "userGroup" and value in (None, "") else read_int(value)
    if number is None or (name == "status" and number not in (1, 2)):
        raise RefusedError(f"{name} must be {'1 or 2' if name == 'status' else 'int'}")
    return number


def _read_custom(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RefusedError("custom_fields must be a list of {key, value}")
    return [_read_custom_field(field) for field in value]


def _read_custom_field(field: Any) -> dict[str, Any]:
    sent = field.get("key") if isinstance(field, Mapping) else None
    key = clean(sent) if isinstance(sent, str) else ""
    if not key:
        raise RefusedError("custom_fields must be a list of {key, value}")
    value = field.get("value")
    if isinstance(value, Mapping) or (isinstance(value, list) and _nested(value)):
        raise RefusedError(
            f"custom_fields: the value of {key} must be a text or a list"
        )
    return {"key": key, "value": _custom_value(value)}


def _nested(value: list[Any]) -> bool:
    return any(isinstance(part, (Mapping, list)) for part in value)


def read_day(name: str, text: str) -> str:
    """Return a date such as ``2012-01-01``. Raises RefusedError where it is none."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise RefusedError(f"{name} must be a day, 2012-01-01")
