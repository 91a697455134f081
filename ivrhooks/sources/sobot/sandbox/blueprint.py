"""Imitates Sobot: its two kinds of tokens and the internal customer query.

As at the vendor, errors have HTTP status 200 and a ``ret_code``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.sandboxkit.system import System
from ivrhooks.sources.sobot.sandbox.customers import find_customers, most_urgent
from ivrhooks.sources.sobot.sandbox.tokens import (
    JWT,
    TOKEN_SECONDS,
    issue_jwt,
    issue_token,
)

MESSAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "900001": ("token不能为空!", "The token is empty."),
        "900002": (
            "token已过期,请重新获取!",
            "The token has expired: fetch a new one.",
        ),
        "900003": ("签名错误!", "The signature is wrong."),
        "900004": (
            "没有找到公司的api配置信息!",
            "The company's API configuration was not found.",
        ),
        "999999": ("未知错误!", "Unknown error."),
    }
)
QUERY_PARAMS = ("id", "tel", "email", "thirdAccountId")


def create_blueprint(system: System) -> Blueprint:
    """Return the routes below ``/sobot``."""
    blueprint = Blueprint("sobot", __name__)
    customers = system.collection("customers")

    @blueprint.get("/api/get_token")
    def get_token() -> Response:
        code, token = issue_token(system, request.args)
        if code:
            return refuse(code)
        item = {"token": token, "expires_in": str(TOKEN_SECONDS)}
        return _envelope("000000", "success", item=item)

    @blueprint.post("/tokens/company")
    def company_token() -> tuple[Response, int]:
        answer = issue_jwt(system, request.get_json(force=True, silent=True))
        return jsonify(answer), answer["code"]

    @blueprint.get("/internal/customer/query")
    def query_customer() -> Response | tuple[Response, int]:
        refusal = _refused_token(system)
        if refusal is not None:
            return refusal
        params = {name: _argument(name) for name in QUERY_PARAMS}
        filters = {name: value for name, value in params.items() if value}
        matching = find_customers(customers.all(), filters, system) if filters else []
        return _envelope("000000", "success", item=most_urgent(matching))

    system.http_error = _http_error
    return blueprint


def _http_error(error: HTTPException) -> Response:
    """Return the envelope for an unknown path or method, with its HTTP status."""
    answer = refuse("999999")
    answer.status_code = error.code or 500
    return answer


def refuse(code: str) -> Response:
    """Return the vendor's error: HTTP 200, a code, and a text in the request's
    language."""
    chinese, english = MESSAGES[code]
    language = request.headers.get("language", "zh").strip().lower()
    return _envelope(code, english if language == "en" else chinese)


def _envelope(code: str, message: str, **more: Any) -> Response:
    return jsonify({"ret_code": code, "ret_msg": message, **more})


def _argument(name: str) -> str:
    """Return a parameter's value; of repeated ones the last counts."""
    values = request.args.getlist(name)
    return values[-1] if values and values[-1].strip() else ""


def _refused_token(system: System) -> Response | tuple[Response, int] | None:
    """Return the error for a missing or invalid token, or None.

    The open platform sends its token in the header ``token``. The voice product sends
    its JWT in ``Authorization``, and a bad one is refused with HTTP 401.
    """
    token = request.headers.get("token", "").strip()
    bearer = request.headers.get("Authorization", "").strip()
    if not token and bearer:
        jwt = bearer[7:].strip() if bearer[:7].lower() == "bearer " else bearer
        return None if _is_good(system, jwt, JWT) else (refuse("900002"), 401)
    if not token:
        return refuse("900001")
    return None if _is_good(system, token, "") else refuse("900002")


def _is_good(system: System, token: str, family: str) -> bool:
    """Return whether a token was issued here and has not expired.

    Where the data file has no credentials, every token is accepted except expired ones
    of ours.
    """
    if system.tokens.check(token, family=family):
        return True
    return system.credentials is None and not system.tokens.known(token)
