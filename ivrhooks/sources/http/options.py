"""Compiles the keys of a source of kind http to options, and of ``request:`` to
rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from jmespath.exceptions import JMESPathError

from ivrhooks.basics.values import to_text
from ivrhooks.sources.http.answers import ANSWERS, NAMES, Rules
from ivrhooks.sources.http.login import compile_login
from ivrhooks.sources.http.request_builder import Pairs
from ivrhooks.sources.http.settings import Login, SignSchema
from ivrhooks.sources.http.signing import NAMES as SIGN_NAMES
from ivrhooks.sources.http.signing import Sign
from ivrhooks.sources.jmespath_query import compile_query
from ivrhooks.sources.kind import Section

KEYS = ("headers", "query", "sign", "answer", "not_found", "success", "result", "pick")
RULE_KEYS = ("answer", "not_found", "success", "result", "pick")
PICKS = ("first", "none")

_HEADER_NAME = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z_-]+")
_UNSENDABLE = re.compile("[\r\n\x00]")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What a source of kind http sends with each request, and how it judges answers."""

    headers: Pairs = ()
    query: Pairs = ()
    sign: Sign | None = None
    login: Login | None = None
    rules: Rules = field(default_factory=Rules)


def compile_options(section: Section) -> HttpOptions:
    """Return the options of a source and report problems."""
    return HttpOptions(
        headers=_pairs(section, "headers"),
        query=_pairs(section, "query"),
        sign=_sign(section),
        login=compile_login(section),
        rules=compile_rules(section, Rules()),
    )


def compile_rules(section: Section, over: Any) -> Rules:
    """Return the rules of a source, or of a request, which override its source's
    ``over``."""
    written = {key: section.get(key) for key in RULE_KEYS}
    rules: Rules = over.rules if isinstance(over, HttpOptions) else over
    if all(value is None for value in written.values()):
        return rules
    was = dict(zip(RULE_KEYS, rules.written or ("",) * len(RULE_KEYS), strict=True))
    now = {key: str(value) for key, value in written.items() if value is not None}
    changes: dict[str, Any] = {"written": tuple({**was, **now}.values())}
    if written["answer"] is not None:
        changes["answer"] = _word(section, "answer", ANSWERS)
    if written["pick"] is not None:
        changes["pick"] = _word(section, "pick", PICKS)
    for key in ("not_found", "success"):
        if written[key] is not None:
            changes[key] = _condition(section, key)
    if written["result"] is not None:
        changes["result"] = _result(section, written["result"])
    return replace(rules, **changes)


def _word(section: Section, key: str, words: tuple[str, ...]) -> str:
    value = section.get(key)
    if value in words:
        return str(value)
    section.error(key, message=f"write {', '.join(words[:-1])} or {words[-1]}")
    return words[0]


def _condition(section: Section, key: str) -> Any:
    value = section.get(key)
    if not isinstance(value, str) or "{{" not in value:
        section.error(
            key,
            message=f"write a template that is true where an answer means {key}: "
            '"{{ response.json.code == 0 }}"',
        )
        return None
    return section.template(value, NAMES, key)


def _result(section: Section, value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        section.error("result", message="write JMESPath: data.items")
        return None
    try:
        return compile_query(str(value))
    except JMESPathError as problem:
        why = str(problem).splitlines()[0]
        section.error(
            "result", message=f"this is no JMESPath ({why}); write data.items"
        )
        return None


def _pairs(section: Section, key: str) -> Pairs:
    written = section.get(key)
    if written is None:
        return ()
    if not isinstance(written, Mapping):
        section.error(key, message="write a mapping: {name: value}")
        return ()
    pairs = []
    for name, value in written.items():
        text = value if isinstance(value, str) else to_text(value)
        if key == "headers" and not _HEADER_NAME.fullmatch(str(name)):
            section.error(
                key, str(name), message=f"{str(name)!r} is no header name", key=True
            )
        elif text is None or isinstance(value, (list, tuple)):
            section.error(key, str(name), message="write a text, in quotes")
        elif "{{" in text or "{%" in text:
            section.error(
                key,
                str(name),
                message="what goes with every request is no template; write it in "
                "the lookup's request",
            )
        elif key == "headers" and _UNSENDABLE.search(text):
            section.error(key, str(name), message="holds a line break; write one line")
        else:
            pairs.append((str(name), str(text)))
    return tuple(pairs)


def _sign(section: Section) -> Sign | None:
    data = section.load(SignSchema(), "sign")
    if data is None:
        return None
    add = data["add"]
    names = ("timestamp", "nonce")
    timestamp = data["timestamp"]
    if timestamp not in ("s", "ms"):
        _check_format(section, timestamp)
    return Sign(
        algorithm=data["with"],
        secret=data["secret"],
        of=section.template(data["of"], SIGN_NAMES, "sign", "of"),
        name=data["name"],
        place=data["in"],
        format=data["format"],
        timestamp=timestamp,
        zone=section.timezone,
        add=tuple(
            (str(key), section.template(value, names, "sign", "add", str(key)))
            for key, value in add.items()
        ),
    )


def _check_format(section: Section, form: str) -> None:
    try:
        made = datetime.now(UTC).strftime(form)
    except ValueError:
        made = ""
    if "%" not in form or not made:
        section.error(
            "sign", "timestamp", message="write s, ms, or a format: '%Y-%m-%d %H:%M:%S'"
        )
