"""Imitates OMICRM's contacts API, as docs/vendors/omicrm.md describes it.

Errors have HTTP status 200 and ``status_code`` -9999; only a bad token is a 401. It was
written from the vendor's document, not from the client.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.interface import Operation
from ivrhooks.sources.omicrm import operations
from ivrhooks.sources.omicrm.sandbox.body import (
    Refused,
    check,
    check_contact,
    read_body,
)
from ivrhooks.sources.omicrm.sandbox.contact import (
    age,
    contact_item,
    fits_keyword,
    fits_owner,
    has_email,
    has_phone,
    layout,
    looks_like_phone,
    stored_contact,
    updated_item,
)
from ivrhooks.sources.sandboxkit.checks import read_bearer, read_integer
from ivrhooks.sources.sandboxkit.system import System

TOKEN_SECONDS = 86400
DONE, FAILED = 9999, -9999
LARGEST_PAGE = 500

Contact = dict[str, Any]


def create_blueprint(system: System) -> Blueprint:
    """Return all routes of the contacts API and of its tokens."""
    blueprint = Blueprint("omicrm", __name__)
    route = Route(system)
    handlers: Mapping[Operation, Callable[..., Any]] = {
        operations.GET_CONTACT: route.get,
        operations.LIST_CONTACTS: route.find,
        operations.CONTACT_DETAILS: route.details,
        operations.CONTACT_LAYOUT: route.layout,
        operations.ADD_CONTACT: route.add,
        operations.ADD_CONTACTS: route.add_more,
        operations.UPDATE_CONTACT: route.update,
        operations.DELETE_CONTACT: route.delete,
        operations.ADD_NOTE: route.add_note,
    }
    blueprint.add_url_rule("/api/auth", "auth", _view(route.auth), methods=["GET"])
    for operation, handler in handlers.items():
        path = operation.path.replace("{id}", "<contact_id>")
        view = _view(handler)
        blueprint.add_url_rule(path, operation.name, view, methods=[operation.method])
    blueprint.before_request(route.check_bearer)
    blueprint.register_error_handler(Refused, _refusal)
    system.http_error = _http_error
    return blueprint


def _view(handler: Callable[..., Any]) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return jsonify(_envelope(DONE, handler(**path)))

    return view


def _envelope(status_code: int, payload: Any, message: str = "") -> dict[str, Any]:
    envelope = {
        "instance_id": "sandbox",
        "payload": payload,
        "instance_version": "1.2.164",
        "key_enabled": False,
        "status_code": status_code,
    }
    return envelope | {"message": message} if message else envelope


def _refusal(refused: Refused) -> Response:
    answer = jsonify(_envelope(FAILED, None, refused.message))
    answer.status_code = refused.status
    return answer


def _http_error(error: HTTPException) -> Response:
    """Return 404, 405 and the like, outside the vendor's own paths."""
    code = str(error.name).lower().replace(" ", "_")
    return _refusal(Refused(code, error.code or 500))


class Route:
    """One OMICRM account: its contacts, and what each path does with them."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._collection = system.collection("contacts", "_id")

    # ---- authentication

    def auth(self) -> Contact:
        """``GET /api/auth``: an access token for the account's API key."""
        key = request.args.get("apiKey", "")
        if not key:
            raise Refused("api_key_is_required")
        if key != (self._system.credentials or {}).get("api_key", key):
            raise Refused("api_key_invalid")
        token = self._system.tokens.issue(TOKEN_SECONDS)
        return {
            "access_token": token,
            "access_type": "normal",
            "token_type": "Bearer",
        }

    def check_bearer(self) -> None:
        """Refuse a request without a token of ours; where no key is set, any token will
        do."""
        if request.endpoint == "omicrm.auth":
            return
        token = read_bearer(request.headers.get("Authorization", ""))
        good = token != ""
        if good and self._system.credentials is not None:
            good = self._system.tokens.check(token)
        if not good:
            raise Refused("access_token_invalid", 401)

    # ---- reads

    def get(self) -> Contact | None:
        """``GET /api/contacts/get``: the newest contact that matches all parameters."""
        params = {
            param.name: request.args.get(param.name, "")
            for param in operations.GET_CONTACT.params
        }
        tests: Mapping[str, Callable[[Contact, str], bool]] = {
            "phone": has_phone,
            "email": has_email,
            "ref_id": lambda contact, text: contact.get("refId") == text,
            "ref_code": lambda contact, text: contact.get("refCode") == text,
        }
        params = {name: text for name, text in params.items() if text.strip()}
        if not params:
            raise Refused("param_invalid")
        contacts = self._contacts()
        self._notice(contacts, params.get("phone", ""))
        for name, text in params.items():
            contacts = [entry for entry in contacts if tests[name](entry, text)]
        return contact_item(_newest(contacts)) if contacts else None

    def find(self) -> dict[str, Any]:
        """``POST /api/contacts/list``: one page of what matches keyword and filters."""
        body = read_body(request.get_data(), dict, needed=False)
        check(operations.LIST_CONTACTS.params, body | {"page": None, "size": None})
        page = _page_number(body, "page", 1)
        size = _page_number(body, "size", 50, LARGEST_PAGE)
        contacts = self._contacts()
        keyword = (body.get("keyword") or "").strip()
        if looks_like_phone(keyword):
            self._notice(contacts, keyword)
        if keyword:
            contacts = [entry for entry in contacts if fits_keyword(entry, keyword)]
        for rule in body.get("filters") or []:
            contacts = [entry for entry in contacts if fits_owner(entry, rule["value"])]
        contacts.sort(key=lambda entry: (-age(entry), entry["_id"]))
        return _page([contact_item(entry) for entry in contacts], page, size)

    def details(self, contact_id: str) -> Contact:
        """``GET /api/contacts/details/:id``."""
        return contact_item(self._contact(contact_id))

    def layout(self) -> Any:
        """``GET /api/source_contact_layout/get``."""
        return layout(self._contacts())

    # ---- writes

    def add(self) -> Contact:
        """``POST /api/contacts/add``."""
        body = read_body(request.get_data(), dict)
        check_contact(operations.CONTACT_PARAMS, body)
        return contact_item(self._store_new(body))

    def add_more(self) -> bool:
        """``POST /api/contacts/add-more``: checked now, applied shortly after."""
        bodies = read_body(request.get_data(), list)
        for body in bodies:
            check_contact(operations.CONTACT_PARAMS, body)

        def apply() -> None:
            for body in bodies:
                self._store_new(body)

        self._system.later(apply)
        return True

    def update(self) -> Contact:
        """``POST /api/contacts/update``: changes the given keys only."""
        body = read_body(request.get_data(), dict)
        check_contact(operations.UPDATE_PARAMS, body)
        with self._system.lock:
            contacts = self._contacts()
            wanted = body["refId"]
            matching = [entry for entry in contacts if entry.get("refId") == wanted]
            matching = matching or [
                entry for entry in contacts if entry["_id"] == wanted
            ]
            if not matching:
                raise Refused("contact_not_found")
            contact = _newest(matching)
            _change(contact, body)
            contact["last_updated_date"] = self._now()
            self._collection.put(contact)
        return updated_item(contact)

    def delete(self, contact_id: str) -> bool:
        """``DELETE /api/contacts/delete/:id``."""
        with self._system.lock:
            self._collection.delete(self._contact(contact_id)["_id"])
        return True

    def add_note(self) -> bool:
        """``POST /api/contacts/add-note``: writes all notes, or none."""
        notes = read_body(request.get_data(), list)
        for note in notes:
            check(operations.ADD_NOTE.params, note)
            if not note["content"].strip() or not note["phone"].strip():
                raise Refused("param_invalid")
        with self._system.lock:
            contacts = self._contacts()
            changed = [self._add_note(contacts, note) for note in notes]
            for contact in changed:
                self._collection.put(contact)
        return True

    def _add_note(self, contacts: list[Contact], note: Mapping[str, Any]) -> Contact:
        """Return the contact that a note is about, with the note added."""
        phone = note["phone"]
        self._notice(contacts, phone)
        matching = [entry for entry in contacts if has_phone(entry, phone)]
        if not matching:
            raise Refused("contact_not_found")
        contact = _newest(matching)
        line = {key: note.get(key) for key in ("content", "note_by", "phone")}
        contact.setdefault("interactions", []).append(
            line | {"created_date": self._now()}
        )
        return contact

    # ---- contacts

    def _contacts(self) -> list[Contact]:
        """Return all contacts that are not deleted.

        Contacts of the data file without an id get one when they are first read.
        """
        with self._system.lock:
            stored = self._collection.all()
            if any("_id" not in entry for entry in stored):
                for number, entry in enumerate(stored, 1):
                    entry.setdefault("_id", entry.get("public_id") or f"{number:024x}")
                self._collection.replace(stored)
        contacts = [stored_contact(entry) for entry in stored]
        return [entry for entry in contacts if not entry.get("is_deleted")]

    def _contact(self, contact_id: str) -> Contact:
        for contact in self._contacts():
            if contact["_id"] == contact_id:
                return contact
        raise Refused("contact_not_found")

    def _store_new(self, body: Mapping[str, Any]) -> Contact:
        known = {param.name for param in operations.CONTACT_PARAMS}
        contact = {
            name: value
            for name, value in body.items()
            if name in known and value not in (None, "")
        }
        contact |= {"_id": secrets.token_hex(12), "created_date": self._now()}
        contact["create_by"] = {"name": "sandbox"}
        self._collection.put(contact)
        return stored_contact(contact)

    def _notice(self, contacts: list[Contact], phone: str) -> None:
        """Apply a magic number that no contact has."""
        if phone and not any(has_phone(entry, phone) for entry in contacts):
            self._system.magic_answer(phone)

    def _now(self) -> int:
        return int(self._system.now().timestamp() * 1000)


def _newest(contacts: list[Contact]) -> Contact:
    return max(contacts, key=lambda entry: (age(entry), entry["_id"]))


def _change(contact: Contact, body: Mapping[str, Any]) -> None:
    """Set the keys of an update in the contact, attributes by their code."""
    for param in operations.UPDATE_PARAMS:
        value = body.get(param.name)
        if value is not None and param.name not in ("refId", "dynamic_attributes"):
            contact[param.name] = value
    lines = {line["field_code"]: line for line in contact.get("dynamic_attributes", [])}
    for line in body.get("dynamic_attributes") or []:
        lines[line["field_code"]] = lines.get(line["field_code"], {}) | line
    if lines:
        contact["dynamic_attributes"] = list(lines.values())


# ------------------------------------------------------------------------- pages


def _page_number(
    body: Mapping[str, Any], name: str, default: int, most: int | None = None
) -> int:
    """Return ``page`` or ``size`` from the query, else from the body. Raises
    Refused."""
    number: Any = body.get(name)
    if request.args.get(name, "") != "":
        number = read_integer(request.args[name])
        if number is None:
            raise Refused("param_invalid")
    if number is None:
        return default
    if type(number) is not int or number < 1 or number > (most or number):
        raise Refused("param_invalid")
    return number


def _page(items: list[Contact], page: int, size: int) -> dict[str, Any]:
    pages = -(-len(items) // size)
    return {
        "items": items[(page - 1) * size : page * size],
        "page_number": page,
        "page_size": size,
        "total_items": len(items),
        "total_pages": pages,
        "has_next": page < pages,
        "next_page": min(page + 1, max(pages, 1)),
        "has_previous": page > 1,
        "previous_page": max(page - 1, 1),
        "extension": None,
    }
