"""Reads the bodies of requests to OMICRM's sandbox and refuses what the vendor
refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivrhooks.sources.interface import Param
from ivrhooks.sources.sandboxkit.checks import find_problem
from ivrhooks.sources.sandboxkit.checks import read_body as read_json

_BIRTHDAY = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")


class Refused(Exception):
    """A refusal by the vendor; ``message`` holds its code."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def read_body(data: bytes, kind: type[Any], needed: bool = True) -> Any:
    """Return the JSON body. Raises Refused where there is none or it has another
    type."""
    if not data.strip():
        if needed:
            raise Refused("request_body_required")
        return kind()
    try:
        body = read_json(data)
    except ValueError:
        raise Refused("param_invalid") from None
    if not isinstance(body, kind):
        raise Refused("param_invalid")
    return body


def check(params: tuple[Param, ...], values: Any) -> None:
    """Refuse missing required values and values of another type."""
    if find_problem(params, values):
        raise Refused("param_invalid")


def check_contact(params: tuple[Param, ...], body: Any) -> None:
    """Refuse a contact without a required name or number, or with a malformed birthday
    or gender."""
    if isinstance(body, Mapping) and body.get("gender") == "":
        body = {**body, "gender": None}
    check(params, body)
    name, birthday = body.get("fullName"), body.get("birthday")
    phones = body.get("phones") or []
    needs_phone = any(param.name == "phones" and param.required for param in params)
    wrong = (
        name is not None and not name.strip(),
        needs_phone and not phones,
        any(not phone["data"].strip() for phone in phones),
        birthday and not _is_birthday(birthday),
    )
    if any(wrong):
        raise Refused("param_invalid")


def _is_birthday(text: str) -> bool:
    if not _BIRTHDAY.fullmatch(text):
        return False
    try:
        datetime.strptime(text, "%d/%m/%Y")
    except ValueError:
        return False
    return True
