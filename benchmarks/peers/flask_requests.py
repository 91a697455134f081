"""The endpoints by hand with Flask and requests, for gunicorn's thread workers."""

from __future__ import annotations

import os
import re
import threading
from typing import Any

import requests
from cachetools import TTLCache
from flask import Flask, jsonify, request

UPSTREAM = os.environ["UPSTREAM"]
DEADLINE = 0.9
TEL = re.compile(r"\+?[0-9]{5,15}").fullmatch
DEFAULTS = {"isVip": 0, "vipLevel": "", "userLabel": "", "isblack": 0}

app = Flask(__name__)
app.json.sort_keys = False
local = threading.local()
cached: TTLCache[str, dict[str, Any]] = TTLCache(10_000, 60)
lock = threading.Lock()


def session() -> requests.Session:
    """Each thread's own: a session is not safe for two."""
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.trust_env = False
    return local.session


def outputs(customer: Any) -> dict[str, Any]:
    if not isinstance(customer, dict):
        return dict(DEFAULTS)
    answer = {}
    for name, default in DEFAULTS.items():
        try:
            value = customer.get(name)
            answer[name] = default if value is None else type(default)(value)
        except (TypeError, ValueError):
            answer[name] = default
    return answer


def ask(path: str, tel: str) -> dict[str, Any] | None:
    try:
        reply = session().get(
            f"{UPSTREAM}{path}/customer", params={"tel": tel}, timeout=DEADLINE
        )
        return outputs(reply.json()) if reply.status_code == 200 else None
    except (requests.RequestException, ValueError):
        return None


def look(path: str, *, keeps: bool = False) -> Any:
    tel = request.args.get("tel", "")
    if not TEL(tel):
        return jsonify(error="tel: send 5 to 15 digits", **DEFAULTS), 400
    if keeps:
        with lock:
            found = cached.get(tel)
        if found is not None:
            return jsonify(found)
    answer = ask(path, tel)
    if answer is not None and keeps:
        with lock:
            cached[tel] = answer
    return jsonify(DEFAULTS if answer is None else answer)


@app.post("/mock")
def mock() -> Any:
    level, city = request.form.get("level", ""), request.form.get("city", "")
    if not level.isdigit() or not city:
        return jsonify(error="send level and city", queue="normal", greeting=""), 400
    vip = int(level) == 3
    if vip:
        return jsonify(queue="vip", greeting="hello")
    return jsonify(queue="normal", greeting="hello")


@app.get("/lookup")
def lookup() -> Any:
    return look("")


@app.get("/slow")
def slow() -> Any:
    return look("/slow")


@app.get("/cached")
def kept() -> Any:
    return look("/slow", keeps=True)
