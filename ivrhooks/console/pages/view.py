"""How every page is rendered: its language, the names of its template, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    make_response,
    render_template,
    request,
    url_for,
)

from ivrhooks.basics.time_zones import read_moment, zone
from ivrhooks.config.schema.localized import in_language
from ivrhooks.console.access import FRAGMENT
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.languages import COOKIE, language_of, requested_language
from ivrhooks.console.services import status
from ivrhooks.languages.catalogue import LANGUAGES, translate, unpacked, word

_YEAR = 365 * 86400


class View:
    """Renders the templates of ``templates/console``."""

    def __init__(self, context: ConsoleContext) -> None:
        self.context = context

    def attach(self, blueprint: Blueprint) -> None:
        """Give every template its names, and remember a chosen language."""
        blueprint.app_context_processor(self._names)
        blueprint.after_request(_keep_language)

    def draw(self, template: str, code: int = 200, **values: Any) -> Response:
        """Return a page, or a part of one where the template's name begins with
        ``_``."""
        return make_response(render_template(f"console/{template}", **values), code)

    def guarded(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Wrap ``view``: a ConsoleError becomes a page in words."""

        @wraps(view)
        def shown(**parts: Any) -> Response:
            try:
                return view(**parts)
            except ConsoleError as error:
                template = "_problem.html" if is_fragment() else "problem.html"
                return self.draw(template, error.status, problem=error)

        return shown

    def _names(self) -> dict[str, Any]:
        language = language_of(request)

        def reasons(packed: Sequence[Mapping[str, Any]]) -> str:
            texts = (unpacked(entry).within(language) for entry in packed)
            return translate(language, "list.then").join(texts)

        return {
            "t": partial(translate, language),
            "word": partial(word, language),
            "language": language,
            "language_tag": translate(language, "language.tag"),
            "languages": language_links(),
            "reasons": reasons,
            "told": partial(_translated, language),
            "why": why,
            "moment": moment,
            "banner": self._banner,
            "where": where,
            "compact": compact,
            "pretty": pretty,
            "duration": duration,
        }

    def _banner(self) -> Mapping[str, Any] | None:
        banner: Mapping[str, Any] | None = status.banner(self.context)
        return banner


_IN_PATHS = ("name", "row", "filename")


def where(page: str, /, **values: Any) -> str:
    """Return the address of a page: values of its path there, other values in its
    query.

    Empty values are left out.
    """
    parts = {name: values.pop(name) for name in _IN_PATHS if name in values}
    query = urlencode({name: text for name, text in values.items() if text != ""})
    path = url_for(f"console.{page}", **parts)
    return f"{path}?{query}" if query else path


def compact(value: Any) -> str:
    """Return a value as JSON on one line, letters unescaped."""
    return json.dumps(value, ensure_ascii=False, default=str)


def moment(text: str, zone_name: str) -> str:
    """Return a moment as an input field takes it, in that zone; "" where it is none."""
    try:
        local = read_moment(text, zone_name).astimezone(zone(zone_name))
    except ValueError:
        return ""
    return local.replace(tzinfo=None, microsecond=0).isoformat()


def _translated(language: str, text: str) -> str:
    """Return a text of the configuration in the reader's language, where it has one."""
    return in_language(text, language)


def pretty(value: Any) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def duration(seconds: float) -> str:
    """Return a duration as a configuration has it: ``7d``."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and not seconds % length:
            return f"{seconds // length:g}{unit}"
    return f"{seconds:g}s"


def is_fragment() -> bool:
    """Return whether a script asks for a part of the open page."""
    return FRAGMENT in request.headers


def language_links() -> list[dict[str, str]]:
    """Return for each language its name and this page's address in it."""
    others = [(name, text) for name, text in request.args.items() if name != "lang"]
    others = [pair for pair in others if pair[0] != "token"]
    return [
        {
            "code": code,
            "tag": translate(code, "language.tag"),
            "name": translate(code, "language.name"),
            "url": f"{request.path}?{urlencode([*others, ('lang', code)])}",
        }
        for code in LANGUAGES
    ]


def _keep_language(response: Response) -> Response:
    chosen = requested_language(request)
    if chosen:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_YEAR,
            path="/_console/",
            httponly=True,
            samesite="Strict",
        )
    return response


Word = tuple[str, str]
"""A group of texts, and the word in it."""


def why(
    output: Mapping[str, Any],
    detail: Mapping[str, Any],
    operations: Sequence[Mapping[str, Any]],
) -> Word:
    """Return the text that says why an output is its default.

    It is the outcome of the lookup that decided, else the reason itself. ``detail``: of
    this output, as ``answering/shown/detail.py`` has it.
    """
    because = str(output.get("because") or "")
    named = detail.get("lookups") or {}
    for step in operations:
        lookup = str(step.get("name", "")).partition(" ")[0]
        if lookup in named and _is_decisive(step, because) and step.get("cause"):
            return "cause", str(step["cause"])
    return "because", because


def _is_decisive(step: Mapping[str, Any], because: str) -> bool:
    """Return whether this lookup has the status that is the reason."""
    withheld = because == "withheld" and step.get("cause") == "withheld"
    return withheld or step.get("status") == because
