"""Describes the operations of Meiqia's call centre: calls, lines and numbers.

The descriptions are used by the client, the sandbox, ``ivrhooks check``, the docs and
the console. The vendor's document has no customer record, only calls.
"""

from __future__ import annotations

from dataclasses import replace

from ivrhooks.sources.interface import Field, Operation, Paging, Param, VendorError

DOCUMENT = "Meiqia call centre openapi"
PREFIX = "/unified-api/call/openapi/ent/v1"

JSON_WANTED = (("Content-Type", "application/json"),)
"""The vendor marks the header as required on GET requests too."""

INVALID = VendorError("InvalidArgument", "a parameter is missing or malformed", 400)
TOKEN_INVALID = VendorError("Unauthenticated", "the access token is not good", 401)
NOT_FOUND = VendorError("NotFound", "no such agent, SIP line, group or number", 404)

RECORD_FIELDS = (
    Field("agent_evaluated", "int", "score given to the agent"),
    Field("agent_id", "int", "the agent"),
    Field("agent_phone", "string", "the agent's calling-seat account", pii="phone"),
    Field("answer_way", "string", "how it was answered", pii="none"),
    Field("call_type", "string", "`外呼` outgoing, `来电` incoming", pii="none"),
    Field("call_uuid", "string", "the call's id", pii="none"),
    Field("customer_attribution", "string", "the customer's region", pii="none"),
    Field("customer_duration", "int", "talk time in seconds"),
    Field("customer_phone", "string", "the customer's number", pii="phone"),
    Field("duration", "int", "whole length in seconds"),
    Field("end_time", "string", "RFC 3339", pii="none"),
    Field("hangup_disposition", "string", "who hung up", pii="none"),
    Field("queue_wait_time", "int", "seconds in the queue"),
    Field("record_path", "string", "the recording", pii="text"),
    Field("start_time", "string", "RFC 3339", pii="none"),
    Field(
        "states",
        "string",
        "one state: `主叫未接`, `被叫未接`, `接听` (outgoing); "
        "`ivr`, `队列放弃`, `振铃未接`, `接听` (incoming)",
        pii="none",
    ),
    Field("trunk_number", "string", "the trunk number", pii="none"),
    Field("trunk_number_name", "string", "its alias", pii="none"),
    Field("wait_time", "int", "seconds until the answer"),
    Field("user_data", "string", "your own text, given at callout", pii="text"),
)

LIST_RECORDS = Operation(
    kind="meiqia",
    name="list_records",
    method="POST",
    path=f"{PREFIX}/records",
    summary="Lists calls, page by page; in which order the vendor does not say.",
    reference=f"{DOCUMENT}, POST records",
    params=(
        Param("agent_id", "int", False, "body", "calls of this agent"),
        Param("agent_ids", "list", False, "body", "or of these", of="int"),
        Param(
            "call_types",
            "list",
            False,
            "body",
            "`外呼`, `来电`",
            of="string",
            pii="none",
        ),
        Param("call_uuid", "string", False, "body", "the call's id", pii="none"),
        Param(
            "customer_phone",
            "string",
            False,
            "body",
            "the customer's number",
            pii="phone",
        ),
        Param(
            "start_time",
            "string",
            False,
            "body",
            "started at or after (RFC 3339)",
            pii="none",
        ),
        Param(
            "end_time",
            "string",
            False,
            "body",
            "ended at or before (RFC 3339)",
            pii="none",
        ),
        Param("page_index", "int", False, "body", "counts from 1, the default"),
        Param("page_size", "int", False, "body", "1 to 100, default 20"),
        Param(
            "states",
            "list",
            False,
            "body",
            "any of these states",
            of="string",
            pii="none",
        ),
        Param("trunk_number", "string", False, "body", "the trunk number", pii="none"),
    ),
    fields=(
        Field("total", "int", "all calls that match"),
        Field("data", "list", "the calls of this page"),
        *(replace(field, name=f"data.{field.name}") for field in RECORD_FIELDS),
    ),
    entries="data",
    paging=Paging("page_index", "page_size", 1, 20),
    errors=(INVALID, TOKEN_INVALID),
)

LIST_SIPS = Operation(
    kind="meiqia",
    name="list_sips",
    method="GET",
    path=f"{PREFIX}/sips",
    summary="Lists SIP lines: whose they are and whether they are taken.",
    reference=f"{DOCUMENT}, GET sips",
    params=(
        Param("agent_id", "int", False, "query", "lines of this agent"),
        Param(
            "occupied",
            "string",
            False,
            "query",
            "`y` taken, `n` free",
            values=("y", "n"),
            pii="none",
        ),
    ),
    fields=(
        Field("agent_id", "int", "the agent the line is bound to"),
        Field("agent_name", "string", pii="name"),
        Field("expiration_at", "string", "RFC 3339", pii="none"),
        Field("occupied", "string", "`y` or `n`", pii="none"),
        Field("password", "string", "in clear: taken out of every result", secret=True),
        Field("sip", "string", "the SIP number", pii="none"),
    ),
    entries="",
    errors=(INVALID, TOKEN_INVALID),
    headers=JSON_WANTED,
)

LIST_NUMBER_GROUPS = Operation(
    kind="meiqia",
    name="list_number_groups",
    method="GET",
    path=f"{PREFIX}/rule_outnumber_group",
    summary="Lists the numbers that can be displayed, and their groups.",
    reference=f"{DOCUMENT}, GET rule_outnumber_group",
    fields=(
        Field("groups", "list", "the number groups"),
        Field("groups.id", "int"),
        Field("groups.name", "string", pii="none"),
        Field("groups.numbers", "list", pii="none"),
        Field("groups.rule_type", "int", "1 by region, 2 at random"),
        Field("numbers", "list", "the numbers"),
        Field("numbers.name", "string", "the number's alias", pii="none"),
        Field("numbers.number", "string", pii="none"),
    ),
    errors=(TOKEN_INVALID,),
    headers=JSON_WANTED,
)

ASSIGN_NUMBERS = Operation(
    kind="meiqia",
    name="assign_numbers",
    method="POST",
    path=f"{PREFIX}/agent/outnumber_group",
    summary="Gives agents the numbers and groups they may display.",
    reference=f"{DOCUMENT}, POST agent/outnumber_group",
    params=(
        Param("agent_ids", "list", True, "body", "the agents, at least one", of="int"),
        Param("group_ids", "list", True, "body", "groups; may be empty", of="int"),
        Param("numbers", "list", True, "body", "numbers; may be empty", of="string"),
    ),
    errors=(INVALID, TOKEN_INVALID, NOT_FOUND),
    write=True,
)

BIND_SIP = Operation(
    kind="meiqia",
    name="bind_sip",
    method="POST",
    path=f"{PREFIX}/sip_bind_agent",
    summary="Binds a SIP line to an agent.",
    reference=f"{DOCUMENT}, POST sip_bind_agent",
    params=(
        Param("agent_id", "int", True, "body", "the agent"),
        Param("sip", "string", True, "body", "the SIP number", pii="none"),
    ),
    errors=(
        INVALID,
        TOKEN_INVALID,
        NOT_FOUND,
        VendorError("AlreadyExists", "the line is held by another agent", 409),
    ),
    write=True,
)

CALLOUT = Operation(
    kind="meiqia",
    name="callout",
    method="POST",
    path=f"{PREFIX}/callout",
    summary="Rings the agent and then the customer.",
    reference=f"{DOCUMENT}, POST callout",
    params=(
        Param("agent_id", "int", True, "body", "the agent"),
        Param("callee", "string", True, "body", "the customer's number", pii="phone"),
        Param(
            "trunk_number", "string", False, "body", "the number displayed", pii="none"
        ),
        Param(
            "user_data",
            "string",
            False,
            "body",
            "your own text, 100 characters",
            pii="text",
        ),
    ),
    fields=(Field("uuid", "string", "the call record's id", pii="none"),),
    errors=(
        INVALID,
        VendorError("Unauthenticated", "token not good, or 坐席未注册: no line", 401),
        NOT_FOUND,
    ),
    write=True,
    key_param="user_data",
)

OPERATIONS = (
    LIST_RECORDS,
    LIST_SIPS,
    LIST_NUMBER_GROUPS,
    ASSIGN_NUMBERS,
    BIND_SIP,
    CALLOUT,
)
