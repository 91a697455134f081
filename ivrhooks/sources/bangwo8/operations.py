"""Describes the operations of Bangwo8 companies v1, for client and sandbox.

Reference: "Bangwo8 companies v1", docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from dataclasses import replace

from ivrhooks.sources.interface import Field, Operation, Paging, Param, VendorError

KIND = "bangwo8"
DOCUMENT = "Bangwo8 companies v1"
PAGE_SIZE = 100
SECRET_HELP = "in clear: taken out of every result"  # noqa: S105 - says, is no secret
ASSET_TABLE_PATH = "/osp2016/SDK/Tables/ticketAssetTable.php"

BAD_PARAMETER = VendorError("100001", "a parameter is missing or cannot be read", 400)
UNAUTHORIZED = VendorError("100002", "the credentials are not good", 401)
NO_SUCH = VendorError("100047", "Invalid resource URI: no such company", 404)
INTERNAL = VendorError("100500", "the system failed", 500)
COMMON_ERRORS = (BAD_PARAMETER, UNAUTHORIZED, INTERNAL)

CUSTOM_FIELD = (
    Param(
        "key",
        required=True,
        place="body",
        help="the custom field's own name",
        pii="none",
    ),
    Param("value", "any", place="body", help="text; a list of texts for a cascade"),
)

WRITABLE = (
    Param("companyName", place="body", help="name; always has a value", pii="name"),
    Param(
        "servicestarttime",
        place="body",
        help="start of service, 2012-01-01",
        pii="none",
    ),
    Param(
        "serviceendtime", place="body", help="end of service, 2012-01-01", pii="none"
    ),
    Param("userURL", place="body", help="web site", pii="text"),
    Param("serveNote", place="body", help="note", pii="text"),
    Param("serviceCharge", place="body", help="balance of service fees", pii="none"),
    Param("serviceaccount", place="body", help="service account", pii="id"),
    Param("servicepassword", place="body", help="service password"),
    Param("address", place="body", help="address", pii="name"),
    Param(
        "custom_fields",
        "list",
        place="body",
        help="list of {key, value}",
        items=CUSTOM_FIELD,
    ),
    Param("userGroup", "int", place="body", help="group (2B mode only); 0 is none"),
    Param("tableName", place="body", help="tags, separated by commas", pii="none"),
    Param("province", place="body", help="first part of the region", pii="none"),
    Param("city", place="body", help="second part of the region", pii="none"),
    Param("status", "int", place="body", help="1 not deleted, 2 deleted"),
    Param(
        "service_groupid",
        place="body",
        help="agent groups, separated by commas",
        pii="none",
    ),
)

ID = Param(
    "id", "int", required=True, place="path", help="uId of the company", pii="id"
)
DE_STAT = Param("deStat", "int", values=("0", "1"), help="0 not deleted, 1 all")
STATE_DATES = ("solveDT", "waitDT", "openDT", "closeDT")
PAGE = Param("page", "int", help="page, from 1")

DATES = (
    Field("servicestarttime", help="0000-00-00 or empty: not set", pii="none"),
    Field("serviceendtime", help="0000-00-00 or empty: not set", pii="none"),
)

# The document's examples of list and detail: every scalar is text, also uId.
DETAIL_FIELDS = (
    Field(
        "uId",
        help="company id; text here, a number in search and after a write",
        pii="id",
    ),
    Field("companyName", pii="name"),
    Field("province", pii="none"),
    Field("city", pii="none"),
    Field("supportId", help="id of the agent responsible", pii="id"),
    *DATES,
    Field("serviceCharge", help="balance of service fees", pii="none"),
    Field("serviceaccount", pii="id"),
    Field("servicepassword", help=SECRET_HELP, secret=True),
    Field("address", pii="name"),
    Field("multiServiceList", pii="text"),
    Field("service_groupid", help="agent groups, separated by commas", pii="none"),
    Field("createDT", pii="none"),
    Field("updateDT", pii="none"),
    Field("tableName", help="tags, separated by commas", pii="none"),
    Field("custom_fields", "list", "list of {key, value}: | field('field_1')"),
    Field("userGroup", pii="none"),
)

# The document's table: what create, update and show_many answer.
WRITTEN_FIELDS = (
    Field("uId", "int", "company id", pii="id"),
    Field("url", help="address of the resource", pii="text"),
    Field("companyName", pii="name"),
    Field("supportId", "int", "id of the agent responsible", pii="id"),
    *DATES,
    Field("userURL", pii="text"),
    Field("serveNote", pii="text"),
    Field("serviceCharge", pii="none"),
    Field("serviceaccount", pii="id"),
    Field("servicepassword", help=SECRET_HELP, secret=True),
    Field("address", pii="name"),
    Field("createDT", pii="none"),
    Field("updateDT", pii="none"),
    Field("custom_fields", "list", "list of {key, value}: | field('field_1')"),
    Field("userGroup", "int"),
    Field("tableName", help="tags, separated by commas", pii="none"),
    Field("province", pii="none"),
    Field("city", pii="none"),
    Field("status", "int", "1 not deleted, 2 deleted"),
    Field("service_groupid", help="agent groups, separated by commas", pii="none"),
)

PAGE_FIELDS = (
    Field("count", "int", "all matches, not those of this page"),
    Field("next_page", help="link, or null; pages are asked by number", pii="text"),
    Field("previous_page", help="link, or null", pii="text"),
)


def _entries(key: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    nested = tuple(replace(field, name=f"{key}.{field.name}") for field in fields)
    return (Field(key, "list", "the companies"), *nested)


SEARCH_COMPANIES = Operation(
    kind=KIND,
    name="search_companies",
    method="GET",
    path="/api/v1/companies/search.json",
    summary="Finds companies by name, service account or a custom field.",
    reference=f"{DOCUMENT}, GET /api/v1/companies/search.json",
    params=(
        Param(
            "query",
            required=True,
            help="companyName:x (contains), serviceaccount:x (exact), field_1:x "
            "(contains), then, after a blank, createDT>=2017-07-01; no blanks in "
            "values",
            pii="text",
        ),
        DE_STAT,
        Param(
            "sort_by",
            values=("createDT", "updateDT"),
            help="default createDT",
            pii="none",
        ),
        Param("sort_order", values=("asc", "desc"), help="default desc", pii="none"),
        PAGE,
    ),
    fields=(
        *_entries(
            "results",
            (
                Field("companyName", pii="name"),
                Field("createDT", pii="none"),
                Field("updateDT", pii="none"),
                Field(
                    "uId",
                    "int",
                    "ask get_company with it for the custom fields",
                    pii="id",
                ),
                Field("url", pii="text"),
            ),
        ),
        *PAGE_FIELDS,
    ),
    entries="results",
    paging=Paging("page", None, 1, PAGE_SIZE),
    errors=COMMON_ERRORS,
)

LIST_COMPANIES = Operation(
    kind=KIND,
    name="list_companies",
    method="GET",
    path="/api/v1/companies.json",
    summary="Lists companies, by the days of their creation or change.",
    reference=f"{DOCUMENT}, GET /api/v1/companies.json",
    params=(
        Param(
            "created_start", help="created on this day or later, 2012-01-01", pii="none"
        ),
        Param("created_end", help="created on this day or earlier", pii="none"),
        Param("updated_start", help="changed on this day or later", pii="none"),
        Param("updated_end", help="changed on this day or earlier", pii="none"),
        Param("created_order", values=("asc", "desc"), help="order by creation"),
        Param("updated_order", values=("asc", "desc"), help="order by change"),
        DE_STAT,
        PAGE,
        Param("per_page", "int", help="page size, default 100"),
    ),
    fields=(
        *_entries(
            "companies",
            (
                *(field for field in DETAIL_FIELDS if field.name != "service_groupid"),
                *(Field(name, pii="none") for name in STATE_DATES),
            ),
        ),
        *PAGE_FIELDS,
    ),
    entries="companies",
    paging=Paging("page", "per_page", 1, PAGE_SIZE),
    errors=COMMON_ERRORS,
)

GET_COMPANY = Operation(
    kind=KIND,
    name="get_company",
    method="GET",
    path="/api/v1/companies/{id}.json",
    summary="One company with its custom fields.",
    reference=f"{DOCUMENT}, GET /api/v1/companies/{{id}}.json",
    params=(ID,),
    fields=DETAIL_FIELDS,
    free_fields=True,
    errors=(*COMMON_ERRORS, NO_SUCH),
)

SHOW_MANY = Operation(
    kind=KIND,
    name="show_many",
    method="GET",
    path="/api/v1/companies/show_many.json",
    summary="Several companies by their ids; unknown ids are left out.",
    reference=f"{DOCUMENT}, GET /api/v1/companies/show_many.json?ids={{ids}}",
    params=(
        Param("ids", "list", required=True, help="a list, or text with commas: 1,2,3"),
    ),
    fields=_entries("companies", WRITTEN_FIELDS),
    entries="companies",
    errors=COMMON_ERRORS,
)

ASSET_ROWS = Operation(
    kind=KIND,
    name="asset_rows",
    method="GET",
    path=ASSET_TABLE_PATH,
    summary="The rows of an asset table, filtered as the pop-up page filters them.",
    reference=f"{DOCUMENT}, external extension ticketAssetTable.php; "
    "the JSON answer is ours",
    params=(
        Param("tableId", "int", help="id of the table"),
        Param(
            "tableName", help="unique name of the table; wins over tableId", pii="none"
        ),
        Param(
            "cPara",
            required=True,
            help="asset field:company field, separated by commas; _id is the asset's "
            "id: asset_field_1:company_price,_id:company_x",
        ),
        Param(
            "filter",
            help="field:value (contains), or ownerType:company,owner:101; absent or "
            "empty: all rows",
        ),
        Param("display", help="columns of the page; the JSON rows have all fields"),
        Param("company", help="uId that stands for {{company.companyId}} in filter"),
        Param("user", help="cId that stands for {{user.cId}} in filter"),
    ),
    needs_one_of=("tableId", "tableName"),
    fields=(
        Field("tableId", "int"),
        Field("tableName", pii="none"),
        Field("fields", "list", "names of the table's fields"),
        Field("rows", "list", "{_id, ownerType, owner, and the table's fields}"),
        Field("rows._id", pii="id"),
        Field("rows.ownerType", help="contacter or company", pii="none"),
        Field("rows.owner", help="id of the contact or company", pii="id"),
    ),
    free_fields=True,
    entries="rows",
    errors=COMMON_ERRORS,
)

CREATE_COMPANY = Operation(
    kind=KIND,
    name="create_company",
    method="POST",
    path="/api/v1/companies.json",
    summary="Creates a company; companyName must have a value.",
    reference=f"{DOCUMENT}, POST /api/v1/companies.json",
    params=(
        Param(
            "companyName",
            required=True,
            place="body",
            help=WRITABLE[0].help,
            pii="name",
        ),
        *WRITABLE[1:],
    ),
    fields=WRITTEN_FIELDS,
    free_fields=True,
    errors=COMMON_ERRORS,
    write=True,
    body_wrapper="company",
)

UPDATE_COMPANY = Operation(
    kind=KIND,
    name="update_company",
    method="PUT",
    path="/api/v1/companies/{id}.json",
    summary="Changes the named fields of a company; custom fields one by one.",
    reference=f"{DOCUMENT}, PUT /api/v1/companies/{{id}}.json",
    params=(ID, *WRITABLE),
    fields=WRITTEN_FIELDS,
    free_fields=True,
    errors=(*COMMON_ERRORS, NO_SUCH),
    write=True,
    body_wrapper="company",
)

OPERATIONS: tuple[Operation, ...] = (
    SEARCH_COMPANIES,
    LIST_COMPANIES,
    GET_COMPANY,
    SHOW_MANY,
    ASSET_ROWS,
    CREATE_COMPANY,
    UPDATE_COMPANY,
)
