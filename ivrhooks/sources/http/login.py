"""Compiles ``auth: login:`` of kind http: how a session token is fetched and sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivrhooks.basics.plain_texts import plain_texts
from ivrhooks.sources.http.answers import NAMES
from ivrhooks.sources.http.operations import METHODS
from ivrhooks.sources.http.settings import Login, LoginSchema
from ivrhooks.sources.kind import Section

DEFAULT_LIFE = 3600.0  # seconds, where `expires` is left out

_REQUEST_KEYS = (
    "method",
    "path",
    "query",
    "headers",
    "json",
    "form",
    "body",
    "content_type",
)


def compile_login(section: Section) -> Login | None:
    """Return the log-in of ``auth:``, or None. Its shape is already checked."""
    auth = section.get("auth")
    login = auth.get("login") if isinstance(auth, Mapping) else None
    if not isinstance(login, Mapping) or LoginSchema().validate(dict(login)):
        return None
    place = "header" if "header" in login else "query"
    sent = login[place]
    request = _request(section, login["request"])
    expires = _expires(section, login.get("expires"))
    if request is None or expires is None:
        return None
    expired = login.get("expired")
    at = ("auth", "login")
    return Login(
        request=request,
        token=section.template(login["token"], NAMES, *at, "token"),
        value=section.template(sent["value"], ("token",), *at, place, "value"),
        name=str(sent["name"]),
        place=place,
        expires=expires,
        expired=None
        if expired is None
        else section.template(expired, NAMES, *at, "expired"),
    )


def _request(section: Section, login: Mapping[str, Any]) -> Mapping[str, Any] | None:
    at = ("auth", "login", "request")
    unknown = [key for key in login if key not in _REQUEST_KEYS]
    for key in unknown:
        section.error(*at, str(key), message=_unknown_key(key), key=True)
    good = not unknown
    path = login.get("path")
    is_path = path is None and not good  # the unknown part may be the path
    if not is_path and (not isinstance(path, str) or not path.startswith("/")):
        section.error(*at, message="write its path, which begins with /: path: /login")
        good = False
    method = str(login.get("method", "POST")).upper()
    if method not in METHODS:
        section.error(*at, "method", message=f"write {', '.join(METHODS)}")
        good = False
    for key in ("query", "headers", "form"):
        if login.get(key) is not None and not isinstance(login[key], Mapping):
            section.error(*at, key, message="write a mapping: {name: value}")
            good = False
    return {**plain_texts(login), "method": method} if good else None


def _unknown_key(key: object) -> str:
    write = "known here: " + ", ".join(_REQUEST_KEYS)
    if key in ("url", "uri", "endpoint"):
        write = "write `path`"
    return f"unknown key `{key}`; {write}"


def _expires(section: Section, value: Any) -> float | None:
    if value is None:
        return DEFAULT_LIFE
    seconds = section.seconds(value)
    if seconds is None:
        section.error(
            "auth", "login", "expires", message="write how long it lasts: 30m"
        )
    return seconds
