"""Describes the operations of OMICRM's contacts API version 1.

The descriptions are used by the client, the sandbox, ``ivrhooks check``, the docs and
the console. Names and misspellings (``more_infomation``) are the vendor's.
"""

from __future__ import annotations

from dataclasses import replace

from ivrhooks.sources.interface import Field, Operation, Paging, Param, VendorError

DOCUMENT = "OMICRM contacts v1"

TOKEN_INVALID = VendorError(
    "access_token_invalid", "the access token is missing, wrong or expired", 401
)
PARAM_INVALID = VendorError("param_invalid", "a parameter is missing or malformed")
BODY_REQUIRED = VendorError("request_body_required", "the request has no body")
NOT_FOUND = VendorError("contact_not_found", "there is no such contact")


def _text(name: str, what: str, pii: str, *, required: bool = False) -> Param:
    """Return a text parameter in the body of a request."""
    return Param(name, "string", required, "body", what, pii=pii)


CONTACT_FIELDS = (
    Field("_id", "string", "the contact's id", pii="id"),
    Field("public_id", "string", "the same id under its other name", pii="id"),
    Field("ref_id", "string", "id on the partner's side", pii="id"),
    Field("ref_code", "string", "code on the partner's side", pii="id"),
    Field("user_owner_email", "string", "the agent in charge", pii="email"),
    Field("create_by", "object", "who made it: `{name}`, or null", pii="name"),
    Field(
        "last_update_by",
        "object",
        "who changed it last, or null",
        pii="name",
    ),
    Field("created_date", "int", "milliseconds since 1970"),
    Field("last_updated_date", "int", "milliseconds since 1970"),
    Field("contact_type", "string", "`contact`", pii="none"),
    Field("tags_view", "list", "tags as the desk shows them, or null"),
    Field("is_deleted", "bool"),
    Field("tags", "list", "tags, the place for VIP or blacklist"),
    Field(
        "attribute_structure",
        "list",
        "`{identify, field_code, field_type, value: [{display_value, data_type, "
        "value_type}]}`; read one with the filter `field('full_name')`",
    ),
)


CODE_KINDS = (
    ("full_name", "name"),
    ("phone_number", "phone"),
    ("mail", "email"),
    ("address", "name"),
    ("passport", "id"),
    ("birthday", "id"),
    ("ref_id", "id"),
    ("gender", "none"),
)
"""Personal-data kinds of the values beside a `field_code` of `attribute_structure`."""

PAGE_FIELDS = (
    Field("items", "list", "the contacts of this page"),
    Field("page_number", "int", "counts from 1"),
    Field("page_size", "int"),
    Field("total_items", "int"),
    Field("total_pages", "int"),
    Field("has_next", "bool"),
    Field("next_page", "int", "on the last page: that page"),
    Field("has_previous", "bool"),
    Field("previous_page", "int", "on page 1: 1"),
    Field("extension", "any"),
)


def _reachable(what: str) -> tuple[Param, ...]:
    """Return the keys of one telephone number or e-mail address of a contact."""
    return (
        Param("data", "string", True, "body", what),
        _text("type", "`home`, `personal` or `office`", "none"),
        _text("valueType", "`Nhà`, `Cá nhân` or `Công ty`", "none"),
    )


FULL_NAME = _text("fullName", "first name and family name", "name", required=True)
PHONES = Param(
    "phones",
    "list",
    True,
    "body",
    "numbers",
    items=_reachable("the number"),
    pii="phone",
)
EMAILS = Param(
    "emails",
    "list",
    False,
    "body",
    "addresses",
    items=_reachable("the address"),
    pii="email",
)
TAGS = Param("tags", "list", False, "body", "tags", of="string")
MORE = Param(
    "more_infomation",
    "list",
    False,
    "body",
    "custom fields (the vendor's spelling)",
    items=(
        _text("value_type", "the custom field's name", "none"),
        Param("display_value", "string", False, "body", "its value"),
    ),
)
OWNER = _text("user_owner_email", "the agent in charge", "email")
NOTE = _text("note", "a note about the contact", "text")
PASSPORT = _text("passport", "passport or identity card", "id")
ADDRESS = _text("address", "postal address", "name")
BIRTHDAY = _text("birthday", "`dd/MM/yyyy`", "id")
GENDER = Param(
    "gender",
    "string",
    False,
    "body",
    "",
    values=("other", "male", "female"),
    pii="none",
)

CONTACT_PARAMS = (
    FULL_NAME,
    PHONES,
    EMAILS,
    TAGS,
    MORE,
    OWNER,
    _text("refId", "id on the partner's side", "id"),
    _text("refCode", "code on the partner's side", "id"),
    _text("job_title", "profession or position", "text"),
    NOTE,
    PASSPORT,
    ADDRESS,
    BIRTHDAY,
    GENDER,
)

UPDATE_PARAMS = (
    _text(
        "refId", "id on the partner's side, or the contact's id", "id", required=True
    ),
    _text("fullName", FULL_NAME.help, "name"),
    Param(
        "phones", "list", False, "body", PHONES.help, items=PHONES.items, pii="phone"
    ),
    EMAILS,
    TAGS,
    MORE,
    OWNER,
    NOTE,
    PASSPORT,
    ADDRESS,
    BIRTHDAY,
    GENDER,
    Param(
        "dynamic_attributes",
        "list",
        False,
        "body",
        "attributes of the account's own layout",
        items=(
            _text("field_code", "the attribute's code", "none", required=True),
            _text("field_type", "`single_text`, …", "none"),
            Param(
                "dynamic_attribute_value",
                "list",
                False,
                "body",
                "its values",
                items=(Param("display_value", "string", False, "body", "a value"),),
            ),
        ),
    ),
)

CONTACT_ID = Param("id", "string", True, "path", "the contact's id (`_id`)", pii="id")

GET_CONTACT = Operation(
    kind="omicrm",
    name="get_contact",
    method="GET",
    path="/api/contacts/get",
    summary="Finds one contact by telephone number, e-mail address or partner's id.",
    reference=f"{DOCUMENT}, GET /api/contacts/get",
    params=(
        Param("phone", "string", False, "query", "telephone number", pii="phone"),
        Param("email", "string", False, "query", "e-mail address", pii="email"),
        Param("ref_id", "string", False, "query", "id on the partner's side", pii="id"),
        Param(
            "ref_code", "string", False, "query", "code on the partner's side", pii="id"
        ),
    ),
    needs_one_of=("phone", "email", "ref_id", "ref_code"),
    fields=CONTACT_FIELDS,
    pair_kinds=CODE_KINDS,
    pick="risk_first",
    errors=(TOKEN_INVALID, PARAM_INVALID),
)

LIST_CONTACTS = Operation(
    kind="omicrm",
    name="list_contacts",
    method="POST",
    path="/api/contacts/list",
    summary="Searches contacts by keyword and by the agent in charge, page by page.",
    reference=f"{DOCUMENT}, POST /api/contacts/list",
    params=(
        Param("page", "int", False, "query", "counts from 1, which is the default"),
        Param("size", "int", False, "query", "1 to 500, default 50"),
        _text("keyword", "a telephone number, address or name", "text"),
        Param(
            "filters",
            "list",
            False,
            "body",
            "all must hold",
            items=(
                Param(
                    "field_code",
                    "string",
                    True,
                    "body",
                    "`contact_owner`: the agent in charge",
                    values=("contact_owner",),
                    pii="none",
                ),
                Param(
                    "value",
                    "list",
                    True,
                    "body",
                    "`unassigned` or agents' e-mail addresses; one must fit",
                    of="string",
                ),
            ),
        ),
    ),
    fields=PAGE_FIELDS
    + tuple(replace(field, name=f"items.{field.name}") for field in CONTACT_FIELDS),
    pair_kinds=CODE_KINDS,
    entries="items",
    paging=Paging("page", "size", 1, 50),
    errors=(TOKEN_INVALID, PARAM_INVALID),
)

CONTACT_DETAILS = Operation(
    kind="omicrm",
    name="contact_details",
    method="GET",
    path="/api/contacts/details/{id}",
    summary="Reads one contact by its id.",
    reference=f"{DOCUMENT}, GET /api/contacts/details/:id",
    params=(CONTACT_ID,),
    fields=CONTACT_FIELDS,
    pair_kinds=CODE_KINDS,
    errors=(TOKEN_INVALID, NOT_FOUND),
)

CONTACT_LAYOUT = Operation(
    kind="omicrm",
    name="contact_layout",
    method="GET",
    path="/api/source_contact_layout/get",
    summary="Lists the attributes that contacts of this account can have.",
    reference=f"{DOCUMENT}, GET /api/source_contact_layout/get",
    fields=(
        Field("field_code", "string", "the attribute's code", pii="none"),
        Field("field_type", "string", "`single_text`, `phone`, …", pii="none"),
        Field("display_name", "string", "as the desk shows it", pii="none"),
        Field("required", "bool"),
        Field("options", "list", "the values to choose from", pii="none"),
    ),
    entries="",
    errors=(TOKEN_INVALID,),
)

ADD_CONTACT = Operation(
    kind="omicrm",
    name="add_contact",
    method="POST",
    path="/api/contacts/add",
    summary="Makes a contact.",
    reference=f"{DOCUMENT}, POST /api/contacts/add",
    params=CONTACT_PARAMS,
    fields=CONTACT_FIELDS,
    pair_kinds=CODE_KINDS,
    errors=(TOKEN_INVALID, BODY_REQUIRED, PARAM_INVALID),
    write=True,
)

ADD_CONTACTS = Operation(
    kind="omicrm",
    name="add_contacts",
    method="POST",
    path="/api/contacts/add-more",
    summary="Makes many contacts; the vendor applies them a moment later.",
    reference=f"{DOCUMENT}, POST /api/contacts/add-more",
    params=CONTACT_PARAMS,
    list_params=True,
    errors=(TOKEN_INVALID, BODY_REQUIRED, PARAM_INVALID),
    write=True,
)

UPDATE_CONTACT = Operation(
    kind="omicrm",
    name="update_contact",
    method="POST",
    path="/api/contacts/update",
    summary="Changes the given fields of a contact and leaves the others.",
    reference=f"{DOCUMENT}, POST /api/contacts/update",
    params=UPDATE_PARAMS,
    fields=(
        Field("publicId", "string", "the contact's id", pii="id"),
        Field("fullName", pii="name"),
        Field("displayName", pii="name"),
        Field("gender", pii="none"),
        Field("passport", pii="id"),
        Field("address", pii="name"),
        Field("note", pii="text"),
        Field("emails", "list", pii="email"),
        Field("phones", "list", pii="phone"),
        Field("contactType", pii="none"),
    ),
    errors=(TOKEN_INVALID, BODY_REQUIRED, PARAM_INVALID, NOT_FOUND),
    write=True,
)

DELETE_CONTACT = Operation(
    kind="omicrm",
    name="delete_contact",
    method="DELETE",
    path="/api/contacts/delete/{id}",
    summary="Deletes a contact.",
    reference=f"{DOCUMENT}, DELETE /api/contacts/delete/:id",
    params=(CONTACT_ID,),
    errors=(TOKEN_INVALID, NOT_FOUND),
    write=True,
    headers=(("Content-Type", "application/json"),),
)

ADD_NOTE = Operation(
    kind="omicrm",
    name="add_note",
    method="POST",
    path="/api/contacts/add-note",
    summary="Writes notes into the history of contacts, all of them or none.",
    reference=f"{DOCUMENT}, POST /api/contacts/add-note",
    params=(
        _text("note_by", "the agent's e-mail address", "email"),
        _text("content", "the note", "text", required=True),
        _text("phone", "the contact's telephone number", "phone", required=True),
    ),
    list_params=True,
    errors=(TOKEN_INVALID, BODY_REQUIRED, PARAM_INVALID, NOT_FOUND),
    write=True,
)

OPERATIONS = (
    GET_CONTACT,
    LIST_CONTACTS,
    CONTACT_DETAILS,
    CONTACT_LAYOUT,
    ADD_CONTACT,
    ADD_CONTACTS,
    UPDATE_CONTACT,
    DELETE_CONTACT,
    ADD_NOTE,
)
