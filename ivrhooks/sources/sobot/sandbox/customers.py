"""Finds the customers that match a query of the imitated Sobot, and formats them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ivrhooks.basics.phone import same_number
from ivrhooks.sources.sandboxkit.system import System
from ivrhooks.sources.sobot.operations import FIELDS

THIRD_ACCOUNTS = (
    "partner_id",
    "wx_unionid",
    "wx_openid",
    "wx_external_userid",
    "whatsappid",
    "faceBookid",
    "instagramid",
    "lineid",
    "telegramid",
    "discordid",
)
ALWAYS = frozenset({"id", "nick", "sexName", "userStatusName", "isblack"})

FEWEST_DIGITS = 7
"""Two numbers of one subscriber have this many last digits in common."""

Record = Mapping[str, Any]
Customer = dict[str, str]


def find_customers(
    records: Iterable[Record], filters: Mapping[str, str], system: System
) -> list[Customer]:
    """Return the customers that match all given parameters, as the vendor answers them.

    A number that no customer has may be a magic number, which makes up customers.
    """
    candidates = list(records)
    number = filters.get("tel")
    if number:
        candidates = [
            candidate for candidate in candidates if _has_number(candidate, number)
        ]
        candidates = candidates or _made_up(system.magic_answer(number), number)
    return [show(candidate) for candidate in candidates if _matches(candidate, filters)]


def most_urgent(customers: Iterable[Customer]) -> Customer | None:
    """Return the customer that is answered: a blacklisted one, else a VIP, else the
    lowest id."""
    return min(customers, key=_urgency, default=None)


def _urgency(customer: Customer) -> tuple[bool, bool, str]:
    black = customer["isblack"] == "1"
    return (not black, customer.get("isVip") != "1", customer["id"])


def show(record: Record) -> Customer:
    """Return a record of the data file as the vendor answers it.

    All values are text, in the document's order, custom fields last, unset fields left
    out.
    """
    known = {name: _text(name, value) for name, value in record.items()}
    black = known.get("isblack") == "1" or known.get("userStatusName") == "blacklist"
    known["isblack"] = "1" if black else "0"
    status = known.get("userStatusName") or "normal"
    known["userStatusName"] = "blacklist" if black else status
    names = [field.name for field in FIELDS]
    names += [name for name in known if name not in names]
    shown = {}
    for name in names:
        value = known.get(name, "")
        if value or name in ALWAYS:
            shown[name] = value
    return shown


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        no = "2" if name == "isVip" else "0"
        return "1" if value else no
    if isinstance(value, list):
        between = ";" if name in ("tel", "email") else ","
        return between.join(_text("", item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _matches(record: Record, filters: Mapping[str, str]) -> bool:
    return all(
        TESTS[name](record, value) for name, value in filters.items() if name != "tel"
    )


def _has_id(record: Record, value: str) -> bool:
    return _text("id", record.get("id")) == value


def _has_number(record: Record, number: str) -> bool:
    tail = _last_digits(number)
    parts = _text("tel", record.get("tel")).split(";")
    return any(
        _last_digits(part) == tail and same_number(part, number) for part in parts
    )


def _last_digits(number: str) -> str:
    """Return the last digits, for a quick comparison before numbers are parsed."""
    return "".join(sign for sign in number if sign.isdecimal())[-FEWEST_DIGITS:]


def _has_email(record: Record, address: str) -> bool:
    parts = _text("email", record.get("email")).split(";")
    needle = address.strip().casefold()
    return any(part.strip().casefold() == needle for part in parts)


def _has_account(record: Record, account: str) -> bool:
    return any(_text(name, record.get(name)) == account for name in THIRD_ACCOUNTS)


TESTS: Mapping[str, Callable[[Record, str], bool]] = MappingProxyType(
    {"id": _has_id, "email": _has_email, "thirdAccountId": _has_account}
)
"""How each parameter is compared, besides the telephone number."""


def _made_up(outcome: str | None, number: str) -> list[Record]:
    """Return the customers of a magic number; of two, one is ordinary and one a VIP."""
    plain = {"id": f"magic-1-{number}", "tel": number, "nick": "Ordinary caller"}
    vip = {
        "id": f"magic-2-{number}",
        "tel": number,
        "nick": "VIP caller",
        "isVip": "1",
        "vipLevel": "3",
        "vipLeveName": "Gold",
    }
    black = {"id": f"magic-3-{number}", "tel": number, "nick": "Blacklisted caller"}
    made: dict[str, list[Record]] = {
        "vip": [vip],
        "blacklisted": [{**black, "isVip": "2", "isblack": "1"}],
        "two": [{**plain, "isVip": "2"}, vip],
    }
    return made.get(outcome or "", [])
