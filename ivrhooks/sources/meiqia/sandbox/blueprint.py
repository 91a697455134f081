"""Imitates Meiqia's call centre openapi, as docs/vendors/meiqia.md describes it.

Success is HTTP 200; every error has ``{"error": {"code", "message"}}``. It was written
from the vendor's document, not from the client.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.interface import Field, Operation
from ivrhooks.sources.meiqia import operations
from ivrhooks.sources.meiqia.sandbox.calls import (
    equal_numbers,
    fits,
    read_time,
    shown,
    started,
)
from ivrhooks.sources.sandboxkit.checks import (
    find_problem,
    read_bearer,
    read_body,
    read_integer,
)
from ivrhooks.sources.sandboxkit.system import System

LARGEST_PAGE = 100
LONGEST_USER_DATA = 100
GROUP_FIELDS = (
    Field("id", "int"),
    Field("name"),
    Field("numbers", "list"),
    Field("rule_type", "int"),
)
NUMBER_FIELDS = (Field("name"), Field("number"))

CODES = {
    400: "InvalidArgument",
    401: "Unauthenticated",
    403: "PermissionDenied",
    404: "NotFound",
    405: "Unimplemented",
    409: "AlreadyExists",
    500: "Internal",
}

Document = dict[str, Any]


class Refused(Exception):
    """A refusal by the vendor, with status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def create_blueprint(system: System) -> Blueprint:
    """Return all routes of the openapi."""
    blueprint = Blueprint("meiqia", __name__)
    centre = CallCentre(system)
    handlers: Mapping[Operation, Callable[[], Any]] = {
        operations.LIST_RECORDS: centre.records,
        operations.LIST_SIPS: centre.sips,
        operations.LIST_NUMBER_GROUPS: centre.rule_outnumber_group,
        operations.ASSIGN_NUMBERS: centre.outnumber_group,
        operations.BIND_SIP: centre.sip_bind_agent,
        operations.CALLOUT: centre.callout,
    }
    for operation, handler in handlers.items():
        view = _view(handler)
        blueprint.add_url_rule(
            operation.path, operation.name, view, methods=[operation.method]
        )
    blueprint.before_request(centre.check_bearer)
    blueprint.register_error_handler(Refused, _refusal)
    system.http_error = _http_error
    return blueprint


def _view(handler: Callable[[], Any]) -> Callable[[], Response]:
    return lambda: jsonify(handler())


def _refusal(refused: Refused) -> Response:
    code = CODES.get(refused.status, CODES[500])
    answer = jsonify({"error": {"code": code, "message": refused.message}})
    answer.status_code = refused.status
    return answer


def _http_error(error: HTTPException) -> Response:
    """Return 404, 405 and the like, outside the vendor's own paths."""
    return _refusal(Refused(error.code or 500, str(error.name)))


class CallCentre:
    """One Meiqia account: its agents, lines, numbers and calls."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._agents = system.collection("agents", "id")
        self._sips = system.collection("sips", "sip")
        self._groups = system.collection("groups", "id")
        self._numbers = system.collection("numbers", "number")
        self._records = system.collection("records", "call_uuid")

    def check_bearer(self) -> None:
        """Refuse a request without the account's token; where none is set, any will
        do."""
        token = read_bearer(request.headers.get("Authorization", ""))
        demanded = (self._system.credentials or {}).get("access_token", token)
        if not token or token != demanded:
            raise Refused(401, "access token 无效")

    # ---- reads

    def records(self) -> Document:
        """``POST records``: one page of the calls that match all filters, newest
        first."""
        body = _read_body(operations.LIST_RECORDS, needed=False)
        for name in ("start_time", "end_time"):
            if body.get(name) and read_time(body[name]) is None:
                raise Refused(400, f"{name} must be a date-time (RFC 3339)")
        page = _page_number(body, "page_index", 1)
        size = _page_number(body, "page_size", 20, LARGEST_PAGE)
        records = self._records.all()
        self._notice(records, body.get("customer_phone") or "")
        matching = [record for record in records if fits(record, body)]
        matching.sort(key=started, reverse=True)
        rows = matching[(page - 1) * size : page * size]
        data = [shown(record, operations.RECORD_FIELDS) for record in rows]
        return {"total": len(matching), "data": data}

    def sips(self) -> list[Document]:
        """``GET sips``: the lines of one agent, or only used or only free ones."""
        agent, occupied = request.args.get("agent_id"), request.args.get("occupied")
        lines = self._lines()
        if agent:
            number = read_integer(agent)
            if number is None:
                raise Refused(400, "agent_id must be an integer")
            lines = [line for line in lines if line.get("agent_id") == number]
        if occupied:
            if occupied not in ("y", "n"):
                raise Refused(400, "occupied must be y or n")
            lines = [line for line in lines if line["occupied"] == occupied]
        return [shown(line, operations.LIST_SIPS.fields) for line in lines]

    def rule_outnumber_group(self) -> Document:
        """``GET rule_outnumber_group``: all number groups and all numbers."""
        groups = [
            shown({"numbers": [], "rule_type": 1, **group}, GROUP_FIELDS)
            for group in self._groups.all()
        ]
        for group in groups:
            group["numbers"] = [str(number) for number in group["numbers"]]
        numbers = [shown(number, NUMBER_FIELDS) for number in self._numbers.all()]
        return {"groups": groups, "numbers": numbers}

    # ---- writes

    def outnumber_group(self) -> Document:
        """``POST agent/outnumber_group``: assigns numbers and groups to several
        agents."""
        body = _read_body(operations.ASSIGN_NUMBERS)
        if not body["agent_ids"]:
            raise Refused(400, "agent_ids must not be empty")
        with self._system.lock:
            agents = self._known_agents()
            groups = {group.get("id") for group in self._groups.all()}
            _demand("agent", body["agent_ids"], lambda name: name in agents)
            _demand("group", body["group_ids"], lambda name: name in groups)
            _demand("number", body["numbers"], lambda name: self._number(name))
            assigned = {key: body[key] for key in ("group_ids", "numbers")}
            for agent_id in body["agent_ids"]:
                self._agents.put({"id": agent_id, **agents[agent_id], **assigned})
        return {}

    def sip_bind_agent(self) -> Document:
        """``POST sip_bind_agent``: binds a free line, or one that the agent already
        has."""
        body = _read_body(operations.BIND_SIP)
        if not body["sip"].strip():
            raise Refused(400, "sip is required")
        with self._system.lock:
            agents = self._known_agents()
            line = next(
                (line for line in self._lines() if str(line["sip"]) == body["sip"]),
                None,
            )
            if line is None:
                raise Refused(404, f"sip {body['sip']} not found")
            _demand("agent", [body["agent_id"]], lambda name: name in agents)
            holder = line.get("agent_id") or (line["occupied"] == "y" and "another")
            if holder and holder != body["agent_id"]:
                raise Refused(409, f"sip {body['sip']} is bound to another agent")
            name = agents[body["agent_id"]].get("name")
            line |= {"agent_id": body["agent_id"], "occupied": "y"}
            line["agent_name"] = name or line.get("agent_name")
            self._sips.put(line)
        return {}

    def callout(self) -> Document:
        """``POST callout``: calls the agent's line and stores a record."""
        body = _read_body(operations.CALLOUT)
        if not body["callee"].strip():
            raise Refused(400, "callee is required")
        if len(body.get("user_data") or "") > LONGEST_USER_DATA:
            raise Refused(400, "user_data must be at most 100 characters")
        agent_id = body["agent_id"]
        lines = [line for line in self._lines() if line.get("agent_id") == agent_id]
        if not lines:
            raise Refused(401, "坐席未注册")
        trunk = self._trunk(body)
        call = {
            "agent_id": agent_id,
            "agent_phone": str(lines[0]["sip"]),
            "call_type": "外呼",
            "call_uuid": str(uuid.uuid4()),
            "customer_phone": body["callee"],
            "start_time": self._now(),
            "end_time": self._now(),
            "states": "被叫未接",
            "duration": 0,
            "trunk_number": trunk.get("number"),
            "trunk_number_name": trunk.get("name"),
            "user_data": body.get("user_data"),
        }
        self._records.put(call)
        return {"uuid": call["call_uuid"]}

    # ---- data

    def _lines(self) -> list[Document]:
        """Return the SIP lines, each with ``occupied`` and, where an agent has it, a
        name."""
        names = {agent.get("id"): agent.get("name") for agent in self._agents.all()}
        lines = []
        for line in self._sips.all():
            held = line.get("agent_id") not in (None, 0)
            occupied = line.get("occupied", held)
            line["occupied"] = "y" if occupied in ("y", True) else "n"
            if held and not line.get("agent_name"):
                line["agent_name"] = names.get(line["agent_id"])
            lines.append(line)
        return lines

    def _known_agents(self) -> dict[Any, Document]:
        """Return the agents by id; where the data has none, the agents of the lines."""
        agents = {agent.get("id"): agent for agent in self._agents.all()}
        if not agents:
            for line in self._lines():
                if line.get("agent_id"):
                    agents[line["agent_id"]] = {"name": line.get("agent_name")}
        return agents

    def _number(self, name: str) -> Document | None:
        """Return the displayed number from the numbers, else from a group, or None."""
        for number in self._numbers.all():
            if equal_numbers(number.get("number"), name):
                return number
        for group in self._groups.all():
            for number in group.get("numbers") or []:
                if equal_numbers(number, name):
                    return {"number": number}
        return None

    def _trunk(self, body: Document) -> Document:
        """Return the number to display: the one asked for, else the agent's first, if
        any."""
        name = body.get("trunk_number")
        if name:
            number = self._number(name)
            if number is None:
                raise Refused(404, f"trunk number {name} not found")
            return number
        agent = self._agents.get(body["agent_id"]) or {}
        numbers = agent.get("numbers") or []
        return (self._number(numbers[0]) if numbers else None) or {}

    def _notice(self, records: list[Document], phone: str) -> None:
        """Apply a magic number that no call has."""
        held = (
            equal_numbers(record.get("customer_phone"), phone) for record in records
        )
        if phone and not any(held):
            self._system.magic_answer(phone)

    def _now(self) -> str:
        moment = self._system.now().isoformat(timespec="seconds")
        return moment.replace("+00:00", "Z")


def _demand(what: str, names: list[Any], known: Callable[[Any], Any]) -> None:
    for name in names:
        if not known(name):
            raise Refused(404, f"{what} {name} not found")


# ------------------------------------------------------------------------ bodies


def _read_body(operation: Operation, *, needed: bool = True) -> Document:
    """Return the JSON object of the body, checked by its description. Raises
    Refused."""
    data = request.get_data()
    if not data.strip() and not needed:
        return {}
    try:
        body = read_body(data)
    except ValueError as problem:
        raise Refused(400, f"the body is not JSON: {problem}") from None
    wrong = find_problem(operation.params, body)
    if wrong:
        raise Refused(400, wrong)
    return dict(body)


def _page_number(
    body: Document, name: str, default: int, most: int | None = None
) -> int:
    number = body.get(name)
    if number is None:
        return default
    if number < 1 or number > (most or number):
        raise Refused(400, f"{name} must be from 1 to {most or 'as many as there are'}")
    return int(number)
